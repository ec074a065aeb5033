/** Tables on every shard: create, validate, update, drop, and the guard in the database. */
@NullMarked
package io.hibernateshards.internal.schema;

import org.jspecify.annotations.NullMarked;
