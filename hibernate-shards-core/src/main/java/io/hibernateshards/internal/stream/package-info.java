/** Rows of several shards that are read as they are asked for, a few of each shard at a time. */
@NullMarked
package io.hibernateshards.internal.stream;

import org.jspecify.annotations.NullMarked;
