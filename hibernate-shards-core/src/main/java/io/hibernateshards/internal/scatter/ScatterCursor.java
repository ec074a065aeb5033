package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.merge.CodePoints;
import io.hibernateshards.internal.merge.MergeSort;
import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.merge.RankedText;
import io.hibernateshards.internal.plan.Collation;
import io.hibernateshards.internal.plan.KeyOrder;
import io.hibernateshards.internal.plan.SelectPlan;
import io.hibernateshards.internal.plan.SortKey;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.stream.CloseAll;
import io.hibernateshards.internal.stream.RowCursor;
import io.hibernateshards.internal.stream.ShardRows;
import io.hibernateshards.internal.stream.StreamingConcatenation;
import io.hibernateshards.internal.stream.StreamingMerge;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.hibernate.ScrollMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.ScrollableResultsImplementor;

/**
 * One run of a select on several shards whose rows are read as they are wanted: a cursor on each server. What has to be put
 * together as a whole, such as aggregates, is.
 */
final class ScatterCursor<R> {
    /** How many rows a server sends at a time, unless the query says. */
    static final int FETCH_SIZE = 500;

    private final ShardedQueryImpl<R> query;
    private final SelectPlan plan;
    private final ShardAccess access;
    private final Target target;
    private final Scatter<R> scatter;
    private final List<SharedSessionContractImplementor> children;
    private final int fetchSize;

    ScatterCursor(ShardedQueryImpl<R> query, SelectPlan plan, Target target, ShardAccess access) {
        this.query = query;
        this.plan = plan;
        this.access = access;
        this.target = target;
        scatter = new Scatter<>(query, plan, target, access);
        children = new Children(target.shards(), access);
        Integer wanted = query.getQueryOptions().getFetchSize();
        fetchSize = wanted == null || wanted <= 0 ? FETCH_SIZE : wanted;
    }

    RowCursor<R> open() {
        Page page = query.page();
        if (scatter.repeatsRows() && !plan.sortsByRootOnly()) {
            throw query.refused(
                    new Refusal(
                            "a stream or scroll of a query that fetches a collection and sorts by more than its root",
                            "Hibernate yields an entity as often as others come between its rows, which are merged",
                            "sort by attributes of the entity, or use getResultList"),
                    target);
        }
        boolean concatenates = plan.keys().isEmpty() && !plan.hasOwnLimit();
        boolean whole = page.rows() == 0 || plan.groups() != null || plan.isWithTies() || scatter.locks(page);
        if (whole || scatter.repeatsRows() && !concatenates) {
            return RowCursor.over(scatter.list());
        }
        if (concatenates) {
            return new StreamingConcatenation<>(cursors(child -> query.whole(child, page.depth())), page);
        }
        List<Collation> collations = List.of();
        if (plan.keys().stream().anyMatch(key -> key.order().text())) {
            // asked before there are cursors, which outside a transaction another query would close
            List<Collation> known = scatter.knownCollations();
            if (known == null) {
                return RowCursor.over(scatter.list()); // there was no row a moment ago
            }
            collations = known;
        }
        return merge(page, collations);
    }

    private RowCursor<R> merge(Page page, List<Collation> collations) {
        List<SortKey> keys = plan.keys();
        Map<Integer, Collation> ranked = new TreeMap<>();
        List<Function<Object, Comparable<?>>> orders = orders(keys, collations, ranked);
        List<ScrollableResultsImplementor<Object[]>> cursors =
                cursors(child -> query.part(plan.rows(), child, page.depth()));
        List<ShardRows> shards = new ArrayList<>();
        for (int i = 0; i < cursors.size(); i++) {
            var cursor = cursors.get(i);
            shards.add(new ShardRows(access.rowsOf(cursor), cursor, i, keys, orders, ranked.isEmpty() ? 1 : fetchSize));
        }
        var transformer = Rows.of(query);
        return new StreamingMerge<>(
                new MergeSort(keys),
                shards,
                page,
                ranked,
                children.get(0),
                row -> transformer.transformRow(row.length == plan.width() ? row : Arrays.copyOf(row, plan.width())));
    }

    private List<Function<Object, Comparable<?>>> orders(
            List<SortKey> keys, List<Collation> collations, Map<Integer, Collation> ranked) {
        var options = access.template().getFactory().getWrapperOptions();
        List<Function<Object, Comparable<?>>> orders = new ArrayList<>();
        int text = 0;
        for (int i = 0; i < keys.size(); i++) {
            KeyOrder order = keys.get(i).order();
            Function<Object, Comparable<?>> plain = order.comparing(options);
            if (order.text()) {
                Collation collation = collations.get(text++);
                if (access.plans().textOrder().byCodePoints(collation, children)) {
                    plain = plain.andThen(value -> new CodePoints((String) value));
                } else {
                    ranked.put(i, collation);
                    plain = plain.andThen(value -> new RankedText((String) value));
                }
            }
            orders.add(plain);
        }
        return orders;
    }

    /** Opens all at the same time; none stays open if one fails. */
    private <T> List<ScrollableResultsImplementor<T>> cursors(
            Function<SharedSessionContractImplementor, ChildQuery<T>> of) {
        Collection<ScrollableResultsImplementor<T>> opened = new ConcurrentLinkedQueue<>();
        try {
            return access.inParallel(children.size(), i -> {
                SharedSessionContractImplementor child = children.get(i);
                return () -> {
                    ChildQuery<T> part = of.apply(child);
                    part.setFetchSize(fetchSize);
                    ScrollableResultsImplementor<T> cursor = part.scroll(ScrollMode.FORWARD_ONLY);
                    opened.add(cursor);
                    return cursor;
                };
            });
        } catch (RuntimeException | Error e) {
            try {
                CloseAll.of(opened);
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }
}
