package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.merge.CodePoints;
import io.hibernateshards.internal.merge.MergeSort;
import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.merge.Skip;
import io.hibernateshards.internal.merge.TextOrder;
import io.hibernateshards.internal.plan.Collation;
import io.hibernateshards.internal.plan.Compared;
import io.hibernateshards.internal.plan.GroupPlan;
import io.hibernateshards.internal.plan.KeyOrder;
import io.hibernateshards.internal.plan.Partial;
import io.hibernateshards.internal.plan.SelectPlan;
import io.hibernateshards.internal.plan.SortKey;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.target.Refusal;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.hibernate.LockMode;
import org.hibernate.engine.spi.EntityKey;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.ResultListTransformer;
import org.hibernate.query.sqm.internal.AppliedGraphs;
import org.jspecify.annotations.Nullable;

/** One run of a select on several shards: asks them at the same time and puts the answers together. */
final class Scatter<R> {
    /** From this offset on, a page is found by ids and keys first, and only its own entities are loaded. */
    static final int DEEP = 50;

    private final ShardedQueryImpl<R> query;
    private final SelectPlan plan;
    private final ShardAccess access;
    private final Target target;
    private final QueryBudget budget;
    private final Children children;
    private long taken;

    Scatter(ShardedQueryImpl<R> query, SelectPlan plan, Target target, ShardAccess access) {
        this.query = query;
        this.plan = plan;
        this.access = access;
        this.target = target;
        budget = query.budget();
        access.flushBefore(target, query.getHibernateFlushMode());
        children = new Children(target.shards(), access);
    }

    List<R> list() {
        Page page = query.page();
        if (repeatsRows()
                && (plan.isWithTies()
                        || !plan.isUnique(query.getResultType())
                        || access.plans().isReference(plan.entityName()))) {
            throw query.refused(
                    new Refusal(
                            "a collection fetch of a reference entity, or with a result type other than the entity",
                            "repeated rows could not be told apart",
                            "ask for the entity without fetching, or without what joins it"),
                    target);
        }
        List<R> rows;
        if (page.rows() == 0) {
            rows = new ArrayList<>();
        } else if (plan.groups() != null) {
            rows = transformed(page.of(groups(plan.groups(), page.depth())));
        } else if (plan.keys().isEmpty() && !plan.hasOwnLimit() && !cutsRepeatedRows(page)) {
            rows = page.of(concatenate(page));
        } else if (isDeep(query, plan, page, access)) {
            List<Keyed> ids = page(plan.ids(), plan.idKeys(), page);
            rows = transformed(new DeepPage(Objects.requireNonNull(plan.root()), access, children, ids).load());
        } else {
            rows = transformed(merged(page));
        }
        rows = unique(rows);
        @SuppressWarnings("unchecked")
        var transformer = (ResultListTransformer<R>) query.getQueryOptions().getResultListTransformer();
        return transformer == null ? rows : transformer.transformList(rows);
    }

    /** A page is one of rows, so joins that repeat an entity make fewer of it; a shard by itself would make them one first. */
    private boolean cutsRepeatedRows(Page page) {
        return !page.isAll()
                && !plan.yieldsRootOnce()
                && plan.isUnique(query.getResultType())
                && !repeatsRows()
                && !locks(page);
    }

    // ---- Concatenate: rows in no order, each on exactly one shard

    private List<R> concatenate(Page page) {
        int most = repeatsRows() ? page.depth() : budget.most(page.depth());
        List<R> all = new ArrayList<>();
        if (locks(page)) {
            // one after the other, so that no row is locked that is none of the page
            for (int i = 0; i < children.size() && all.size() < page.depth(); i++) {
                SharedSessionContractImplementor child = children.get(i);
                int rest = page.depth() - all.size();
                access.<List<R>>inParallel(
                                1, one -> () -> query.whole(child, rest).list())
                        .forEach(answer -> all.addAll(orNone(answer)));
            }
            return all;
        }
        access.<List<R>>inParallel(children.size(), i -> {
                    SharedSessionContractImplementor child = children.get(i);
                    return () -> query.whole(child, most).list();
                })
                .forEach(answer -> all.addAll(orNone(answer)));
        budget.checkRows(all.size(), query.getQueryString());
        return all;
    }

    // ---- MergeSort

    private List<Object[]> merged(Page page) {
        List<Keyed> rows;
        if (takesTies()) {
            MergeSort sort = new MergeSort(plan.keys());
            rows = sort.withTies(sort.merge(keyed(plan.keys(), ask(plan.rows(), -1)), -1), page.rows());
            return rows.stream().map(Keyed::row).toList();
        }
        if (repeatsRows()) {
            // a repeated row is no row of the page, so the shards cannot count; the page is cut from all of them
            List<List<Object[]>> shards =
                    ask(plan.rows(), -1).stream().map(Scatter::once).toList();
            rows = page.of(new MergeSort(plan.keys()).merge(keyed(plan.keys(), shards), page.depth()));
        } else {
            rows = page(plan.rows(), plan.keys(), page);
        }
        return rows.stream().map(Keyed::row).toList();
    }

    /** The rows of a page. Of one far behind, each shard leaves out most of what is before it. */
    private List<Keyed> page(Partial partial, List<SortKey> keys, Page page) {
        int depth = page.depth();
        if (locks(page)) {
            return locked(partial, keys, page);
        }
        int skip = depth < 0 ? 0 : plan.shares().skip(page.offset(), children.size());
        if (skip > 0) {
            int most = plan.shares().upTo(depth, children.size()) - skip;
            var shards = keyed(keys, ask(partial, children, skip, most));
            List<Keyed> rows = new Skip(skip, most, page).rows(shards, new MergeSort(keys));
            plan.shares().skipped(rows != null);
            if (rows != null) {
                return rows;
            }
        }
        return page.of(first(partial, keys, depth));
    }

    // ---- locks: a limit means those of the rows that are returned, as others wait for the rest, or skip it

    boolean locks(Page page) {
        return page.depth() >= 0
                && !repeatsRows()
                && !takesTies()
                && query.getQueryOptions().getLockOptions().getLockMode().greaterThan(LockMode.READ)
                && children.stream().allMatch(SharedSessionContractImplementor::isTransactionInProgress);
    }

    /**
     * The rows of a page, and no others, locked. Each shard locks as many as may be on the page, and tells their keys; then
     * the shards that locked too many let go of them, by a rollback to a savepoint, and lock their part of the page.
     */
    private List<Keyed> locked(Partial partial, List<SortKey> keys, Page page) {
        int depth = page.depth();
        List<SharedSessionContractImplementor> present = children.present();
        List<Savepoint> before = new ArrayList<>();
        present.forEach(child -> before.add(Locks.savepoint(child)));
        List<List<Object[]>> candidates = ask(plan.locked(), present, depth);
        int[] taken = new int[candidates.size()];
        new MergeSort(keys).merge(keyed(plan.lockedKeys(), candidates), depth).forEach(row -> taken[row.shard()]++);
        List<SharedSessionContractImplementor> having = new ArrayList<>();
        List<Integer> parts = new ArrayList<>();
        for (int i = 0; i < taken.length; i++) {
            Locks.end(present.get(i), before.get(i), candidates.get(i).size() > taken[i]);
            if (taken[i] > 0) {
                having.add(present.get(i));
                parts.add(taken[i]);
            }
        }
        List<List<Object[]>> rows = access.inParallel(having.size(), i -> {
            SharedSessionContractImplementor child = having.get(i);
            return () -> query.part(partial, child, parts.get(i)).list();
        });
        rows.replaceAll(Scatter::orNone);
        return page.of(new MergeSort(keys).merge(keyed(keys, rows), depth));
    }

    /**
     * The first rows of all shards. Each shard is asked for its share of them, and a little more; one whose share turns
     * out too small, as all that it sent is among the first, is asked for all that could be.
     */
    private List<Keyed> first(Partial partial, List<SortKey> keys, int depth) {
        int share = plan.shares().of(depth, children.size());
        List<List<Object[]>> shards = new ArrayList<>(ask(partial, share));
        boolean[] whole = new boolean[shards.size()];
        while (true) {
            List<Keyed> rows = new MergeSort(keys).merge(keyed(keys, shards), depth);
            int[] taken = new int[shards.size()];
            rows.forEach(row -> taken[row.shard()]++);
            List<Integer> cut = new ArrayList<>(0);
            for (int i = 0; i < taken.length; i++) {
                if (share < depth && taken[i] == share && !whole[i]) {
                    cut.add(i);
                    whole[i] = true;
                }
            }
            if (cut.isEmpty()) {
                plan.shares().learn(depth, taken);
                return rows;
            }
            List<List<Object[]>> answers = ask(partial, children.some(cut), depth);
            for (int i = 0; i < answers.size(); i++) {
                shards.set(cut.get(i), answers.get(i));
            }
        }
    }

    static boolean isDeep(ShardedQueryImpl<?> query, SelectPlan plan, Page page, ShardAccess access) {
        var options = query.getQueryOptions();
        return page.offset() >= DEEP
                && plan.root() != null
                && access.template() instanceof SessionImplementor
                && !options.getLockOptions().getLockMode().greaterThan(LockMode.READ)
                && options.getTupleTransformer() == null
                && options.getAppliedGraph().getGraph() == null
                && options.isReadOnly() == null
                && options.getEnabledFetchProfiles() == null;
    }

    /** Whether the tree's own limit counts, which takes in what equals the last row. */
    private boolean takesTies() {
        return plan.isWithTies() && query.getQueryOptions().getLimit().isEmpty();
    }

    boolean repeatsRows() {
        return plan.repeatsRows() || AppliedGraphs.containsCollectionFetches(query.getQueryOptions());
    }

    /**
     * Hibernate yields an entity once that joins repeat on the page. Of a reference entity every shard has a copy, which
     * are told to be the same by their id.
     */
    private List<R> unique(List<R> rows) {
        if (plan.yieldsRootOnce() || !plan.isUnique(query.getResultType())) {
            return rows;
        }
        boolean copies = access.plans().isReference(plan.entityName());
        var factory = access.template().getFactory();
        var ids = factory.getPersistenceUnitUtil();
        EntityPersister entity = factory.getMappingMetamodel().getEntityDescriptor(plan.entityName());
        Map<Object, R> first = new LinkedHashMap<>();
        rows.forEach(row -> first.putIfAbsent(
                copies && row != null ? new EntityKey(ids.getIdentifier(row), entity) : new Same(row), row));
        return first.size() == rows.size() ? rows : new ArrayList<>(first.values());
    }

    /** A collection fetch repeats the entity for each element; Hibernate makes its rows one, and so must this. */
    private static List<Object[]> once(List<Object[]> rows) {
        Map<Object, Object[]> first = new LinkedHashMap<>();
        rows.forEach(row -> first.putIfAbsent(new Same(row[0]), row));
        return List.copyOf(first.values());
    }

    private record Same(@Nullable Object instance) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Same same && same.instance == instance;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(instance);
        }
    }

    private List<List<Keyed>> keyed(List<SortKey> keys, List<List<Object[]>> shards) {
        List<Function<Object, Comparable<?>>> orders = new ArrayList<>();
        int text = 0;
        for (SortKey key : keys) {
            orders.add(order(key.order(), key.position(), text, shards));
            text += key.order().text() ? 1 : 0;
        }
        return keyed(keys, orders, shards);
    }

    List<List<Keyed>> keyed(
            List<SortKey> keys, List<Function<Object, Comparable<?>>> orders, List<List<Object[]>> shards) {
        List<List<Keyed>> keyed = new ArrayList<>();
        for (int shard = 0; shard < shards.size(); shard++) {
            List<Object[]> rows = shards.get(shard);
            List<Keyed> some = new ArrayList<>(rows.size());
            for (Object[] row : rows) {
                @Nullable Comparable<?>[] values = new Comparable<?>[keys.size()];
                for (int i = 0; i < values.length; i++) {
                    Object value = row[keys.get(i).position()];
                    values[i] = value == null ? null : orders.get(i).apply(value);
                }
                some.add(new Keyed(row, values, shard));
            }
            keyed.add(some);
        }
        return keyed;
    }

    // ---- groups

    private List<Object[]> groups(GroupPlan groups, int atMost) {
        return new Groups(
                        groups,
                        this,
                        ask(plan.rows(), groups.cutsShards() ? atMost : -1),
                        query.getQueryParameterBindings())
                .first(atMost);
    }

    /** How many there are, whatever page is asked for. */
    long countGroups() {
        return groups(Objects.requireNonNull(plan.groups()), -1).size();
    }

    // ---- text, and what else is compared

    Function<Object, Comparable<?>> order(Compared compared, int text, List<List<Object[]>> shards) {
        return order(compared.order(), compared.position(), text, shards);
    }

    /**
     * What to compare for a value of a column; text is ranked by a server unless its code points are the order.
     *
     * @param text which of the texts it is
     */
    private Function<Object, Comparable<?>> order(KeyOrder order, int at, int text, List<List<Object[]>> shards) {
        var options = access.template().getFactory().getWrapperOptions();
        Function<Object, Comparable<?>> plain = order.comparing(options);
        return order.text() ? plain.andThen(textOrder(text, texts(plain, at, shards))) : plain;
    }

    private static Set<String> texts(Function<Object, Comparable<?>> plain, int at, List<List<Object[]>> shards) {
        Set<String> texts = new HashSet<>();
        shards.forEach(rows -> rows.forEach(row -> {
            if (row[at] != null) {
                texts.add((String) plain.apply(row[at]));
            }
        }));
        return texts;
    }

    /** What is equal for values of a column that the server holds for equal, and for no others. */
    Function<Object, Object> same(Compared compared, int text, List<List<Object[]>> shards) {
        var options = access.template().getFactory().getWrapperOptions();
        KeyOrder order = compared.order();
        if (!order.text()) {
            return value -> order.same(value, options);
        }
        Function<Object, Comparable<?>> plain = order.comparing(options);
        Set<String> texts = texts(plain, compared.position(), shards);
        if (texts.isEmpty()
                || access.plans()
                        .textOrder()
                        .equalByBytes(collations().get(text), children.present().get(0))) {
            return plain::apply;
        }
        Map<String, Integer> ranks =
                TextOrder.rank(texts, collations().get(text), children.present().get(0));
        return plain.andThen(value -> Objects.requireNonNull(ranks.get((String) value)));
    }

    private Function<Comparable<?>, Comparable<?>> textOrder(int index, Set<String> texts) {
        if (texts.isEmpty()) {
            return value -> value;
        }
        Collation collation = collations().get(index);
        if (access.plans().textOrder().byCodePoints(collation, children.present())) {
            return value -> new CodePoints((String) value);
        }
        Map<String, Integer> ranks =
                TextOrder.rank(texts, collation, children.present().get(0));
        return value -> Objects.requireNonNull(ranks.get((String) value));
    }

    /** Asked of the servers once a query, as soon as there is a row to compare. */
    private List<Collation> collations() {
        List<Collation> known = knownCollations();
        if (known == null) {
            throw new IllegalStateException("rows that were just read are gone: run the query in a transaction");
        }
        return known;
    }

    /** Null if no shard has a row, and no query before found any. */
    @Nullable
    List<Collation> knownCollations() {
        List<Collation> known = plan.collations();
        List<SharedSessionContractImplementor> present = children.present();
        for (int i = 0; known == null && i < present.size(); i++) {
            List<Object[]> rows =
                    query.probe(plan.collationProbe(), present.get(i), 1).list();
            if (!rows.isEmpty()) {
                known = new ArrayList<>();
                Object[] row = rows.get(0);
                for (int at = 0; at < row.length; at += 2) {
                    known.add(Collation.of(String.valueOf(row[at]), String.valueOf(row[at + 1])));
                }
                plan.collations(known);
            }
        }
        return known;
    }

    // ---- shards

    private List<List<Object[]>> ask(Partial partial, int rows) {
        return ask(partial, children, rows);
    }

    private List<List<Object[]>> ask(Partial partial, List<SharedSessionContractImplementor> of, int rows) {
        return ask(partial, of, 0, rows);
    }

    private List<List<Object[]>> ask(Partial partial, List<SharedSessionContractImplementor> of, int skip, int rows) {
        // limits of a collection fetch are no limits to the server, and any limit would stand for one with ties
        int limited = repeatsRows() || takesTies() ? rows : budget.most(rows);
        int most = limited < 0 && plan.isWithTies() && !takesTies() ? Integer.MAX_VALUE : limited;
        List<List<Object[]>> answers = access.inParallel(of.size(), i -> {
            SharedSessionContractImplementor child = of.get(i);
            return () -> query.part(partial, child, skip, most).list();
        });
        long sum = 0;
        for (int i = 0; i < answers.size(); i++) {
            List<Object[]> answer = orNone(answers.get(i));
            answers.set(i, answer);
            sum += answer.size();
        }
        taken += sum;
        budget.checkRows(taken, query.getQueryString());
        return answers;
    }

    /** The rows of a shard that the query does without. */
    private static <T> List<T> orNone(@Nullable List<T> answer) {
        return answer == null ? List.of() : answer;
    }

    private List<R> transformed(List<Object[]> rows) {
        var transformer = Rows.of(query);
        List<R> results = new ArrayList<>(rows.size());
        for (Object[] row : rows) {
            results.add(transformer.transformRow(row.length == plan.width() ? row : Arrays.copyOf(row, plan.width())));
        }
        return results;
    }
}
