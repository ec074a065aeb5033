package io.hibernateshards.internal.merge;

import io.hibernateshards.internal.plan.Aggregate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Adds what one shard computed for a group to what another did. Right because every row is on exactly one shard: counts
 * and sums add up, and the smallest of all is the smallest of some shard. Parts that are put together are parts again.
 */
public final class Parts {
    private final Aggregate[] aggregates;
    private final @Nullable Function<Object, Comparable<?>>[] orders;

    /**
     * Of some aggregates.
     *
     * @param orders what to compare for a value of a column
     */
    public Parts(List<Aggregate> aggregates, @Nullable Function<Object, Comparable<?>>[] orders) {
        this.aggregates = aggregates.toArray(Aggregate[]::new);
        this.orders = orders;
    }

    /** Changes the first row. */
    void merge(@Nullable Object[] into, @Nullable Object[] from) {
        for (Aggregate aggregate : aggregates) {
            int at = aggregate.position();
            switch (aggregate.kind()) {
                case COUNT -> add(into, from, at);
                case SUM -> {
                    if (aggregate.real()) {
                        addReal(into, from, at);
                    } else {
                        add(into, from, at);
                    }
                }
                case AVG -> {
                    add(into, from, at);
                    add(into, from, at + 1);
                }
                case MIN -> extreme(into, from, aggregate, -1);
                case MAX -> extreme(into, from, aggregate, 1);
                case BOOL_AND -> decide(into, from, at, false);
                case BOOL_OR -> decide(into, from, at, true);
                default -> {
                    add(into, from, at);
                    add(into, from, at + 1);
                    add(into, from, at + 2);
                }
            }
        }
    }

    private static void add(@Nullable Object[] into, @Nullable Object[] from, int at) {
        Object b = from[at];
        if (b != null) {
            Object a = into[at];
            into[at] = a == null ? b : add((Number) a, (Number) b);
        }
    }

    private static Number add(Number a, Number b) {
        if (a instanceof Long x && b instanceof Long y) {
            return Math.addExact(x, y);
        }
        if (a instanceof BigDecimal x && b instanceof BigDecimal y) {
            return x.add(y);
        }
        if (a instanceof BigInteger x && b instanceof BigInteger y) {
            return x.add(y);
        }
        if (a instanceof Double x && b instanceof Double y) {
            return inRange(x + y, x, y);
        }
        if (a instanceof Integer x && b instanceof Integer y) {
            return Math.addExact(x, y);
        }
        throw new IllegalStateException("sums of " + a.getClass() + " and " + b.getClass());
    }

    /** As a server adds numbers of single precision, though Hibernate has them as doubles. */
    private static void addReal(@Nullable Object[] into, @Nullable Object[] from, int at) {
        if (into[at] instanceof Number a && from[at] instanceof Number b) {
            float sum = a.floatValue() + b.floatValue();
            inRange(sum, a.floatValue(), b.floatValue());
            // as a double it has the digits that the server would send
            into[at] = a instanceof Double ? (Object) Double.parseDouble(Float.toString(sum)) : (Object) sum;
        } else if (into[at] == null) {
            into[at] = from[at];
        }
    }

    private static double inRange(double sum, double a, double b) {
        if (Double.isInfinite(sum) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw new ArithmeticException("the sum is out of range"); // as it would be to one server
        }
        return sum;
    }

    @SuppressWarnings("unchecked")
    private void extreme(@Nullable Object[] into, @Nullable Object[] from, Aggregate aggregate, int sign) {
        int at = aggregate.comparedAt();
        Object b = from[at];
        if (b == null) {
            return;
        }
        Object a = into[at];
        Function<Object, Comparable<?>> order = orders[at];
        if (order == null) {
            throw new IllegalStateException("values of " + aggregate + " are compared, so they have an order");
        }
        if (a == null || Integer.signum(((Comparable<Object>) order.apply(b)).compareTo(order.apply(a))) == sign) {
            into[at] = b;
            into[aggregate.position()] = from[aggregate.position()];
        }
    }

    private static void decide(@Nullable Object[] into, @Nullable Object[] from, int at, boolean decisive) {
        if (into[at] == null || from[at] instanceof Boolean one && one == decisive) {
            into[at] = from[at];
        }
    }
}
