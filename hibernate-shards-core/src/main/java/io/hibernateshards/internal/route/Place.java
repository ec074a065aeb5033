package io.hibernateshards.internal.route;

import io.hibernateshards.ShardId;

/**
 * Where an instance lives or is to be stored.
 *
 * @param bucket -1 if only the shard is known, such as for the child of an attached parent whose id says nothing
 * @param shard the owner of the bucket
 */
public record Place(int bucket, ShardId shard) {}
