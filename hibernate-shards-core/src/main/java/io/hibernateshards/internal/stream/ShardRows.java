package io.hibernateshards.internal.stream;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.plan.SortKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.ScrollableResults;
import org.hibernate.engine.spi.PersistenceContext;
import org.hibernate.internal.scrollable.AbstractScrollableResults;
import org.hibernate.internal.scrollable.WindowedScrollableResultsImpl;
import org.hibernate.sql.results.graph.DomainResultAssembler;
import org.hibernate.sql.results.internal.RowProcessingStateStandardImpl;
import org.jspecify.annotations.Nullable;

/**
 * The cursor of one shard. Rows are read ahead as columns, so that their keys are known, and become objects when they are
 * taken: entities enter the session in the order of the merge, as they would from one server. Extends Hibernate's window
 * over a cursor only to reach what that cursor reads from.
 */
public final class ShardRows extends WindowedScrollableResultsImpl<Object[]> {
    private final ScrollableResults<Object[]> cursor;
    private final int shard;
    private final int block;
    private final RowsAhead columns;
    private final RowProcessingStateStandardImpl state;
    private final List<DomainResultAssembler<?>> assemblers = new ArrayList<>();
    private final List<Function<Object, Comparable<?>>> orders;
    private final Deque<Keyed> ahead = new ArrayDeque<>(1);
    private @Nullable Keyed taken;
    private boolean ended;

    /**
     * Over an open cursor.
     *
     * @param rows Hibernate's own of the cursor
     * @param cursor what to close at the end
     * @param orders for each key what to compare for a value of it
     * @param block how many rows to read ahead
     */
    public ShardRows(
            AbstractScrollableResults<Object[]> rows,
            ScrollableResults<Object[]> cursor,
            int shard,
            List<SortKey> keys,
            List<Function<Object, Comparable<?>>> orders,
            int block) {
        super(rows, 0, null);
        this.cursor = cursor;
        this.shard = shard;
        this.orders = orders;
        this.block = block;
        columns = new RowsAhead(getJdbcValues());
        state = new RowProcessingStateStandardImpl(
                getJdbcValuesSourceProcessingState(),
                getJdbcValuesSourceProcessingState().getExecutionContext(),
                getRowReader(),
                columns);
        getRowReader().startLoading(state);
        for (SortKey key : keys) {
            // a key is a single column, whose assembler asks nobody anything
            assemblers.add(columns.getValuesMapping()
                    .getDomainResults()
                    .get(key.position())
                    .createResultAssembler(null, null));
        }
    }

    /** What is to be closed instead of this. */
    ScrollableResults<Object[]> cursor() {
        return cursor;
    }

    // ---- ahead

    /** Whether rows must be read from the server before there is a head. */
    boolean needsBlock() {
        return ahead.isEmpty() && !ended;
    }

    void readBlock() {
        while (ahead.size() < block && !ended) {
            Object[] row = columns.read(getRowProcessingState());
            if (row == null) {
                ended = true;
                cursor.close();
            } else {
                ahead.add(keyed(row));
            }
        }
    }

    private Keyed keyed(Object[] row) {
        columns.show(row);
        @Nullable Comparable<?>[] keys = new Comparable<?>[orders.size()];
        for (int i = 0; i < keys.length; i++) {
            Object value = assemblers.get(i).assemble(state);
            keys[i] = value == null ? null : orders.get(i).apply(value);
        }
        return new Keyed(row, keys, shard);
    }

    /** The first row that has not been taken; null behind the last one. */
    @Nullable
    Keyed head() {
        return ahead.peek();
    }

    /** The row before the head. */
    @Nullable
    Keyed taken() {
        return taken;
    }

    /** All whose keys may still be compared. */
    void forEachComparable(Consumer<Keyed> action) {
        if (taken != null) {
            action.accept(taken);
        }
        ahead.forEach(action);
    }

    // ---- taken

    /** Leaves the head out. */
    void skip() {
        taken = Objects.requireNonNull(ahead.poll());
    }

    /** Makes the head an object, as Hibernate's own cursor does with its current row. */
    Object[] take() {
        skip();
        columns.show(Objects.requireNonNull(taken).row());
        PersistenceContext context = getPersistenceContext().getPersistenceContext();
        var loading = context.getLoadContexts();
        loading.register(getJdbcValuesSourceProcessingState());
        context.beforeLoad();
        Object[] row;
        try {
            try {
                row = getRowReader().readRow(state);
                state.finishRowProcessing(true);
                getJdbcValuesSourceProcessingState().finishUp(false);
            } finally {
                context.afterLoad();
            }
            context.initializeNonLazyCollections();
        } finally {
            loading.deregister(getJdbcValuesSourceProcessingState());
        }
        afterScrollOperation();
        return row;
    }
}
