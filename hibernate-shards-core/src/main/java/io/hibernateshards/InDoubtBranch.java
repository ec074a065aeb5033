package io.hibernateshards;

import java.time.Duration;

/**
 * What a transaction over several shards wrote on one of them, where the server has promised to keep it until it is told to
 * commit or to roll back. The rows are locked until then. Most live for milliseconds; one that grows old waits for a shard
 * that cannot be reached.
 *
 * @param name what the server calls it, in {@code pg_prepared_xacts}: application, JVM, time, deciding shard and branch
 * @param shard where it is
 * @param age since it was prepared, by the clock of its server
 * @param owner the database user who prepared it, the only one besides superusers who can end it
 * @since 0.1
 */
public record InDoubtBranch(String name, ShardId shard, Duration age, String owner) {}
