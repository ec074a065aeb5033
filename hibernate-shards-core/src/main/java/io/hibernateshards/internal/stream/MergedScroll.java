package io.hibernateshards.internal.stream;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.HibernateException;
import org.hibernate.ScrollMode;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.sql.exec.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Moves over the rows of several shards as Hibernate and PostgreSQL's driver do over those of one. Forward only, it holds
 * the current row; otherwise all that have been read so far, as the driver does.
 */
public final class MergedScroll<R> implements ScrollableResultsImplementor<R> {
    private final RowCursor<R> cursor;
    private final @Nullable List<R> held;
    private @Nullable R current;

    /** From 0; -1 before the first row. */
    private int at = -1;

    private boolean ended;
    private boolean closed;

    public MergedScroll(RowCursor<R> cursor, ScrollMode mode) {
        this.cursor = cursor;
        held = mode == ScrollMode.FORWARD_ONLY ? null : new ArrayList<>();
    }

    @Override
    public @Nullable R get() {
        checkOpen();
        return current;
    }

    @Override
    public boolean next() {
        checkOpen();
        if (held != null) {
            return to(ended && at >= held.size() ? at : at + 1);
        }
        if (!ended && cursor.hasNext()) {
            current = cursor.next();
            at++;
            return true;
        }
        ended = true;
        current = null;
        return false;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("ScrollableResults is closed");
        }
    }

    // ---- to and fro

    private List<R> held(String operation) {
        checkOpen();
        if (held == null) {
            throw new ExecutionException(operation + ": the results can be read forward only. Use"
                    + " scroll(ScrollMode.SCROLL_INSENSITIVE), which holds all rows that have been read");
        }
        return held;
    }

    /** The row at an index, if there are so many; else behind the last one. */
    private boolean to(int index) {
        List<R> rows = held("scroll");
        if (index < 0) {
            at = -1;
            return none();
        }
        while (rows.size() <= index && !ended) {
            readOne(rows);
        }
        if (index >= rows.size()) {
            at = rows.size();
            return none();
        }
        at = index;
        current = rows.get(index);
        return true;
    }

    private void readOne(List<R> rows) {
        if (cursor.hasNext()) {
            rows.add(cursor.next());
        } else {
            ended = true;
        }
    }

    private List<R> all(String operation) {
        List<R> rows = held(operation);
        while (!ended) {
            readOne(rows);
        }
        return rows;
    }

    private boolean none() {
        current = null;
        return false;
    }

    @Override
    public boolean previous() {
        held("previous");
        return to(Math.max(at - 1, -1));
    }

    @Override
    public boolean scroll(int positions) {
        held("scroll");
        long target = (long) at + positions;
        return to((int) Math.max(-1, Math.min(target, Integer.MAX_VALUE - 1)));
    }

    @Override
    public boolean position(int position) {
        held("position");
        return to(position < 0 ? Math.max(-1, all("position").size() + position) : position - 1);
    }

    @Override
    public boolean first() {
        held("first");
        return to(0);
    }

    @Override
    public boolean last() {
        return to(all("last").size() - 1);
    }

    @Override
    public void beforeFirst() {
        held("beforeFirst");
        at = -1;
    }

    @Override
    public void afterLast() {
        at = all("afterLast").size();
    }

    // ---- where

    private boolean isOnRow() {
        return at >= 0 && (held == null ? !ended : at < held.size());
    }

    @Override
    public boolean isFirst() {
        checkOpen();
        return at == 0 && isOnRow();
    }

    @Override
    public boolean isLast() {
        checkOpen();
        if (!isOnRow()) {
            return false;
        }
        return held == null ? !cursor.hasNext() : at == held.size() - 1 && (ended || !cursor.hasNext());
    }

    @Override
    public int getPosition() {
        checkOpen();
        return isOnRow() ? at + 1 : 0;
    }

    @Override
    @SuppressWarnings("removal")
    public int getRowNumber() {
        return getPosition() - 1;
    }

    @Override
    @SuppressWarnings("removal")
    public boolean setRowNumber(int rowNumber) {
        return position(rowNumber);
    }

    @Override
    public void setFetchSize(int fetchSize) {
        checkOpen();
        if (fetchSize < 0) {
            throw new HibernateException("fetch size " + fetchSize + " is negative");
        }
        cursor.setFetchSize(fetchSize);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            current = null;
            cursor.close();
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }
}
