package io.hibernateshards.internal.plan;

/**
 * How a server orders the text of one expression.
 *
 * @param name as {@code pg_collation_for} quotes it; {@code "default"} for the database's
 * @param type as {@code pg_typeof} names it
 */
public record Collation(String name, String type) {}
