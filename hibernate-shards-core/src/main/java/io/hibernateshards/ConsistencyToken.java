package io.hibernateshards;

import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a session has written: for each shard the position in its write-ahead log after the last commit. A replica that has
 * replayed the log up to there shows what was written. Sessions of other JVMs {@linkplain
 * ShardedSession#acceptConsistencyToken accept} it, so it may travel with a request, in a header or a cookie: its text has
 * letters, digits and {@code . ~ _ -} only, about twenty characters for each shard that was written.
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

    private final TreeMap<ShardId, Long> positions;

    private ConsistencyToken(Map<ShardId, Long> positions) {
        this.positions = new TreeMap<>(positions);
    }

    /**
     * A token of one shard.
     *
     * @param shard whose write-ahead log
     * @param position as PostgreSQL's {@code pg_lsn}, as a number
     * @return the token
     */
    public static ConsistencyToken of(ShardId shard, long position) {
        return new ConsistencyToken(Map.of(shard, position));
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @param text empty for {@link #NONE}
     * @return the token; shards that it names need not exist here
     * @throws IllegalArgumentException if it is no token
     */
    public static ConsistencyToken parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Map<ShardId, Long> positions = new TreeMap<>();
        for (String part : text.split("~", MOST + 1)) {
            int dot = part.indexOf('.');
            try {
                if (dot < 0 || positions.size() == MOST) {
                    throw new IllegalArgumentException();
                }
                positions.merge(
                        ShardId.of(part.substring(0, dot)),
                        Long.parseUnsignedLong(part.substring(dot + 1), 16),
                        ConsistencyToken::later);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "no consistency token: expected such as east.16B3748~west.2F0, got " + text.length()
                                + " characters that are none",
                        e);
            }
        }
        return new ConsistencyToken(positions);
    }

    private static Long later(Long one, Long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }

    /**
     * The later position of each shard.
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
        other.positions.forEach((shard, position) -> merged.positions.merge(shard, position, ConsistencyToken::later));
        return merged;
    }

    /**
     * The position that a reader of a shard must have reached.
     *
     * @param shard any
     * @return as PostgreSQL's {@code pg_lsn}, as a number; empty if any will do
     */
    public OptionalLong position(ShardId shard) {
        Long position = positions.get(shard);
        return position == null ? OptionalLong.empty() : OptionalLong.of(position);
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
                .map(one -> one.getKey() + "." + Long.toHexString(one.getValue()))
                .collect(Collectors.joining("~"));
    }
}
