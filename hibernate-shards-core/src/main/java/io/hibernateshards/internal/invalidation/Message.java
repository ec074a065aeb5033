package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The text that travels: the sender, then what has changed, each after a space. What is not understood, from another version
 * of this library, may mean anything.
 */
final class Message {
    /** A region, a comma and {@link KeyText#role}, for the keys that follow. */
    static final String ROLE = "@";

    /** {@link KeyText#id}. */
    static final String KEY = "k";

    /** All of a region. */
    static final String REGION = "r";

    static final String TABLE = "t";

    /** Nothing has changed: the sender wants to see it arrive. */
    static final String MARKER = "m";

    /** Anything may have changed, and the sender does not know either. */
    static final String ALL = "*";

    private Message() {}

    static String marker(String sender, long number) {
        return sender + " " + MARKER + number;
    }

    static String all(String sender) {
        return sender + " " + ALL;
    }

    /**
     * Does what a message says, but for what this JVM has done already.
     *
     * @param own the sender that this JVM is of changes
     * @param marking the sender that it is of markers
     * @param markers takes the numbers of its own
     */
    static void apply(
            String message, ShardId shard, String own, String marking, LocalCache cache, LongConsumer markers) {
        String[] tokens = message.split(" ", -1);
        boolean mine = tokens[0].equals(own);
        String region = null;
        String role = "";
        for (int i = 1; i < tokens.length; i++) {
            String kind = tokens[i].substring(0, 1);
            String rest = tokens[i].substring(1);
            switch (kind) {
                case ALL -> cache.clear();
                case MARKER -> {
                    if (tokens[0].equals(marking)) {
                        markers.accept(Long.parseLong(rest));
                    }
                }
                case ROLE -> {
                    int comma = rest.indexOf(',');
                    region = SafeText.read(rest.substring(0, comma));
                    role = rest.substring(comma + 1);
                }
                case KEY -> {
                    if (!mine) {
                        cache.invalidate(known(region, message), new KeyText(role, rest).key(shard));
                    }
                }
                case REGION -> {
                    if (!mine) {
                        cache.clear(SafeText.read(rest));
                    }
                }
                case TABLE -> {
                    if (!mine) {
                        cache.tablesChanged(List.of(SafeText.read(rest)));
                    }
                }
                default -> throw new IllegalArgumentException("no kind " + kind);
            }
        }
    }

    private static String known(@Nullable String region, String message) {
        if (region == null) {
            throw new IllegalArgumentException("a key without a region: " + message);
        }
        return region;
    }
}
