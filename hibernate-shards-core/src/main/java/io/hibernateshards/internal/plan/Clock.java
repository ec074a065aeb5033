package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.TreeWalker;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.hibernate.metamodel.model.domain.ReturnableType;
import org.hibernate.query.sqm.NodeBuilder;
import org.hibernate.query.sqm.function.SqmFunctionDescriptor;
import org.hibernate.query.sqm.tree.SqmVisitableNode;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.jspecify.annotations.Nullable;

/** The functions of the current time, which the clock of each server and the beginning of each transaction would decide. */
public final class Clock {
    private Clock() {}

    /** Whether a statement has any. */
    public static boolean isReadBy(SqmVisitableNode statement) {
        boolean[] found = new boolean[1];
        statement.accept(new TreeWalker() {
            @Override
            public Object visitFunction(SqmFunction<?> function) {
                found[0] |= type(function) != null;
                return super.visitFunction(function);
            }
        });
        return found[0];
    }

    /** The server's type of the current time that a function yields; null if it yields something else. */
    private static @Nullable String type(SqmFunction<?> function) {
        return switch (function.getFunctionName().replace(' ', '_')) {
            case "current_date", "local_date" -> "date";
            case "current_time", "local_time", "localtime" -> "time";
            case "current_timestamp", "local_datetime", "localtimestamp" -> "timestamp";
            case "offset_datetime", "instant", "current_instant" -> "timestamptz";
            default -> null;
        };
    }

    /** A constant for what the function yields at that time, in the time zone of the server's session; null for others. */
    static @Nullable SqmExpression<?> at(Instant time, SqmFunction<?> function) {
        String type = type(function);
        if (type == null) {
            return null;
        }
        NodeBuilder builder = function.nodeBuilder();
        String sql = "cast(timestamptz '" + time.truncatedTo(ChronoUnit.MICROS) + "' as " + type + ")";
        SqmFunctionDescriptor descriptor =
                builder.getQueryEngine().getSqmFunctionRegistry().findFunctionDescriptor("sql");
        return Objects.requireNonNull(descriptor)
                .generateSqmExpression(
                        List.of((SqmExpression<?>) builder.literal(sql)),
                        function.getNodeType() instanceof ReturnableType<?> known ? known : null,
                        builder.getQueryEngine());
    }
}
