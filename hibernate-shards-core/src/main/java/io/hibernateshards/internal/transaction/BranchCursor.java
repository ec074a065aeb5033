package io.hibernateshards.internal.transaction;

import java.util.function.Consumer;
import org.hibernate.internal.scrollable.AbstractScrollableResults;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.jspecify.annotations.Nullable;

/**
 * A cursor that was opened outside a transaction: Hibernate's own, and a notification of its branch once no row is left to
 * read, or it is closed.
 */
public final class BranchCursor<R> implements ScrollableResultsImplementor<R> {
    private final ScrollableResultsImplementor<R> rows;
    private final Consumer<BranchCursor<?>> whenEnded;

    BranchCursor(ScrollableResultsImplementor<R> rows, Consumer<BranchCursor<?>> whenEnded) {
        this.rows = rows;
        this.whenEnded = whenEnded;
    }

    /** Hibernate's own cursor, for one who reads its columns; the given cursor is to be closed nevertheless. */
    public static <R> AbstractScrollableResults<R> rowsOf(ScrollableResultsImplementor<R> cursor) {
        return (AbstractScrollableResults<R>) (cursor instanceof BranchCursor<R> own ? own.rows : cursor);
    }

    @Override
    public boolean next() {
        boolean more = rows.next();
        if (!more) {
            whenEnded.accept(this);
        }
        return more;
    }

    @Override
    public void close() {
        try {
            rows.close();
        } finally {
            whenEnded.accept(this);
        }
    }

    // ---- forward only, so no other move reads a row

    @Override
    public @Nullable R get() {
        return rows.get();
    }

    @Override
    public boolean isClosed() {
        return rows.isClosed();
    }

    @Override
    public boolean previous() {
        return rows.previous();
    }

    @Override
    public boolean scroll(int positions) {
        return rows.scroll(positions);
    }

    @Override
    public boolean position(int position) {
        return rows.position(position);
    }

    @Override
    public boolean last() {
        return rows.last();
    }

    @Override
    public boolean first() {
        return rows.first();
    }

    @Override
    public void beforeFirst() {
        rows.beforeFirst();
    }

    @Override
    public void afterLast() {
        rows.afterLast();
    }

    @Override
    public boolean isFirst() {
        return rows.isFirst();
    }

    @Override
    public boolean isLast() {
        return rows.isLast();
    }

    @Override
    public int getPosition() {
        return rows.getPosition();
    }

    @Override
    @SuppressWarnings("removal")
    public int getRowNumber() {
        return rows.getRowNumber();
    }

    @Override
    @SuppressWarnings("removal")
    public boolean setRowNumber(int rowNumber) {
        return rows.setRowNumber(rowNumber);
    }

    @Override
    public void setFetchSize(int fetchSize) {
        rows.setFetchSize(fetchSize);
    }
}
