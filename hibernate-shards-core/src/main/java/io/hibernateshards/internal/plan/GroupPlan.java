package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.Refusal;
import jakarta.persistence.criteria.Nulls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.query.SortDirection;
import org.hibernate.query.sqm.SqmQuerySource;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmAliasedNodeRef;
import org.hibernate.query.sqm.tree.expression.SqmDistinct;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmOrderedSetAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmStar;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiation;
import org.hibernate.query.sqm.tree.select.SqmOrderByClause;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.jspecify.annotations.Nullable;

/**
 * How groups that have rows on several shards are put together; distinct rows are groups without aggregates, and an
 * aggregate without groups is one. Each shard groups its rows and yields the keys with its parts of the aggregates. Groups
 * of equal keys are merged, filtered by what of {@code having} only whole groups can tell, and sorted.
 */
public final class GroupPlan {
    /**
     * A value of a merged group: a column of its parts, or an aggregate.
     *
     * @param otherwise what stands for null, if anything else than null does
     */
    public record Output(int column, int aggregate, @Nullable Object otherwise) {
        static Output column(int at) {
            return new Output(at, -1, null);
        }

        static Output aggregate(int index) {
            return new Output(-1, index, null);
        }
    }

    /**
     * What becomes a value of a row of the answer.
     *
     * @param output the first of as many
     * @param made from them; null for a single one as it is
     */
    public record Selected(int output, int count, @Nullable Instantiation made) {}

    /** An aggregate of distinct values: merged groups are split by those, and joined again by what each adds to a part. */
    public record Exploded(Aggregate.Kind kind, int position) {}

    private record Key(SqmExpression<?> expression, int position, Compared compared) {}

    private final Types types;
    private final Sorting sorting;
    private final OneShard oneShard;
    private final Functions functions;
    private final SqmQuerySpec<?> spec;
    private final Parameters parameters;
    private final boolean criteria;
    private final GroupColumns columns = new GroupColumns();
    private final List<Key> keys = new ArrayList<>();
    private final List<Aggregate> aggregates = new ArrayList<>();
    private final List<SqmExpression<?>> aggregated = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private final List<Selected> selected = new ArrayList<>();
    private final List<Compared> ordered = new ArrayList<>();
    private final List<GroupSort> sorts = new ArrayList<>();
    private final List<SortKey> streamed = new ArrayList<>();
    private final List<SqmPredicate> pushed = new ArrayList<>();
    private final List<Exploded> exploded = new ArrayList<>();
    private final List<Typed> typed = new ArrayList<>();
    private @Nullable Key distinct;
    private boolean countsLocally;
    private @Nullable Having having;
    private Dependence dependence;
    private @Nullable Refusal refusal;

    private GroupPlan(
            SqmSelectStatement<?> statement, OneShard oneShard, Functions functions, Types types, Sorting sorting) {
        spec = (SqmQuerySpec<?>) statement.getQueryPart();
        parameters = new Parameters(statement);
        criteria = statement.getQuerySource() == SqmQuerySource.CRITERIA;
        this.oneShard = oneShard;
        this.functions = functions;
        this.types = types;
        this.sorting = sorting;
        dependence = new Dependence(List.of(), types, functions);
    }

    /** Reads a select that Structure has found to need it. */
    static GroupPlan of(
            SqmSelectStatement<?> statement, OneShard oneShard, Functions functions, Types types, Sorting sorting) {
        GroupPlan plan = new GroupPlan(statement, oneShard, functions, types, sorting);
        plan.refusal = plan.read();
        return plan;
    }

    private @Nullable Refusal read() {
        boolean grouped = !spec.getGroupByClauseExpressions().isEmpty();
        boolean distinctRows = spec.getSelectClause().isDistinct();
        List<SqmSelectableNode<?>> selections = Structure.selected(spec);
        if (distinctRows && (grouped || spec.getHavingClausePredicate() != null)) {
            return refused("select distinct of groups", "they are made distinct after they are merged");
        }
        List<SqmTypedNode<?>> leaves = new ArrayList<>();
        selections.forEach(selection -> leaves.addAll(leaves(selection)));
        for (Object by : distinctRows ? leaves : spec.getGroupByClauseExpressions()) {
            if (!(by instanceof SqmExpression<?> expression) || !addKey(resolved(expression))) {
                return distinctRows
                        ? refused("select distinct", "values of these types are only compared by the server")
                        : refused("group by", "values of these types are only compared by the server");
            }
        }
        dependence = new Dependence(
                keys.stream().<SqmExpression<?>>map(Key::expression).toList(), types, functions);
        for (SqmSelectableNode<?> selection : selections) {
            Refusal cannot = select(selection);
            if (cannot != null) {
                return cannot;
            }
        }
        Refusal cannot = readHaving(grouped);
        cannot = cannot != null ? cannot : readOrder();
        if (cannot == null && distinct != null && countsLocally) {
            return refused(
                    "a distinct aggregate beside count(distinct)",
                    "each shard splits its groups by the values of one, and would add those of the other for each"
                            + " part");
        }
        boolean constant =
                keys.isEmpty() && distinct != null && outputs.stream().anyMatch(one -> one.column() >= 0);
        return cannot == null && constant
                ? refused("a constant beside count(distinct)", "no shard yields it where there are no rows")
                : cannot;
    }

    private static Refusal refused(String construct, String reason) {
        return new Refusal(construct, reason, Structure.narrow());
    }

    // ---- keys

    private @Nullable SqmExpression<?> resolved(SqmExpression<?> expression) {
        return expression instanceof SqmAliasedNodeRef alias
                ? Sorting.selected(spec, alias)
                : Structure.value(expression);
    }

    private boolean addKey(@Nullable SqmExpression<?> expression) {
        Optional<KeyOrder> order =
                expression == null || isAggregate(expression) ? Optional.empty() : types.order(expression);
        if (expression == null || order.isEmpty() || new Sight(expression, oneShard, functions).ofOthers()) {
            return false;
        }
        if (order.get().raw() != null && !(expression instanceof SqmPath) && Parameters.areIn(expression)) {
            return false; // written twice, a parameter is another one to the server
        }
        if (keys.stream().noneMatch(key -> key.expression.equals(expression))) {
            keys.add(key(expression, order.get()));
        }
        return true;
    }

    private Key key(SqmExpression<?> expression, KeyOrder order) {
        int position = columns.add(expression);
        int at = isCompared(expression, order) ? position : columns.addCompared(expression, types, order);
        return new Key(expression, position, new Compared(at, order, expression));
    }

    private static boolean isCompared(SqmExpression<?> expression, KeyOrder order) {
        return order.raw() == null && !isEntity(expression);
    }

    private static boolean isEntity(SqmExpression<?> expression) {
        return expression instanceof SqmPath<?> path && Types.isEntity(path);
    }

    private @Nullable Key key(SqmTypedNode<?> node) {
        return keys.stream()
                .filter(key -> key.expression.equals(node))
                .findFirst()
                .orElse(null);
    }

    // ---- what is selected

    private static List<? extends SqmTypedNode<?>> leaves(SqmTypedNode<?> selection) {
        return selection instanceof SqmDynamicInstantiation<?> made
                ? made.getArguments().stream()
                        .map(argument -> value(argument.getSelectableNode()))
                        .toList()
                : List.of(value(selection));
    }

    private static SqmTypedNode<?> value(SqmTypedNode<?> node) {
        return node instanceof SqmExpression<?> expression ? Structure.value(expression) : node;
    }

    private @Nullable Refusal select(SqmTypedNode<?> selection) {
        Instantiation made = selection instanceof SqmDynamicInstantiation<?> one ? Instantiation.of(one) : null;
        if (made == null && selection instanceof SqmDynamicInstantiation<?>) {
            return new Refusal(
                    "select new with groups",
                    "its values are injected, which is not done for those of several shards",
                    "give the class a constructor for these values");
        }
        List<? extends SqmTypedNode<?>> leaves = leaves(selection);
        selected.add(new Selected(outputs.size(), leaves.size(), made));
        for (SqmTypedNode<?> leaf : leaves) {
            Refusal cannot = add(leaf);
            if (cannot != null) {
                return cannot;
            }
        }
        return null;
    }

    private @Nullable Refusal add(SqmTypedNode<?> node) {
        Key key = key(node);
        if (key != null) {
            outputs.add(Output.column(key.position));
            return null;
        }
        if (isAggregate(node)) {
            return addAggregate((SqmExpression<?>) node);
        }
        if (node instanceof SqmExpression<?> expression && dependence.onKeys(expression)) {
            outputs.add(Output.column(columns.add(expression)));
            return null;
        }
        Coalesced coalesced = Coalesced.of(node);
        if (coalesced != null && isAggregate(coalesced.value())) {
            Refusal cannot = addAggregate(coalesced.value());
            if (cannot == null) {
                Output last = outputs.remove(outputs.size() - 1);
                boolean rounded = aggregates.get(last.aggregate()).rounded();
                outputs.add(new Output(-1, last.aggregate(), rounded ? coalesced.decimal() : coalesced.otherwise()));
            }
            return cannot;
        }
        return new Refusal(
                "an aggregate inside an expression",
                "each shard would compute it for its own rows",
                "select the aggregates and the keys by themselves and compute with them in the application");
    }

    private static boolean isAggregate(SqmTypedNode<?> node) {
        return node instanceof SqmAggregateFunction;
    }

    private @Nullable Refusal addAggregate(SqmExpression<?> expression) {
        int known = aggregated.indexOf(expression);
        if (known >= 0) {
            outputs.add(Output.aggregate(known));
            return null;
        }
        SqmFunction<?> function = (SqmFunction<?>) expression;
        SqmAggregateFunction<?> filtered = (SqmAggregateFunction<?>) expression;
        Aggregate.Kind kind = Aggregate.Kind.named(function.getFunctionName()).orElse(null);
        if (kind == null
                || function instanceof SqmOrderedSetAggregateFunction
                || function.getArguments().size() != 1) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "the parts that each shard computes cannot be put together",
                    "select the rows, or give the shard key in the where clause");
        }
        if (!(function.getArguments().get(0) instanceof SqmStar)
                && new Sight(Structure.argument(function), oneShard, functions).ofOthers()) {
            return refused(function.getFunctionName() + "() of what sees other rows", "they may be on several shards");
        }
        boolean distinctValues =
                function.getArguments().get(0) instanceof SqmDistinct<?> && !kind.isExtreme() && !kind.isBoolean();
        SqmExpression<?> argument = Structure.argument(function);
        if (distinctValues && (!isSummed(kind) || !oneShard.holdsEqual(List.of(argument)))) {
            return explode(kind, filtered, argument);
        }
        if (kind.isVariance() && !Aggregate.isExact(argument)) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "numbers of this type are rounded in between",
                    "give the shard key in the where clause");
        }
        boolean narrow = types.javaType(expression) == Short.class || types.javaType(expression) == Byte.class;
        if (isComputed(kind) && (narrow || !types.isNumber(argument))) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "numbers of this type, or what an attribute makes of them, are only added by the server",
                    "give the shard key in the where clause");
        }
        KeyOrder order = kind.isExtreme() ? types.order(argument).orElse(null) : null;
        if (kind.isExtreme() && order == null) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "the order of its values is not known outside the server",
                    "use a number, a text, a time or a UUID");
        }
        countsLocally |= distinctValues;
        Aggregate aggregate = Aggregate.of(kind, filtered, argument, order, columns);
        if (order != null) {
            ordered.add(new Compared(aggregate.comparedAt(), order, argument));
        }
        if (isComputed(kind)) {
            typed.add(new Typed(argument, KeyOrder.exact(types.javaType(argument)), true));
        }
        add(aggregate, expression);
        return null;
    }

    private static boolean isComputed(Aggregate.Kind kind) {
        return kind == Aggregate.Kind.SUM || kind == Aggregate.Kind.AVG || kind.isVariance();
    }

    private static boolean isSummed(Aggregate.Kind kind) {
        return kind == Aggregate.Kind.COUNT || kind == Aggregate.Kind.SUM;
    }

    private void add(Aggregate aggregate, SqmExpression<?> function) {
        outputs.add(Output.aggregate(aggregates.size()));
        aggregates.add(aggregate);
        aggregated.add(function);
    }

    /** Groups by the distinct values too. */
    private @Nullable Refusal explode(
            Aggregate.Kind kind, SqmAggregateFunction<?> function, SqmExpression<?> argument) {
        Optional<KeyOrder> order = types.order(argument);
        boolean one = distinct == null || distinct.expression.equals(argument);
        if (kind != Aggregate.Kind.COUNT || function.getFilter() != null || order.isEmpty() || !one) {
            return new Refusal(
                    function.getFunctionName() + "(distinct)",
                    "the same value may be on several shards and would be counted for each",
                    "select the distinct values of each shard by its key and count them in the application");
        }
        if (distinct == null) {
            int at = columns.addCompared(argument, types, order.get());
            distinct = new Key(argument, at, new Compared(at, order.get(), argument));
        }
        int position =
                columns.add(context -> (SqmExpression<?>) spec.nodeBuilder().literal(0L)); // the part's place
        exploded.add(new Exploded(kind, position));
        add(new Aggregate(kind, position, null, false, false, false), (SqmExpression<?>) function);
        return null;
    }

    // ---- having and order by

    private @Nullable Refusal readHaving(boolean grouped) {
        SqmPredicate predicate = spec.getHavingClausePredicate();
        if (predicate == null) {
            return null;
        }
        Having.Reader reader = new Having.Reader(this::operand, parameters);
        List<Having> conditions = new ArrayList<>();
        for (SqmPredicate one : Having.conjuncts(predicate)) {
            if (grouped && dependence.onKeys(one)) {
                pushed.add(one);
                continue;
            }
            Having condition = reader.read(one);
            if (condition == null) {
                return refused("having " + one.toHqlString(), "only a server that has the whole group can tell");
            }
            conditions.add(condition);
        }
        having = conditions.isEmpty() ? null : new Having.And(conditions);
        return null;
    }

    /** The output that an operand of having is; negative if it is none that can be compared here. */
    private int operand(SqmExpression<?> expression) {
        if (isAggregate(expression)) {
            if (addAggregate(expression) != null) {
                return -1;
            }
            int last = outputs.size() - 1;
            int aggregate = outputs.get(last).aggregate();
            KeyOrder order = aggregates.get(aggregate).order();
            return order == null || order.isNumber() ? last : -1;
        }
        Key key = key(expression);
        if (key == null || !key.compared.order().isNumber()) {
            return -1;
        }
        outputs.add(Output.column(key.position));
        return outputs.size() - 1;
    }

    private @Nullable Refusal readOrder() {
        boolean byKeys = distinct == null && !keys.isEmpty();
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            SqmExpression<?> expression = resolved(sort.getSortExpression());
            boolean descending = sort.getSortDirection() == SortDirection.DESCENDING;
            boolean nullsFirst = sorting.nullsFirst(sort, descending);
            if (expression == null || sort.isIgnoreCase()) {
                return unsortable(sort);
            }
            Refusal cannot = add(expression);
            if (cannot != null) {
                return cannot;
            }
            Output output = outputs.get(outputs.size() - 1);
            Key key = key(expression);
            int column = -1;
            if (key != null) {
                column = key.compared.position();
                ordered.add(key.compared);
                SortKey by = new SortKey(column, key.compared.order(), descending, nullsFirst);
                boolean again = streamed.stream().anyMatch(one -> one.position() == by.position());
                byKeys &= isStreamed(key);
                if (!again) {
                    streamed.add(by);
                }
            } else if (output.aggregate() >= 0) {
                byKeys = false;
                Aggregate aggregate = aggregates.get(output.aggregate());
                column = aggregate.order() == null ? -1 : aggregate.comparedAt();
            } else {
                byKeys = false;
                Optional<KeyOrder> order = types.order(expression);
                if (order.isEmpty()) {
                    return unsortable(sort);
                }
                column = columns.addCompared(expression, types, order.get());
                ordered.add(new Compared(column, order.get(), expression));
            }
            sorts.add(new GroupSort(column, outputs.size() - 1, descending, nullsFirst));
        }
        if (sorts.isEmpty() || !byKeys || !keys.stream().allMatch(GroupPlan::isStreamed)) {
            streamed.clear();
            return null;
        }
        for (Key key : keys) {
            int at = key.compared.position();
            if (streamed.stream().noneMatch(one -> one.position() == at)) {
                streamed.add(new SortKey(at, key.compared.order(), false, false));
            }
        }
        return null;
    }

    private static boolean isStreamed(Key key) {
        return !isEntity(key.expression);
    }

    private static Refusal unsortable(SqmSortSpecification sort) {
        return refused(
                "order by " + sort.getSortExpression().toHqlString(),
                "the order of these values is not known outside the server");
    }

    // ---- what shards are asked

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    /** Rewrites a copy of the query into partial groups. */
    void rewrite(SqmQuerySpec<Object[]> part, SqmCopyContext context) {
        List<SqmExpression<?>> by = new ArrayList<>();
        for (Key key : keys) {
            if (isEntity(key.expression)) {
                by.add(key.expression.copy(context)); // all its columns, and the id wherever it is read from
                by.add(GroupColumns.compared(key.expression.copy(context), types));
            } else {
                by.add(groupedBy(key, part, context));
            }
        }
        if (distinct != null) {
            by.add(groupedBy(distinct, part, context));
        }
        List<SqmPredicate> conditions = new ArrayList<>();
        pushed.forEach(one -> conditions.add(one.copy(context)));
        // of a whole entity Hibernate may select more than a group of it has
        boolean distinctEntities =
                part.getSelectClause().isDistinct() && keys.stream().anyMatch(key -> isEntity(key.expression));
        Partial.selectNothing(part);
        part.getSelectClause().makeDistinct(distinctEntities);
        columns.select(part, context);
        part.setGroupByClauseExpressions(distinctEntities ? List.of() : by);
        part.setHavingClausePredicate(
                conditions.isEmpty() ? null : part.nodeBuilder().and(conditions.toArray(SqmPredicate[]::new)));
        part.setOrderByClause(null);
        if (!streamed.isEmpty()) {
            SqmOrderByClause order = new SqmOrderByClause(streamed.size());
            streamed.forEach(key -> order.addSortSpecification(new SqmSortSpecification(
                    position(key.position(), part),
                    key.descending() ? SortDirection.DESCENDING : SortDirection.ASCENDING,
                    key.nullsFirst() ? Nulls.FIRST : Nulls.LAST)));
            part.setOrderByClause(order);
        }
    }

    /** By position, for a parameter in an expression that is repeated is another one to the server; of criteria Hibernate sees to that. */
    private SqmExpression<?> groupedBy(Key key, SqmQuerySpec<?> part, SqmCopyContext context) {
        return criteria
                ? Sorting.grouped(GroupColumns.compared(key.expression.copy(context), types), key.compared.order())
                : position(key.position, part);
    }

    private static SqmExpression<?> position(int column, SqmQuerySpec<?> part) {
        return new SqmAliasedNodeRef(column + 1, part.nodeBuilder().getIntegerType(), part.nodeBuilder());
    }

    // ---- how the answers are merged

    /** What tells groups apart; of none, there is one group whatever rows there are. */
    public List<Compared> keys() {
        return keys.stream().map(Key::compared).toList();
    }

    /** Values that are counted once a group; null if there are none. */
    public @Nullable Compared distinct() {
        return distinct == null ? null : distinct.compared;
    }

    public List<Exploded> exploded() {
        return exploded;
    }

    public List<Aggregate> aggregates() {
        return aggregates;
    }

    /** What is compared by order, and not only for being the same. */
    public List<Compared> ordered() {
        return ordered;
    }

    /** The values of a merged group: those selected from, and what is only filtered or sorted by. */
    public List<Output> outputs() {
        return outputs;
    }

    public @Nullable Having having() {
        return having;
    }

    /** The order of groups; empty if none is asked for. */
    public List<GroupSort> sorts() {
        return sorts;
    }

    /** The order in which shards yield their groups, by all keys; empty if they yield them in none. */
    public List<SortKey> streamed() {
        return streamed;
    }

    /** Whether the first groups of all are made of the first of each shard. */
    public boolean cutsShards() {
        return !streamed.isEmpty() && having == null;
    }

    /** The values of a row of the answer. */
    public List<Selected> selected() {
        return selected;
    }

    /** Values whose type on the server must be the one that is taken for it here. */
    List<Typed> typed() {
        List<Typed> all = new ArrayList<>(typed);
        compared().forEach(one -> all.add(new Typed(one.expression(), one.order())));
        return all;
    }

    /** Texts whose collation matters: those of the keys, and those that are ordered. */
    List<SqmExpression<?>> texts(SqmCopyContext context) {
        List<SqmExpression<?>> texts = new ArrayList<>();
        compared().forEach(one -> {
            if (one.order().text()) {
                texts.add(Sorting.raw(GroupColumns.compared(one.expression().copy(context), types), one.order()));
            }
        });
        return texts;
    }

    /** Which of the texts that is; their collations are in the same order. */
    public int textAt(int column) {
        int text = 0;
        for (Compared one : compared()) {
            if (one.position() == column) {
                return text;
            }
            text += one.order().text() ? 1 : 0;
        }
        throw new IllegalArgumentException("not compared: " + column);
    }

    private List<Compared> compared() {
        List<Compared> all = new ArrayList<>(keys());
        Compared counted = distinct();
        if (counted != null) {
            all.add(counted);
        }
        all.addAll(ordered);
        return all;
    }

    /** For people: the operators, the last one first. */
    String describe() {
        StringBuilder plan = new StringBuilder();
        if (!sorts.isEmpty() && streamed.isEmpty()) {
            plan.append("TopN ").append(sorts).append('\n');
        }
        if (having != null) {
            plan.append("Having ").append(having).append('\n');
        }
        List<String> of = aggregates.stream().map(one -> one.kind().toString()).toList();
        String by = keys.isEmpty()
                ? ""
                : " by " + keys.stream().map(key -> "#" + key.position).toList();
        String values = of.isEmpty() ? "" : " " + of;
        if (distinct != null) {
            plan.append("CountDistinct #").append(distinct.position).append('\n');
        }
        if (!streamed.isEmpty()) {
            return plan.append(of.isEmpty() ? "OrderedDistinct" : "OrderedAggregate")
                    .append(values)
                    .append(by)
                    .append("\nMergeSort ")
                    .append(streamed)
                    .toString();
        }
        return plan.append(keys.isEmpty() ? "Aggregate" : of.isEmpty() ? "Distinct" : "HashAggregate")
                .append(values)
                .append(by)
                .toString();
    }
}
