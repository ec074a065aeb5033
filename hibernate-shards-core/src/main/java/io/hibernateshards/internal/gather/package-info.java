/** Copies the rows that a query needs to one shard, so that PostgreSQL itself answers what cannot be merged. */
@NullMarked
package io.hibernateshards.internal.gather;

import org.jspecify.annotations.NullMarked;
