package io.hibernateshards.internal.plan;

import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hibernate.query.sqm.function.NamedSqmFunctionDescriptor;
import org.hibernate.query.sqm.function.PatternBasedSqmFunctionDescriptor;
import org.hibernate.query.sqm.function.SqmFunctionDescriptor;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.sql.ast.SqlAstTranslator;
import org.hibernate.sql.ast.spi.StringBuilderSqlAppender;
import org.hibernate.sql.ast.tree.SqlAstNode;

/**
 * Which functions see rows other than the one at hand. Hibernate says so of its own, but holds whatever is registered by a
 * name or a pattern for a function of one row; the server knows which names in that SQL are aggregates.
 */
public final class Functions {
    /** What a function sees. */
    enum Kind {
        /** The row at hand. */
        ROW,
        /** All rows of a group. */
        AGGREGATE,
        /** The rows of a window. */
        WINDOW,
        /** It is not known. */
        UNKNOWN
    }

    private static final Pattern CALL = Pattern.compile("(?:\"([^\"]+)\"|([\\p{L}_][\\p{L}\\p{N}_$]*))\\s*\\(");
    private static final SqlAstTranslator<?> NOWHERE = (SqlAstTranslator<?>) Proxy.newProxyInstance(
            Functions.class.getClassLoader(), new Class<?>[] {SqlAstTranslator.class}, (proxy, method, values) -> null);

    private final Supplier<Set<String>> aggregates;

    /**
     * Known functions.
     *
     * @param aggregates the names of all aggregates of the servers; called only if there is a function that may be one
     */
    public Functions(Supplier<Set<String>> aggregates) {
        this.aggregates = aggregates;
    }

    Kind kind(SqmFunction<?> function) {
        if (function instanceof SqmAggregateFunction) {
            return Kind.AGGREGATE;
        }
        SqmFunctionDescriptor known = function.nodeBuilder()
                .getQueryEngine()
                .getSqmFunctionRegistry()
                .findFunctionDescriptor(function.getFunctionName());
        if (known == null) {
            return Kind.UNKNOWN;
        }
        if (known instanceof NamedSqmFunctionDescriptor named) {
            return kind(named.getName() + "(");
        }
        if (known instanceof PatternBasedSqmFunctionDescriptor pattern) {
            return kind(sql(pattern, function.getArguments().size()));
        }
        if (function.getFunctionName().equals("sql")
                && function.getArguments().get(0) instanceof SqmLiteral<?> literal) {
            return kind(String.valueOf(literal.getLiteralValue()));
        }
        return known.getClass().getName().startsWith("org.hibernate.") ? Kind.ROW : Kind.UNKNOWN;
    }

    /** The SQL of a pattern, without its arguments. */
    private static String sql(PatternBasedSqmFunctionDescriptor pattern, int arguments) {
        StringBuilderSqlAppender sql = new StringBuilderSqlAppender();
        SqlAstNode nothing = walker -> {};
        List<SqlAstNode> all = Collections.nCopies(arguments, nothing);
        pattern.render(sql, all, null, NOWHERE);
        return sql.toString();
    }

    private Kind kind(String sql) {
        Matcher call = CALL.matcher(sql);
        Kind kind = Kind.ROW;
        while (call.find()) {
            String quoted = call.group(1);
            String name = quoted == null ? call.group(2).toLowerCase(Locale.ROOT) : quoted;
            if (name.equals("over") && quoted == null) {
                return Kind.WINDOW;
            }
            if (aggregates.get().contains(name)) {
                kind = Kind.AGGREGATE;
            }
        }
        return kind;
    }
}
