package io.hibernateshards.internal.stream;

import java.util.List;

/** Rows of several shards, one at a time, read from the servers as they are asked for. Closes itself at the end and when it fails. */
public interface RowCursor<R> extends AutoCloseable {
    boolean hasNext();

    /** The next row; only after {@link #hasNext()} has told that there is one. */
    R next();

    /** How many rows a server sends at a time from now on. */
    void setFetchSize(int rows);

    @Override
    void close();

    /** Rows that had to be put together as a whole. */
    static <R> RowCursor<R> over(List<R> rows) {
        return new RowCursor<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < rows.size();
            }

            @Override
            public R next() {
                return rows.get(at++);
            }

            @Override
            public void setFetchSize(int rows) {
                // all of them are here
            }

            @Override
            public void close() {
                at = rows.size();
            }
        };
    }
}
