package io.hibernateshards.internal.plan;

import java.util.Set;

/**
 * How a server orders the text of one expression.
 *
 * @param name as {@code pg_collation_for} quotes it; {@code "default"} for the database's
 * @param type as {@code pg_typeof} names it
 */
public record Collation(String name, String type) {
    private static final Set<String> TEXT =
            Set.of("text", "character varying", "character", "name", "unknown", "citext");

    /** Whether a type of the server has collations. */
    static boolean isText(String type) {
        return TEXT.contains(type.substring(type.lastIndexOf('.') + 1));
    }

    /** As the server tells it: a literal has no type of its own, and becomes text. */
    public static Collation of(String name, String type) {
        return type.equals("unknown") ? new Collation("\"default\"", "text") : new Collation(name, type);
    }
}
