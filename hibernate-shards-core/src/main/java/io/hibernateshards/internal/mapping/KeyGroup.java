package io.hibernateshards.internal.mapping;

import io.hibernateshards.spi.BucketFunction;
import java.util.List;

/**
 * A domain of shard keys: two keys of one group with the same values have the same bucket, whatever entity they come
 * from.
 *
 * @param functionName as configured; {@code hash} and {@code id} ship
 * @param function maps a key of this group to a bucket
 * @param types of the key's values as the database holds them
 */
public record KeyGroup(String functionName, BucketFunction function, List<Class<?>> types) {}
