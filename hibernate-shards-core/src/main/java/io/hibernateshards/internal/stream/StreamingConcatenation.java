package io.hibernateshards.internal.stream;

import io.hibernateshards.internal.merge.Page;
import java.util.List;
import org.hibernate.ScrollableResults;

/** Cursors one after the other: rows in no order, each on exactly one shard. */
public final class StreamingConcatenation<R> implements RowCursor<R> {
    private final List<? extends ScrollableResults<R>> shards;
    private int at;
    private boolean moved;
    private long skip;
    private long left;

    public StreamingConcatenation(List<? extends ScrollableResults<R>> shards, Page page) {
        this.shards = shards;
        skip = page.offset();
        left = page.rows() < 0 ? Long.MAX_VALUE : page.rows();
    }

    @Override
    public boolean hasNext() {
        try {
            while (!moved && left > 0) {
                if (at == shards.size()) {
                    left = 0;
                } else if (!shards.get(at).next()) {
                    shards.get(at++).close();
                } else if (skip > 0) {
                    skip--;
                } else {
                    moved = true;
                }
            }
            if (left == 0) {
                close();
            }
            return left > 0;
        } catch (RuntimeException | Error e) {
            try {
                close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    @Override
    public R next() {
        moved = false;
        left--;
        return shards.get(at).get();
    }

    @Override
    public void setFetchSize(int rows) {
        for (ScrollableResults<R> shard : shards.subList(at, shards.size())) {
            shard.setFetchSize(rows);
        }
    }

    @Override
    public void close() {
        left = 0;
        CloseAll.of(shards);
    }
}
