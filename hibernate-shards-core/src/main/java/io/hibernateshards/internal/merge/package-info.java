/** Operators: each makes one of the rows of several shards that have been read, in memory. */
@NullMarked
package io.hibernateshards.internal.merge;

import org.jspecify.annotations.NullMarked;
