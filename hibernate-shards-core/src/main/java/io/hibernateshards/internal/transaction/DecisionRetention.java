package io.hibernateshards.internal.transaction;

import java.time.Duration;

/**
 * How long decisions are kept after their transactions are over: a standby that takes over, or a backup that is restored,
 * may hold the branch and lack its end.
 *
 * @param age whole hours
 * @param count the most of one shard, whatever their age
 */
public record DecisionRetention(Duration age, long count) {}
