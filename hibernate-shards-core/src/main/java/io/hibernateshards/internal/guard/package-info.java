/** Refuses, before any SQL, a row that does not belong to the shard it is sent to. */
@NullMarked
package io.hibernateshards.internal.guard;

import org.jspecify.annotations.NullMarked;
