package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.plan.Aggregate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.function.Function;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Computes aggregate functions from each shard's parts. Right because every row is on exactly one shard: counts and sums
 * add up, the smallest of all is the smallest of some shard, and an average is the whole sum by the whole count.
 */
final class Combine {
    private Combine() {}

    /**
     * The one row of the answer.
     *
     * @param parts one row a shard
     * @param order what to compare for a value of the aggregate at that index
     */
    static @Nullable Object[] row(
            List<Aggregate> aggregates,
            List<Object[]> parts,
            List<Function<Object, Comparable<?>>> order,
            SharedSessionContractImplementor child) {
        @Nullable Object[] row = new Object[aggregates.size()];
        for (int i = 0; i < row.length; i++) {
            Aggregate aggregate = aggregates.get(i);
            int at = aggregate.position();
            row[i] = switch (aggregate.kind()) {
                case COUNT, SUM -> sum(parts, at);
                case AVG -> average(sum(parts, at), sum(parts, at + 1), child);
                case MIN -> extreme(parts, aggregate, order.get(i), -1);
                case MAX -> extreme(parts, aggregate, order.get(i), 1);
            };
        }
        return row;
    }

    private static @Nullable Number sum(List<Object[]> parts, int at) {
        Number total = null;
        for (Object[] part : parts) {
            if (part[at] instanceof Number number) {
                total = total == null ? number : add(total, number);
            }
        }
        return total;
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
            double sum = x + y;
            if (Double.isInfinite(sum) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
                throw new ArithmeticException("the sum is out of range"); // as it would be to one server
            }
            return sum;
        }
        if (a instanceof Integer x && b instanceof Integer y) {
            return Math.addExact(x, y);
        }
        throw new IllegalStateException("sums of " + a.getClass() + " and " + b.getClass());
    }

    /** Decimals are divided by the server, whose scale is its own. */
    private static @Nullable Double average(
            @Nullable Number sum, @Nullable Number count, SharedSessionContractImplementor child) {
        if (sum == null || count == null || count.longValue() == 0) {
            return null;
        }
        return sum instanceof BigDecimal decimal
                ? divide(decimal, count.longValue(), child)
                : Double.valueOf(sum.doubleValue() / count.longValue());
    }

    private static Double divide(BigDecimal sum, long count, SharedSessionContractImplementor child) {
        return child.doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement("select ?::numeric / ?::numeric")) {
                statement.setBigDecimal(1, sum);
                statement.setLong(2, count);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getDouble(1);
                }
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Object extreme(
            List<Object[]> parts, Aggregate aggregate, Function<Object, Comparable<?>> order, int sign) {
        int at = aggregate.comparedAt();
        Object extreme = null;
        Comparable<Object> key = null;
        for (Object[] part : parts) {
            if (part[at] != null) {
                Comparable<Object> other = (Comparable<Object>) order.apply(part[at]);
                if (key == null || Integer.signum(other.compareTo(key)) == sign) {
                    extreme = part[aggregate.position()];
                    key = other;
                }
            }
        }
        return extreme;
    }
}
