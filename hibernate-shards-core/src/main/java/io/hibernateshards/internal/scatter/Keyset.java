package io.hibernateshards.internal.scatter;

import io.hibernateshards.CursoredPage;
import io.hibernateshards.internal.target.Refusal;
import jakarta.persistence.criteria.Nulls;
import jakarta.persistence.metamodel.EntityType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.BasicEntityIdentifierMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.SortDirection;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.sqm.ComparisonOperator;
import org.hibernate.query.sqm.NodeBuilder;
import org.hibernate.query.sqm.SqmQuerySource;
import org.hibernate.query.sqm.internal.AppliedGraphs;
import org.hibernate.query.sqm.internal.SqmCriteriaNodeBuilder;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.query.sqm.tree.select.SqmOrderByClause;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectClause;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSelection;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.hibernate.type.BasicType;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * A query of entities, cut behind or before a row that its sort keys name. The id is the last key, added where the query
 * does not sort by it: without a unique key rows that are equal at the end of a page would be skipped.
 */
final class Keyset {
    /** One sort key: an attribute of the root. */
    private record Key(List<String> path, boolean descending, boolean nullsFirst, JavaType<Object> type) {}

    private final SqmSelectStatement<?> statement;
    private final List<Key> keys = new ArrayList<>();
    private @Nullable Refusal refusal;

    Keyset(SqmSelectStatement<?> statement, SessionFactoryImplementor factory) {
        this.statement = statement;
        if (!(statement.getQueryPart() instanceof SqmQuerySpec<?> spec) || !selectsRoot(spec)) {
            refuse("a query that does not select one entity", "select the entity alone, and one root");
            return;
        }
        Nulls otherwise = factory.getSessionFactoryOptions().getDefaultNullPrecedence();
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            SqmPath<?> path = sort.getSortExpression() instanceof SqmPath<?> plain ? plain : null;
            JavaType<Object> type = path == null ? null : type(path);
            if (path == null
                    || type == null
                    || sort.isIgnoreCase()
                    || pathOf(path).isEmpty()) {
                refuse("order by " + sort.getSortExpression().toHqlString(), "sort by plain attributes of the entity");
                return;
            }
            Nulls nulls = sort.getNullPrecedence();
            if (nulls == null || nulls == Nulls.NONE) {
                nulls = otherwise;
            }
            boolean descending = sort.getSortDirection() == SortDirection.DESCENDING;
            boolean nullsFirst = nulls == Nulls.FIRST || descending && nulls != Nulls.LAST;
            keys.add(new Key(pathOf(path), descending, nullsFirst, type));
        }
        addId(spec, factory);
    }

    private void addId(SqmQuerySpec<?> spec, SessionFactoryImplementor factory) {
        SqmRoot<?> root = spec.getFromClause().getRoots().get(0);
        EntityPersister entity = factory.getMappingMetamodel().getEntityDescriptor(root.getEntityName());
        if (!(entity.getIdentifierMapping() instanceof BasicEntityIdentifierMapping id)) {
            refuse("an entity with an id of several columns", "use setFirstResult and setMaxResults");
            return;
        }
        List<String> path = List.of(id.getAttributeName());
        if (keys.stream().noneMatch(key -> key.path().equals(path))) {
            JavaType<Object> type = type(root.get(id.getAttributeName()));
            if (type != null) {
                keys.add(new Key(path, false, false, type));
            }
        }
    }

    private static boolean selectsRoot(SqmQuerySpec<?> spec) {
        var selections = spec.getSelectClause().getSelections();
        return spec.getFromClause().getRoots().size() == 1
                && !spec.getSelectClause().isDistinct()
                && spec.getGroupByClauseExpressions().isEmpty()
                && (selections.isEmpty()
                        || selections.size() == 1
                                && selections.get(0).getSelectableNode()
                                        == spec.getFromClause().getRoots().get(0));
    }

    /** From the root on; empty if it does not begin there, or passes through another entity. */
    private static List<String> pathOf(SqmPath<?> path) {
        List<String> names = new ArrayList<>();
        SqmPath<?> at = path;
        while (at != null && !(at instanceof SqmRoot)) {
            names.add(0, at.getReferencedPathSource().getPathName());
            at = at.getLhs();
            if (at != null
                    && !(at instanceof SqmRoot)
                    && at.getReferencedPathSource().getPathType() instanceof EntityType) {
                return List.of();
            }
        }
        return at == null ? List.of() : names;
    }

    /** Null too if a converter stands between: it may make several of the column's values one. */
    @SuppressWarnings("unchecked")
    private static @Nullable JavaType<Object> type(SqmPath<?> path) {
        return path.getReferencedPathSource().getPathType() instanceof BasicType<?> basic
                        && basic.getValueConverter() == null
                ? (JavaType<Object>) basic.getJavaTypeDescriptor()
                : null;
    }

    private void refuse(String construct, String rewrite) {
        refusal = new Refusal(
                "a cursored page of " + construct, "its place cannot be told by the values of one row", rewrite);
    }

    /** Why there are no such pages of the query; null if there are. */
    @Nullable
    Refusal refusal(QueryOptions options, @Nullable Class<?> resultType) {
        if (refusal == null && (options.hasLimit() || statement.getFetch() != null || statement.getOffset() != null)) {
            refuse("a query with a limit", "leave limit and offset out");
        } else if (refusal == null
                && (statement.containsCollectionFetches()
                        || AppliedGraphs.containsCollectionFetches(options)
                        || !statement.producesUniqueResults())) {
            refuse("a query whose joins repeat the entity", "use exists, or fetch collections lazily");
        } else if (refusal == null
                && (options.getTupleTransformer() != null
                        || options.getResultListTransformer() != null
                        || resultType != null && !resultType.isAssignableFrom(entityType()))) {
            refuse("a query whose rows are made something else", "ask for the entity");
        }
        return refusal;
    }

    private Class<?> entityType() {
        return Objects.requireNonNull(
                statement.getQuerySpec().getFromClause().getRoots().get(0).getJavaType());
    }

    /** What a cursor belongs to: the query and its order, whatever the values of its parameters. */
    String fingerprint(String hql) {
        return hql
                + keys.stream()
                        .map(key -> key.path()
                                + (key.descending() ? " desc" : " asc")
                                + (key.nullsFirst() ? " first" : " last"))
                        .collect(Collectors.joining(",", " by ", ""));
    }

    /** Rows of the entity and, behind it, its keys: those behind the position, nearest first; or before it if it says so. */
    SqmSelectStatement<Object[]> rows(CursorSigner.@Nullable Position from) {
        boolean backward = from != null && from.backward();
        SqmSelectStatement<Object[]> copy =
                statement.createCopy(SqmCopyContext.noParamCopyContext(SqmQuerySource.CRITERIA), Object[].class);
        SqmQuerySpec<Object[]> spec = copy.getQuerySpec();
        NodeBuilder builder = copy.nodeBuilder();
        SqmRoot<?> root = spec.getFromClause().getRoots().get(0);
        SqmSelectClause select = new SqmSelectClause(false, builder);
        add(select, root, builder);
        SqmOrderByClause order = new SqmOrderByClause();
        for (Key key : keys) {
            add(select, path(root, key), builder);
            boolean descending = key.descending() != backward;
            boolean nullsFirst = key.nullsFirst() != backward;
            order.addSortSpecification(new SqmSortSpecification(
                    path(root, key),
                    descending ? SortDirection.DESCENDING : SortDirection.ASCENDING,
                    nullsFirst ? Nulls.FIRST : Nulls.LAST));
        }
        spec.setSelectClause(select);
        spec.setOrderByClause(order);
        if (from != null) {
            SqmPredicate behind = behind(root, values(from.keys()), backward, builder);
            SqmPredicate where = spec.getRestriction();
            copy.where(where == null ? behind : builder.and(where, behind));
        }
        return copy;
    }

    private static void add(SqmSelectClause select, SqmSelectableNode<?> node, NodeBuilder builder) {
        select.addSelection(new SqmSelection<>(node, builder));
    }

    private static SqmPath<?> path(SqmRoot<?> root, Key key) {
        SqmPath<?> at = root;
        for (String name : key.path()) {
            at = at.get(name);
        }
        return at;
    }

    /** Equal in all keys before one of them, and behind the position in that one. */
    private SqmPredicate behind(SqmRoot<?> root, List<@Nullable Object> values, boolean backward, NodeBuilder builder) {
        List<SqmPredicate> cases = new ArrayList<>();
        List<SqmPredicate> equal = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            SqmPath<?> path = path(root, keys.get(i));
            SqmPredicate beyond = beyond(path, keys.get(i), values.get(i), backward, builder);
            if (beyond != null) {
                List<SqmPredicate> all = new ArrayList<>(equal);
                all.add(beyond);
                cases.add(builder.and(all.toArray(SqmPredicate[]::new)));
            }
            Object value = values.get(i);
            equal.add(value == null ? path.isNull() : path.equalTo(value));
        }
        return builder.or(cases.toArray(SqmPredicate[]::new));
    }

    /** Null if nothing is: behind the last of them, where nulls come last. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static @Nullable SqmPredicate beyond(
            SqmPath path, Key key, @Nullable Object value, boolean backward, NodeBuilder builder) {
        boolean nullsFirst = key.nullsFirst() != backward;
        if (value == null) {
            return nullsFirst ? path.isNotNull() : null;
        }
        // not by builder.lessThan, which takes what Java can compare: the server compares more
        SqmPredicate beyond = new SqmComparisonPredicate(
                path,
                key.descending() != backward ? ComparisonOperator.LESS_THAN : ComparisonOperator.GREATER_THAN,
                ((SqmCriteriaNodeBuilder) builder).value(value, path),
                builder);
        return nullsFirst ? beyond : builder.or(beyond, path.isNull());
    }

    // ---- the page

    /**
     * The page.
     *
     * @param rows in the direction of the position, one more than the page has if there are so many
     */
    <R> CursoredPage<R> page(
            List<Object[]> rows,
            int size,
            CursorSigner.@Nullable Position from,
            Function<CursorSigner.Position, String> signed,
            Function<Object[], R> row) {
        boolean backward = from != null && from.backward();
        boolean more = rows.size() > size;
        List<Object[]> some = new ArrayList<>(more ? rows.subList(0, size) : rows);
        if (backward) {
            Collections.reverse(some);
        }
        Optional<String> next = Optional.empty();
        Optional<String> previous = Optional.empty();
        if (!some.isEmpty() && (more || backward)) {
            next = Optional.of(signed.apply(new CursorSigner.Position(false, texts(some.get(some.size() - 1)))));
        }
        if (!some.isEmpty() && from != null && (more || !backward)) {
            previous = Optional.of(signed.apply(new CursorSigner.Position(true, texts(some.get(0)))));
        }
        return new CursoredPage<>(some.stream().map(row).toList(), next, previous);
    }

    private List<@Nullable String> texts(Object[] row) {
        List<@Nullable String> texts = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            Object value = row[i + 1];
            texts.add(value == null ? null : keys.get(i).type().toString(value));
        }
        return texts;
    }

    private List<@Nullable Object> values(List<@Nullable String> texts) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            String text = texts.get(i);
            values.add(text == null ? null : keys.get(i).type().fromString(text));
        }
        return values;
    }
}
