package io.hibernateshards;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a session has written: for each shard the position in its write-ahead log after the last commit. A replica that has
 * replayed the log up to there shows what was written. Sessions of other JVMs {@linkplain
 * ShardedSession#acceptConsistencyToken accept} it, so it may travel with a request, in a header or a cookie: its text has
 * letters, digits and {@code . ~ _ -} only, about 25 characters for each shard that was written.
 *
 * <p>A position belongs to a timeline, which each failover ends, and to a cluster. Sessions ignore positions of other clusters,
 * and read from the primary what has a later timeline than their JVM has heard of.
 *
 * <p>A position is no secret and its text is not signed: a token that somebody has made up can only send reads to the
 * primary that a replica could have served.
 *
 * <p>Immutable.
 *
 * @since 0.1
 */
public final class ConsistencyToken {
    /** Nothing has been written. Its text is empty. */
    public static final ConsistencyToken NONE = new ConsistencyToken(Map.of());

    private static final int MOST = 4096;

    private static final long LAST_TIMELINE = 0xFFFFFFFFL;

    /**
     * A place in the write-ahead log of a shard.
     *
     * @param lsn PostgreSQL's {@code pg_lsn}, as a number
     * @param timeline which a server writes from its promotion to the next one; 0 if unknown
     * @param cluster fingerprint of the shards that are used together and of the shard's database cluster; 0 if unknown
     */
    public record Position(long lsn, long timeline, int cluster) {
        /**
         * Returns whether a primary that is here, or a replica that follows it, has all that was committed up to another
         * position of the same cluster. A later timeline has what is left of earlier ones. Without both timelines the
         * numbers decide.
         *
         * @param wanted the other position
         * @return whether it has that
         */
        public boolean includes(Position wanted) {
            return wanted.isIncludedBy(lsn, timeline);
        }

        /**
         * Returns whether a server that is there {@linkplain #includes includes} this.
         *
         * @param otherLsn as PostgreSQL's {@code pg_lsn}, as a number
         * @param otherTimeline 0 if unknown
         * @return whether it has all that was committed up to here
         */
        public boolean isIncludedBy(long otherLsn, long otherTimeline) {
            return otherTimeline == timeline || otherTimeline == 0 || timeline == 0
                    ? Long.compareUnsigned(otherLsn, lsn) >= 0
                    : otherTimeline > timeline;
        }

        /** Returns the position that has both; of different clusters the other one, which was learned later. */
        private Position merge(Position other) {
            if (cluster != 0 && other.cluster != 0 && cluster != other.cluster) {
                return other;
            }
            if (timeline != 0 && other.timeline != 0 && timeline != other.timeline) {
                return timeline > other.timeline ? this : other;
            }
            long most = Long.compareUnsigned(lsn, other.lsn) >= 0 ? lsn : other.lsn;
            Position merged = new Position(
                    most, timeline == 0 ? other.timeline : timeline, cluster == 0 ? other.cluster : cluster);
            return merged.equals(this) ? this : merged;
        }

        private static Position parse(String text) {
            String[] parts = text.split("\\.", -1);
            long timeline = parts.length > 1 ? Long.parseUnsignedLong(parts[1], 16) : 0;
            if (parts.length > 3 || timeline < 0 || timeline > LAST_TIMELINE) {
                throw new IllegalArgumentException();
            }
            return new Position(
                    Long.parseUnsignedLong(parts[0], 16),
                    timeline,
                    parts.length > 2 ? Integer.parseUnsignedInt(parts[2], 16) : 0);
        }

        private String text() {
            String text = Long.toHexString(lsn);
            if (timeline != 0 || cluster != 0) {
                text += "." + Long.toHexString(timeline);
            }
            return cluster == 0 ? text : text + "." + Integer.toHexString(cluster);
        }
    }

    private final TreeMap<ShardId, Position> positions;

    private ConsistencyToken(Map<ShardId, Position> positions) {
        this.positions = new TreeMap<>(positions);
    }

    /**
     * A token of one shard, of unknown timeline and cluster.
     *
     * @param shard whose write-ahead log
     * @param position as PostgreSQL's {@code pg_lsn}, as a number
     * @return the token
     */
    public static ConsistencyToken of(ShardId shard, long position) {
        return of(shard, new Position(position, 0, 0));
    }

    /**
     * A token of one shard.
     *
     * @param shard whose write-ahead log
     * @param position in that log
     * @return the token
     */
    public static ConsistencyToken of(ShardId shard, Position position) {
        return new ConsistencyToken(Map.of(shard, position));
    }

    /**
     * Reads what {@link #toString} wrote. Timeline and cluster may be missing, and are unknown then.
     *
     * @param text empty for {@link #NONE}
     * @return the token; shards that it names need not exist here
     * @throws IllegalArgumentException if it is no token
     */
    public static ConsistencyToken parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Map<ShardId, Position> positions = new TreeMap<>();
        for (String part : text.split("~", MOST + 1)) {
            int dot = part.indexOf('.');
            try {
                if (dot < 0 || positions.size() == MOST) {
                    throw new IllegalArgumentException();
                }
                positions.merge(
                        ShardId.of(part.substring(0, dot)), Position.parse(part.substring(dot + 1)), Position::merge);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "no consistency token: expected such as east.16b3748.1.9f3c2a10~west.2f0.1.77b0e1d4, got "
                                + text.length() + " characters that are none",
                        e);
            }
        }
        return new ConsistencyToken(positions);
    }

    /**
     * The later position of each shard; of positions in different clusters that of the other token.
     *
     * @param other another token
     * @return both taken together
     */
    public ConsistencyToken merge(ConsistencyToken other) {
        if (other.positions.isEmpty()) {
            return this;
        }
        if (positions.isEmpty()) {
            return other;
        }
        ConsistencyToken merged = new ConsistencyToken(positions);
        other.positions.forEach((shard, position) -> merged.positions.merge(shard, position, Position::merge));
        return merged;
    }

    /**
     * The position that a reader of a shard must have reached.
     *
     * @param shard any
     * @return as PostgreSQL's {@code pg_lsn}, as a number; empty if any will do
     */
    public OptionalLong position(ShardId shard) {
        Position position = positions.get(shard);
        return position == null ? OptionalLong.empty() : OptionalLong.of(position.lsn());
    }

    /**
     * The position that a reader of a shard must have reached, with its timeline and cluster.
     *
     * @param shard any
     * @return empty if any will do
     */
    public Optional<Position> at(ShardId shard) {
        return Optional.ofNullable(positions.get(shard));
    }

    /**
     * Returns the token without the positions that a condition does not hold for.
     *
     * @param condition which positions stay
     * @return this token if all of them do
     */
    public ConsistencyToken filter(BiPredicate<? super ShardId, ? super Position> condition) {
        ConsistencyToken kept = null;
        for (Map.Entry<ShardId, Position> one : positions.entrySet()) {
            if (!condition.test(one.getKey(), one.getValue())) {
                kept = kept == null ? new ConsistencyToken(positions) : kept;
                kept.positions.remove(one.getKey());
            }
        }
        return kept == null ? this : kept;
    }

    /**
     * The shards of which it knows a position.
     *
     * @return a copy
     */
    public Set<ShardId> shards() {
        return Set.copyOf(positions.keySet());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConsistencyToken token && positions.equals(token.positions);
    }

    @Override
    public int hashCode() {
        return Objects.hash(positions);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        return positions.entrySet().stream()
                .map(one -> one.getKey() + "." + one.getValue().text())
                .collect(Collectors.joining("~"));
    }
}
