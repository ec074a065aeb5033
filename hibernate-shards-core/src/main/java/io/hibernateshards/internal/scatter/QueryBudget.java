package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.gather.GatheredSelect;
import io.hibernateshards.internal.route.Target;
import java.util.Locale;

/**
 * What a query over several shards may cost. A query that one shard answers is never held to it.
 *
 * @param scattering whether there may be such a query at all
 * @param shards the most shards
 * @param rows the most rows from all shards together
 * @param gathered the most rows that are copied from shard to shard
 * @param inlined the most of those that are sent within the SQL
 * @param millis the most milliseconds, unless the query has a time-out of its own; {@code Integer.MAX_VALUE} for any
 */
public record QueryBudget(Scattering scattering, int shards, int rows, int gathered, int inlined, int millis) {
    /** What a query may copy where nothing is set. */
    public static final int GATHERED = 100_000;

    /** How many rows of other shards a query may send within its SQL where nothing is set. */
    public static final int INLINED = 1_000;

    /** Everything is allowed. */
    public static final QueryBudget UNLIMITED = new QueryBudget(
            Scattering.ALLOW, Integer.MAX_VALUE, Integer.MAX_VALUE, GATHERED, INLINED, Integer.MAX_VALUE);

    /** Whether several shards may be asked. */
    public enum Scattering {
        /** As often as the application likes. */
        ALLOW,
        /** With a line in the log for each query, once. */
        WARN,
        /** Not at all. */
        DENY;

        /**
         * As settings and hints write it.
         *
         * @throws IllegalArgumentException if it is none of them
         */
        public static Scattering of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** This budget, with what a hint says instead. */
    QueryBudget with(String hint, Object value) {
        return switch (hint) {
            case ShardHints.SCATTER -> {
                try {
                    yield new QueryBudget(Scattering.of(value.toString()), shards, rows, gathered, inlined, millis);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            "hint " + hint + " is \"" + value + "\": use allow, warn or deny", e);
                }
            }
            case ShardHints.MAX_SHARDS ->
                new QueryBudget(scattering, number(hint, value, 1), rows, gathered, inlined, millis);
            case ShardHints.MAX_ROWS ->
                new QueryBudget(scattering, shards, number(hint, value, 1), gathered, inlined, millis);
            case ShardHints.GATHER_LIMIT ->
                new QueryBudget(scattering, shards, rows, number(hint, value, 0), inlined, millis);
            case ShardHints.INLINE_LIMIT ->
                new QueryBudget(scattering, shards, rows, gathered, number(hint, value, 0), millis);
            case ShardHints.MAX_TIME ->
                new QueryBudget(scattering, shards, rows, gathered, inlined, number(hint, value, 1));
            default ->
                throw new IllegalArgumentException(
                        "there is no hint " + hint + "; the class ShardHints documents all of them");
        };
    }

    private static int number(String hint, Object value, int least) {
        try {
            int number = Integer.parseInt(value.toString());
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(
                "hint " + hint + " is \"" + value + "\": use a whole number of at least " + least);
    }

    /** How many rows a query may gather. */
    GatheredSelect.Limits gatherLimits() {
        return new GatheredSelect.Limits(gathered, inlined);
    }

    /** What is left of it for a query that says itself that it is for all shards. */
    public QueryBudget scattered() {
        return new QueryBudget(Scattering.ALLOW, shards, rows, gathered, inlined, millis);
    }

    /** Refuses a query that would ask too many shards, before anything is sent. */
    public void check(Target target, String query) {
        if (scattering == Scattering.DENY) {
            throw over(
                    "the query would ask shards " + target + ", and " + ShardHints.SCATTER
                            + " is deny. Give the shard key in the where clause, or allow this query by the hint of that"
                            + " name. Nothing was sent",
                    query);
        }
        if (target.shards().size() > shards) {
            throw over(
                    "the query would ask shards " + target + ", and " + ShardHints.MAX_SHARDS + " is " + shards
                            + ". Give the shard key in the where clause, or raise the setting, or the hint of that name."
                            + " Nothing was sent",
                    query);
        }
    }

    /** The most rows to ask one shard for, where {@code wanted} would be asked for: negative means all. */
    public int most(int wanted) {
        if (rows == Integer.MAX_VALUE) {
            return wanted;
        }
        return wanted < 0 ? rows + 1 : Math.min(wanted, rows + 1);
    }

    /** Refuses to go on with more rows than there may be. */
    public void checkRows(long taken, String query) {
        if (taken > rows) {
            throw over(
                    "the shards sent more than " + rows + " rows, and " + ShardHints.MAX_ROWS
                            + " allows no more. Ask for a page, narrow the where clause, read a stream, or raise the"
                            + " setting, or the hint of that name",
                    query);
        }
    }

    private static ShardingException over(String what, String query) {
        return new ShardingException(ShardErrorCode.QUERY_BUDGET, what + ". Query: " + query);
    }
}
