package io.hibernateshards.internal.stream;

import io.hibernateshards.internal.merge.MergeSort;
import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.merge.RankedText;
import io.hibernateshards.internal.merge.TextOrder;
import io.hibernateshards.internal.plan.Collation;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * MergeSort of cursors: holds the rows that are read ahead and no others. Right for the reason that {@link MergeSort} is;
 * what it compares are the first rows of each shard that have not been taken yet. Texts that only a server can order are
 * ranked together whenever a shard has sent more of them.
 */
public final class StreamingMerge<R> implements RowCursor<R> {
    private final MergeSort order;
    private final List<ShardRows> shards;
    private final Map<Integer, Collation> ranked;
    private final SharedSessionContractImplementor ranker;
    private final Function<Object[], R> transformer;
    private final PriorityQueue<ShardRows> heads;
    private @Nullable ShardRows last;
    private boolean started;
    private long skip;
    private long left;

    /**
     * @param ranked the collations of keys whose texts a server must rank, by their position among the keys
     * @param ranker whom to ask for ranks
     */
    public StreamingMerge(
            MergeSort order,
            List<ShardRows> shards,
            Page page,
            Map<Integer, Collation> ranked,
            SharedSessionContractImplementor ranker,
            Function<Object[], R> transformer) {
        this.order = order;
        this.shards = shards;
        this.ranked = ranked;
        this.ranker = ranker;
        this.transformer = transformer;
        skip = page.offset();
        left = page.rows() < 0 ? Long.MAX_VALUE : page.rows();
        heads = new PriorityQueue<>(Math.max(1, shards.size()), (a, b) -> order.compare(head(a), head(b)));
    }

    private static Keyed head(ShardRows shard) {
        return Objects.requireNonNull(shard.head());
    }

    @Override
    public boolean hasNext() {
        try {
            if (left == 0) {
                close();
                return false;
            }
            advance();
            while (skip > 0 && !heads.isEmpty()) {
                skip--;
                ShardRows least = heads.remove();
                least.skip();
                last = least;
                advance();
            }
            if (heads.isEmpty()) {
                left = 0;
                close();
            }
            return left > 0;
        } catch (RuntimeException | Error e) {
            throw closed(e);
        }
    }

    @Override
    public R next() {
        try {
            ShardRows least = heads.remove();
            last = least;
            left--;
            return transformer.apply(least.take());
        } catch (RuntimeException | Error e) {
            throw closed(e);
        }
    }

    /** Puts the shard that the last row came from in its place again. */
    private void advance() {
        if (!started) {
            started = true;
            shards.forEach(ShardRows::readBlock);
            rank();
            shards.forEach(this::place);
        } else if (last != null) {
            ShardRows shard = last;
            last = null;
            if (shard.needsBlock()) {
                shard.readBlock();
                rank();
            }
            place(shard);
        }
    }

    private void place(ShardRows shard) {
        Keyed head = shard.head();
        if (head != null) {
            if (shard.taken() != null) {
                order.checkOrder(shard.taken(), head);
            }
            heads.add(shard);
        }
    }

    /** Ranks only tell apart what was ranked together; those that stand keep their order, whatever their new ranks. */
    private void rank() {
        ranked.forEach((key, collation) -> {
            Set<String> texts = new HashSet<>();
            forEach(key, text -> texts.add(text.toString()));
            Map<String, Integer> ranks = TextOrder.rank(texts, collation, ranker);
            forEach(key, text -> text.rank(Objects.requireNonNull(ranks.get(text.toString()))));
        });
    }

    private void forEach(int key, Consumer<RankedText> action) {
        for (ShardRows shard : shards) {
            shard.forEachComparable(row -> {
                if (row.keys()[key] instanceof RankedText text) {
                    action.accept(text);
                }
            });
        }
    }

    private RuntimeException closed(Throwable failure) {
        left = 0;
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
        if (failure instanceof RuntimeException e) {
            return e;
        }
        throw (Error) failure;
    }

    @Override
    public void setFetchSize(int rows) {
        shards.forEach(shard -> shard.setFetchSize(rows));
    }

    @Override
    public void close() {
        left = 0;
        heads.clear();
        CloseAll.of(shards.stream().map(ShardRows::cursor).toList());
    }
}
