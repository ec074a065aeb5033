package io.hibernateshards.spring.test;

import io.hibernateshards.ShardedQuery;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@link ShardedQuery#explain} says, in parts.
 *
 * @param text all of it
 * @param kind how the query is answered
 * @param shards which may be asked; none if it may be any single one
 */
record Plan(String text, Kind kind, Set<String> shards) {
    /** How a query is answered. */
    enum Kind {
        /** By one shard, whichever: it is of reference entities alone, or there can be no match. */
        ANY,
        /** By one shard, or by each of several for itself, as a statement that writes. */
        TARGETED,
        /** By several, merged. */
        SCATTERED,
        /** By one, which the rows of several are copied to. */
        GATHERED,
        /** By the shards that a lookup names. */
        LOOKED_UP
    }

    private static final Pattern SHARDS =
            Pattern.compile("^ *(Targeted|Scatter|Gather|Lookup) .*?\\[([^]]*)]", Pattern.MULTILINE);

    static Plan of(String explained) {
        Matcher found = SHARDS.matcher(explained);
        if (explained.startsWith("Any one shard")) {
            return new Plan(explained, Kind.ANY, Set.of());
        }
        if (!found.find()) {
            throw new IllegalStateException("not known what shards this asks:\n" + explained);
        }
        Kind kind =
                switch (found.group(1)) {
                    case "Targeted" -> Kind.TARGETED;
                    case "Scatter" -> Kind.SCATTERED;
                    case "Gather" -> Kind.GATHERED;
                    default -> Kind.LOOKED_UP;
                };
        List<String> shards = Arrays.stream(found.group(2).split(", "))
                .filter(name -> !name.isEmpty())
                .toList();
        return new Plan(explained, kind, new TreeSet<>(shards));
    }

    boolean isOneShard() {
        return kind == Kind.ANY || shards.size() == 1;
    }

    /** What is asked, in words. */
    String asked() {
        return switch (kind) {
            case ANY -> "asks any one shard";
            case TARGETED, SCATTERED -> "asks " + shards;
            case GATHERED -> "copies rows of " + shards + " to one of them";
            case LOOKED_UP -> "asks a lookup, and then those of " + shards + " that it names";
        };
    }
}
