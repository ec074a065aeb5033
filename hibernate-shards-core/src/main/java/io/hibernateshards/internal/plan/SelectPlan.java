package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.BasicEntityIdentifierMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.common.FetchClauseType;
import org.hibernate.query.sqm.SqmQuerySource;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.predicate.SqmWhereClause;
import org.hibernate.query.sqm.tree.select.SqmJpaCompoundSelection;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.jspecify.annotations.Nullable;

/**
 * How a select is answered by several shards. Its rows are either put one after the other, or merged by sort keys that
 * are selected beside them, or computed from the parts of aggregate functions. Worked out once a query; immutable but for
 * what it remembers about collations; safe for any number of threads.
 */
public final class SelectPlan {
    private final SqmSelectStatement<?> statement;
    private final String hql;
    private final @Nullable Class<?> resultType;
    private final OneShard oneShard;
    private final Functions functions;
    private final List<SortKey> keys = new ArrayList<>();
    private final List<SortKey> idKeys = new ArrayList<>();
    private final Shares shares = new Shares();
    private final Types types;
    private final Sorting sorting;
    private @Nullable GroupPlan groups;
    private @Nullable Refusal refusal;
    private @Nullable EntityPersister root;
    private @Nullable Partial rows;
    private @Nullable Partial ids;
    private @Nullable Partial locked;
    private @Nullable Partial typeProbe;
    private @Nullable List<Typed> typed;
    private @Nullable List<String> typesOfExpressions;
    private @Nullable Partial collationProbe;
    private @Nullable List<Collation> collations;
    private boolean repeatsRows;
    private boolean yieldsRootOnce;
    private int width;

    private SelectPlan(
            SqmSelectStatement<?> statement,
            String hql,
            @Nullable Class<?> resultType,
            OneShard oneShard,
            Functions functions,
            SessionFactoryImplementor factory) {
        this.statement = statement;
        this.hql = hql;
        this.resultType = resultType;
        this.oneShard = oneShard;
        this.functions = functions;
        types = new Types(factory);
        sorting = new Sorting(types, factory, statement.getQuerySource() == SqmQuerySource.CRITERIA);
        refusal = Structure.refusal(statement, oneShard, functions);
        if (refusal != null) {
            return;
        }
        SqmQuerySpec<?> spec = spec();
        repeatsRows = Structure.fetches(spec);
        yieldsRootOnce = statement.producesUniqueResults();
        List<SqmSelectableNode<?>> selections = Structure.selected(spec);
        width = Math.max(1, selections.size());
        if (Structure.isMerged(spec, oneShard, functions)) {
            groups = GroupPlan.of(statement, oneShard, functions, types, sorting);
            refusal = groups.refusal();
            if (refusal == null && ImplicitJoins.depend(statement, types)) {
                refusal = new Refusal(
                        "an association that is compared as a whole beside its attributes, in groups",
                        "how Hibernate joins it depends on all clauses of the query",
                        Structure.narrow());
            }
        } else {
            Sorting.Result sorted = sorting.keys(spec, width);
            keys.addAll(sorted.keys());
            refusal = sorted.refusal();
            root = rootOnly(spec, selections, factory);
            if (root != null) {
                idKeys(spec, root);
            }
        }
    }

    /**
     * The plan of a select.
     *
     * @param hql as the application wrote it; empty for a criteria query
     * @param resultType that it was read with, by which Hibernate may read other selections into the same text
     */
    public static SelectPlan of(
            SqmSelectStatement<?> statement,
            String hql,
            @Nullable Class<?> resultType,
            OneShard oneShard,
            Functions functions,
            SessionFactoryImplementor factory) {
        return new SelectPlan(statement, hql, resultType, oneShard, functions, factory);
    }

    private SqmQuerySpec<?> spec() {
        return (SqmQuerySpec<?>) statement.getQueryPart();
    }

    /** The keys in rows of the id alone: a key that is the id itself is not selected twice. */
    private void idKeys(SqmQuerySpec<?> spec, EntityPersister entity) {
        int appended = 1;
        for (int i = 0; i < keys.size(); i++) {
            boolean id = keys.get(i).order().raw() == null
                    && isId(spec.getSortSpecifications().get(i), entity);
            idKeys.add(keys.get(i).at(id ? 0 : appended++));
        }
    }

    private static boolean isId(SqmSortSpecification sort, EntityPersister entity) {
        return !sort.isIgnoreCase()
                && sort.getSortExpression() instanceof SqmPath<?> path
                && path.getLhs() instanceof SqmRoot
                && path.getReferencedPathSource()
                        .getPathName()
                        .equals(entity.getIdentifierMapping().getAttributeName());
    }

    // ---- what shards are asked

    /** Why several shards cannot answer; null if they can. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /** How groups are merged, if a row of the answer is made of rows of several shards; null if it is one row of one. */
    public @Nullable GroupPlan groups() {
        return groups;
    }

    /** Whether Hibernate counts merged rows; of a query without groups it counts the rows that they are made of. */
    public boolean countsGroups() {
        return groups != null
                && (spec().getSelectClause().isDistinct()
                        || !spec().getGroupByClauseExpressions().isEmpty());
    }

    /** Empty if the query asks for no order. */
    public List<SortKey> keys() {
        return keys;
    }

    /** Whether a root's row decides all keys, so that rows of one root that joins repeat come together. */
    public boolean sortsByRootOnly() {
        return sorting.byRootOnly(spec());
    }

    /** The same keys in the rows of {@link #ids()}. */
    public List<SortKey> idKeys() {
        return idKeys;
    }

    /** How many rows of a page to ask each shard for. */
    public Shares shares() {
        return shares;
    }

    /** How many values of a row the application asked for; sort keys may follow them. */
    public int width() {
        return width;
    }

    /** Whether the tree itself has a limit or an offset. */
    public boolean hasOwnLimit() {
        return spec().getFetch() != null || spec().getOffset() != null;
    }

    /** The rows and the keys beside them, or the parts of groups. */
    public synchronized Partial rows() {
        if (rows == null) {
            GroupPlan merged = groups;
            rows = merged == null
                    ? Partial.of(statement, name("rows"), (spec, context) -> {
                        selectKeysToo(spec);
                        if (isWithTies()) {
                            spec.setFetchExpression(
                                    Objects.requireNonNull(spec().getFetchExpression())
                                            .copy(context),
                                    FetchClauseType.ROWS_WITH_TIES);
                        }
                    })
                    : Partial.of(statement, name("groups"), merged::rewrite);
        }
        return rows;
    }

    private void selectKeysToo(SqmQuerySpec<Object[]> spec) {
        List<SqmSelectableNode<?>> selections = Structure.selected(spec);
        if (selections.isEmpty()) {
            Partial.select(spec, spec.getFromClause().getRoots().get(0));
        } else if (spec.getSelectClause().getSelections().stream()
                .anyMatch(selection -> selection.getSelectableNode() instanceof SqmJpaCompoundSelection)) {
            // Hibernate finds nothing that is selected behind a compound one, were it of one element
            Partial.selectNothing(spec);
            selections.forEach(selection -> Partial.select(spec, selection));
        }
        selectKeys(spec, keys, width);
    }

    /** Those that are not among what is selected already. */
    private void selectKeys(SqmQuerySpec<?> spec, List<SortKey> sorted, int from) {
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i).position() >= from) {
                Partial.select(
                        spec,
                        sorting.expression(spec, spec.getSortSpecifications().get(i), sorted.get(i)));
            }
        }
    }

    /**
     * The entity, if the query selects nothing but one root, without fetches, whose id is one attribute: a page far behind
     * can be found by ids and keys alone.
     */
    public @Nullable EntityPersister root() {
        return root;
    }

    private static @Nullable EntityPersister rootOnly(
            SqmQuerySpec<?> spec, List<SqmSelectableNode<?>> selections, SessionFactoryImplementor factory) {
        boolean only = spec.getFromClause().getRoots().size() == 1
                && (selections.isEmpty() || selections.size() == 1 && selections.get(0) instanceof SqmRoot)
                && !spec.getSelectClause().isDistinct()
                && !Structure.fetchesAny(spec);
        if (!only) {
            return null;
        }
        EntityPersister persister = factory.getMappingMetamodel()
                .getEntityDescriptor(spec.getFromClause().getRoots().get(0).getEntityName());
        return persister.getIdentifierMapping() instanceof BasicEntityIdentifierMapping ? persister : null;
    }

    /** Of each row the id alone, and the keys beside it. Only for a query with a {@link #root()}. */
    public synchronized Partial ids() {
        if (ids == null) {
            EntityPersister of = root;
            if (of == null || !(of.getIdentifierMapping() instanceof BasicEntityIdentifierMapping id)) {
                throw new IllegalStateException("the query selects more than an entity");
            }
            ids = Partial.of(statement, name("ids"), spec -> {
                Partial.selectNothing(spec);
                Partial.select(spec, spec.getFromClause().getRoots().get(0).get(id.getAttributeName()));
                selectKeys(spec, idKeys, 1);
            });
        }
        return ids;
    }

    /** The keys alone, for rows that are only locked; as {@link #lockedKeys} has them. */
    public synchronized Partial locked() {
        if (locked == null) {
            locked = Partial.of(statement, name("locked"), spec -> {
                Partial.selectNothing(spec);
                for (int i = 0; i < keys.size(); i++) {
                    Partial.select(
                            spec,
                            sorting.expression(
                                    spec, spec.getSortSpecifications().get(i), keys.get(i)));
                }
            });
        }
        return locked;
    }

    /** The keys in the rows of {@link #locked()}. */
    public List<SortKey> lockedKeys() {
        List<SortKey> all = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            all.add(keys.get(i).at(i));
        }
        return all;
    }

    // ---- text

    /** The order of text at a position of the keys (or of what groups compare); null as long as no shard was asked. */
    public synchronized @Nullable List<Collation> collations() {
        return collations;
    }

    public synchronized void collations(List<Collation> known) {
        collations = List.copyOf(known);
    }

    /** Which collation and type the server gives each text key (or what groups compare): two texts for each of them, in one row. */
    public synchronized Partial collationProbe() {
        if (collationProbe == null) {
            collationProbe = Partial.of(statement, name("collations"), this::selectCollations);
        }
        return collationProbe;
    }

    private void selectCollations(SqmQuerySpec<Object[]> spec, SqmCopyContext context) {
        List<SqmExpression<?>> texts = new ArrayList<>();
        if (groups != null) {
            texts.addAll(groups.texts(context));
            spec.getSelectClause().makeDistinct(false);
            spec.setGroupByClauseExpressions(List.of());
            spec.setHavingClausePredicate(null);
        }
        for (int i = 0; i < keys.size(); i++) {
            if (keys.get(i).order().text()) {
                texts.add(sorting.expression(spec, spec.getSortSpecifications().get(i), keys.get(i)));
            }
        }
        long aggregates = texts.stream()
                .filter(text -> new Sight(text, oneShard, functions).aggregate)
                .count();
        if (aggregates == 0 || aggregates == texts.size()) {
            spec.setGroupByClauseExpressions(List.of());
            spec.setHavingClausePredicate(null);
        }
        Partial.selectNothing(spec);
        spec.setOrderByClause(null);
        for (SqmExpression<?> text : texts) {
            var builder = spec.nodeBuilder();
            SqmExpression<?>[] argument = {text};
            Partial.select(spec, builder.function("pg_collation_for", String.class, argument));
            Partial.select(spec, builder.cast(builder.function("pg_typeof", String.class, argument), String.class));
        }
    }

    /** In Hibernate's plan cache, which has no other means of telling partial queries apart. */
    // ---- types of the server

    private List<Typed> typed() {
        List<Typed> all = typed;
        if (all == null) {
            all = new ArrayList<>();
            if (groups != null) {
                all.addAll(groups.typed());
            }
            for (int i = 0; i < keys.size(); i++) {
                all.add(new Typed(
                        sorting.compared(spec(), spec().getSortSpecifications().get(i)),
                        keys.get(i).order()));
            }
            all.removeIf(one -> one.isGiven() || isOfAggregates(one.expression()));
            typed = all;
        }
        return all;
    }

    /** Its type is that of the aggregates, unless it is one. */
    private boolean isOfAggregates(SqmExpression<?> expression) {
        return !(expression instanceof SqmAggregateFunction) && new Sight(expression, oneShard, functions).aggregate;
    }

    /**
     * Why the rows cannot be merged, by the server's types of what is compared or added; null if they can.
     *
     * @param columns the types of columns that are known, by their names; those that were not are added
     * @param ask runs a query, of one row, for the types of some values
     */
    public @Nullable Refusal inexact(Map<String, String> columns, Function<Partial, Object[]> ask) {
        List<String> found = types(columns, ask);
        for (int i = 0; i < found.size(); i++) {
            Typed one = typed().get(i);
            String type = found.get(i);
            boolean exact = one.isText() ? Collation.isText(type) : one.exact().contains(type);
            if (!exact) {
                return new Refusal(
                        one.expression().toHqlString(),
                        "the server has it as " + type + ", of which its Java type does not tell all",
                        Structure.narrow());
            }
        }
        return null;
    }

    private synchronized List<String> types(Map<String, String> columns, Function<Partial, Object[]> ask) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < typed().size(); i++) {
            String column = types.column(typed().get(i).expression());
            String known = column != null
                    ? columns.get(column)
                    : typesOfExpressions == null ? null : typesOfExpressions.get(i);
            if (known == null) {
                return asked(columns, ask);
            }
            found.add(known);
        }
        return found;
    }

    private List<String> asked(Map<String, String> columns, Function<Partial, Object[]> ask) {
        if (typeProbe == null) {
            typeProbe = Partial.of(statement, name("types"), this::selectTypes);
        }
        List<String> found = new ArrayList<>();
        for (Object type : ask.apply(typeProbe)) {
            found.add(String.valueOf(type));
        }
        for (int i = 0; i < found.size(); i++) {
            String column = types.column(typed().get(i).expression());
            if (column != null) {
                columns.put(column, found.get(i));
            }
        }
        typesOfExpressions = found;
        return found;
    }

    /** An aggregate of no row has a row, whatever the tables hold, and its type is known before any is read. */
    private void selectTypes(SqmQuerySpec<Object[]> spec, SqmCopyContext context) {
        List<SqmExpression<?>> values = new ArrayList<>();
        typed().forEach(one -> values.add(GroupColumns.compared(one.expression().copy(context), types)));
        var builder = spec.nodeBuilder();
        spec.getSelectClause().makeDistinct(false);
        spec.setGroupByClauseExpressions(List.of());
        spec.setHavingClausePredicate(null);
        spec.setOrderByClause(null);
        SqmWhereClause none = new SqmWhereClause(builder);
        none.setPredicate(builder.equal(builder.literal(0), builder.literal(1)));
        spec.setWhereClause(none);
        Partial.selectNothing(spec);
        for (SqmExpression<?> value : values) {
            String type = value instanceof SqmAggregateFunction ? "pg_typeof(?)" : "pg_typeof((array_agg(?))[1])";
            Partial.select(spec, (SqmExpression<?>) builder.sql("cast(" + type + " as text)", String.class, value));
        }
    }

    private String name(String part) {
        String type = resultType == null ? "" : " as " + resultType.getName();
        return hql.isEmpty() ? "" : hql + " /* " + part + " of several shards" + type + " */";
    }

    /** Whether rows of one entity that a collection fetch repeats have to be made one again. */
    public boolean repeatsRows() {
        return repeatsRows;
    }

    /** Whether nothing that is joined can repeat the only root's row, so that no entity comes twice from any shard. */
    public boolean yieldsRootOnce() {
        return yieldsRootOnce;
    }

    /**
     * Whether Hibernate yields an entity once, however often joins repeat its row: the query selects nothing but one entity,
     * and that is what the application asks for.
     */
    public boolean isUnique(@Nullable Class<?> resultType) {
        SqmPath<?> path = onlyPath();
        return path != null
                && Types.isEntity(path)
                && (resultType == null
                        || path.getJavaType() != null && resultType.isAssignableFrom(path.getJavaType()));
    }

    /** Of the only entity that is selected. */
    public String entityName() {
        SqmPath<?> path = onlyPath();
        if (path == null) {
            throw new IllegalStateException("the query selects more than an entity");
        }
        return Types.entityName(path);
    }

    private @Nullable SqmPath<?> onlyPath() {
        List<SqmSelectableNode<?>> selections = Structure.selected(spec());
        if (selections.isEmpty()) {
            return spec().getFromClause().getRoots().get(0);
        }
        return selections.size() == 1 && selections.get(0) instanceof SqmPath<?> path ? path : null;
    }

    /** Whether the tree's own limit takes in what equals the last row; the limit of a query object does not. */
    public boolean isWithTies() {
        return Structure.isWithTies(spec());
    }

    /** Whether no shard needs to send more rows than the page reaches down to. */
    public boolean cutsShards() {
        return groups == null ? !repeatsRows && !isWithTies() : groups.cutsShards();
    }

    /** For people: what is done with the shards' answers. */
    public String describe() {
        if (groups != null) {
            return groups.describe();
        }
        return keys.isEmpty() ? "Concatenate" : (isWithTies() ? "WithTies\n" : "") + "MergeSort " + keys;
    }
}
