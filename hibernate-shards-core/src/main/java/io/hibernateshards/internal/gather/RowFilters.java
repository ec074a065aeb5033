package io.hibernateshards.internal.gather;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.query.sqm.sql.internal.SqmParameterInterpretation;
import org.hibernate.query.sqm.sql.internal.SqmPathInterpretation;
import org.hibernate.sql.ast.SqlAstJoinType;
import org.hibernate.sql.ast.tree.expression.ColumnReference;
import org.hibernate.sql.ast.tree.expression.Expression;
import org.hibernate.sql.ast.tree.expression.JdbcParameter;
import org.hibernate.sql.ast.tree.expression.Literal;
import org.hibernate.sql.ast.tree.expression.SqlTuple;
import org.hibernate.sql.ast.tree.from.NamedTableReference;
import org.hibernate.sql.ast.tree.from.TableGroup;
import org.hibernate.sql.ast.tree.from.TableGroupJoin;
import org.hibernate.sql.ast.tree.from.TableReferenceJoin;
import org.hibernate.sql.ast.tree.predicate.BetweenPredicate;
import org.hibernate.sql.ast.tree.predicate.ComparisonPredicate;
import org.hibernate.sql.ast.tree.predicate.GroupedPredicate;
import org.hibernate.sql.ast.tree.predicate.InArrayPredicate;
import org.hibernate.sql.ast.tree.predicate.InListPredicate;
import org.hibernate.sql.ast.tree.predicate.Junction;
import org.hibernate.sql.ast.tree.predicate.LikePredicate;
import org.hibernate.sql.ast.tree.predicate.NegatedPredicate;
import org.hibernate.sql.ast.tree.predicate.NullnessPredicate;
import org.hibernate.sql.ast.tree.predicate.Predicate;
import org.hibernate.sql.ast.tree.select.QueryGroup;
import org.hibernate.sql.ast.tree.select.QueryPart;
import org.hibernate.sql.ast.tree.select.QuerySpec;
import org.hibernate.sql.ast.tree.select.SelectStatement;
import org.hibernate.sql.exec.internal.BaseExecutionContext;
import org.hibernate.sql.exec.spi.JdbcParameterBinder;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;
import org.jspecify.annotations.Nullable;

/**
 * Conditions of which one holds for every row of a table that the statement can make use of: in each place that reads the
 * table, those of WHERE and of inner joins' ON that compare columns of it alone. A row that does not satisfy them is in no
 * row of the join, so leaving it out changes nothing there; one that satisfies those of another place only does no harm,
 * for the query runs as it is. Places are the branches of set operations, and self-joins. There is no filter where a place
 * has no condition, or an outer join could make up for it; nor of functions, which may see the clock or another table.
 */
final class RowFilters {
    private final SessionFactoryImplementor factory;
    private final SqlReader reader;
    private final JdbcParameterBindings bindings;
    private final Map<String, String> tables = new LinkedHashMap<>();
    private final Map<String, List<Predicate>> conditions = new LinkedHashMap<>();
    /** Aliases of the query that is being read, with their tables. */
    private final Map<String, String> own = new LinkedHashMap<>();

    private boolean outer;

    RowFilters(SessionFactoryImplementor factory, SqlReader reader, JdbcParameterBindings bindings) {
        this.factory = factory;
        this.reader = reader;
        this.bindings = bindings;
    }

    /** The filters by table. */
    Map<String, RowFilter> of(SelectStatement statement) {
        List<QuerySpec> queries = new ArrayList<>();
        add(statement.getQueryPart(), queries);
        queries.forEach(this::read);
        Map<String, List<String>> places = new LinkedHashMap<>();
        tables.forEach((alias, table) -> {
            if (conditions.containsKey(alias)) {
                places.computeIfAbsent(table, key -> new ArrayList<>()).add(alias);
            }
        });
        Map<String, RowFilter> filters = new HashMap<>();
        places.forEach((table, aliases) -> {
            if (aliases.size() == reader.occurrences(table)) {
                filters.put(table, filter(aliases));
            }
        });
        return filters;
    }

    private static void add(QueryPart part, List<QuerySpec> to) {
        if (part instanceof QueryGroup group) {
            group.getQueryParts().forEach(one -> add(one, to));
        } else {
            to.add((QuerySpec) part);
        }
    }

    private void read(QuerySpec query) {
        outer = false;
        own.clear();
        List<Predicate> all = new ArrayList<>();
        add(query.getWhereClauseRestrictions(), all);
        query.getFromClause().getRoots().forEach(root -> read(root, all));
        if (outer) {
            return;
        }
        for (Predicate condition : all) {
            Set<String> aliases = new HashSet<>();
            if (isPlain(condition, aliases) && aliases.size() == 1) {
                String alias = aliases.iterator().next();
                if (own.containsKey(alias)) {
                    conditions.computeIfAbsent(alias, key -> new ArrayList<>()).add(condition);
                }
            }
        }
        own.forEach((alias, table) -> {
            if (tables.putIfAbsent(alias, table) != null) {
                conditions.remove(alias); // it stands for several
            }
        });
    }

    // ---- what is joined by inner joins only

    private void read(TableGroup group, List<Predicate> to) {
        if (group.isInitialized()) {
            add(group.getPrimaryTableReference());
            for (TableReferenceJoin join : group.getTableReferenceJoins()) {
                if (join.getJoinType() == SqlAstJoinType.INNER) {
                    add(join.getJoinedTableReference());
                }
            }
        }
        group.getTableGroupJoins().forEach(join -> read(join, to));
        group.getNestedTableGroupJoins().forEach(join -> read(join, to));
    }

    private void read(TableGroupJoin join, List<Predicate> to) {
        SqlAstJoinType type = join.getJoinType();
        if (type == SqlAstJoinType.INNER || type == SqlAstJoinType.CROSS) {
            add(join.getPredicate(), to);
            read(join.getJoinedGroup(), to);
        } else if (type != SqlAstJoinType.LEFT) {
            outer = true;
        }
    }

    private void add(Object reference) {
        if (reference instanceof NamedTableReference table && reader.occurrences(table.getTableExpression()) > 0) {
            own.put(table.getIdentificationVariable(), table.getTableExpression());
        }
    }

    // ---- conditions

    private static void add(@Nullable Predicate predicate, List<Predicate> to) {
        if (predicate instanceof GroupedPredicate grouped
                && !(grouped.getSubPredicate() instanceof Junction junction
                        && junction.getNature() == Junction.Nature.DISJUNCTION)) {
            add(grouped.getSubPredicate(), to);
        } else if (predicate instanceof Junction junction && junction.getNature() == Junction.Nature.CONJUNCTION) {
            junction.getPredicates().forEach(part -> add(part, to));
        } else if (predicate != null) {
            to.add(predicate);
        }
    }

    private static boolean isPlain(Predicate predicate, Set<String> aliases) {
        if (predicate instanceof ComparisonPredicate comparison) {
            return isPlain(comparison.getLeftHandExpression(), aliases)
                    && isPlain(comparison.getRightHandExpression(), aliases);
        }
        if (predicate instanceof NullnessPredicate nullness) {
            return isPlain(nullness.getExpression(), aliases);
        }
        if (predicate instanceof BetweenPredicate between) {
            return isPlain(between.getExpression(), aliases)
                    && isPlain(between.getLowerBound(), aliases)
                    && isPlain(between.getUpperBound(), aliases);
        }
        if (predicate instanceof InListPredicate in) {
            return isPlain(in.getTestExpression(), aliases)
                    && !in.getListExpressions().isEmpty()
                    && in.getListExpressions().stream().allMatch(value -> isPlain(value, aliases));
        }
        if (predicate instanceof InArrayPredicate in) {
            return isPlain(in.getTestExpression(), aliases);
        }
        if (predicate instanceof LikePredicate like) {
            return isPlain(like.getMatchExpression(), aliases)
                    && isPlain(like.getPattern(), aliases)
                    && (like.getEscapeCharacter() == null || isPlain(like.getEscapeCharacter(), aliases));
        }
        if (predicate instanceof NegatedPredicate negated) {
            return isPlain(negated.getPredicate(), aliases);
        }
        if (predicate instanceof GroupedPredicate grouped) {
            return isPlain(grouped.getSubPredicate(), aliases);
        }
        return predicate instanceof Junction junction
                && junction.getPredicates().stream().allMatch(part -> isPlain(part, aliases));
    }

    private static boolean isPlain(Expression expression, Set<String> aliases) {
        if (expression instanceof SqmPathInterpretation<?> path && path.getSqlExpression() != path) {
            return isPlain(path.getSqlExpression(), aliases);
        }
        if (expression instanceof ColumnReference column) {
            String alias = column.getQualifier();
            if (alias == null || !SqlReader.isPlain(column)) {
                return false;
            }
            aliases.add(alias);
            return true;
        }
        if (expression instanceof SqlTuple tuple) {
            return tuple.getExpressions().stream().allMatch(part -> isPlain(part, aliases));
        }
        return expression instanceof JdbcParameter
                || expression instanceof SqmParameterInterpretation
                || expression instanceof Literal;
    }

    /** A row that is of use in one place is needed, so what holds for all places is one of their conditions. */
    private RowFilter filter(List<String> aliases) {
        String alias = aliases.get(0);
        SqlReader writer = new SqlReader(factory, new SelectStatement(new QuerySpec(true)), null);
        Junction any = new Junction(Junction.Nature.DISJUNCTION);
        for (String one : aliases) {
            List<Predicate> some = Objects.requireNonNull(conditions.get(one));
            Junction all = new Junction(Junction.Nature.CONJUNCTION);
            some.forEach(all::add);
            any.add(some.size() == 1 ? some.get(0) : all);
        }
        String sql = writer.write(aliases.size() == 1 ? any.getPredicates().get(0) : any, alias);
        List<JdbcParameterBinder> binders = writer.getParameterBinders();
        return new RowFilter(alias, sql, (statement, session) -> {
            var context = new BaseExecutionContext(session);
            for (int i = 0; i < binders.size(); i++) {
                binders.get(i).bindParameterValue(statement, i + 1, bindings, context);
            }
        });
    }
}
