package io.hibernateshards.spring.migration;

import org.jspecify.annotations.Nullable;

/**
 * One change that was made to a schema.
 *
 * @param name how people know it, the same on every shard
 * @param checksum of its text as it was then; null if that is not kept
 */
record Step(String name, @Nullable String checksum) {}
