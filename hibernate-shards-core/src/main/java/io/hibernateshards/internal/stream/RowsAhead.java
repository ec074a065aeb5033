package io.hibernateshards.internal.stream;

import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.sql.ast.spi.SqlSelection;
import org.hibernate.sql.results.jdbc.spi.JdbcValues;
import org.hibernate.sql.results.jdbc.spi.JdbcValuesMapping;
import org.hibernate.sql.results.jdbc.spi.RowProcessingState;
import org.jspecify.annotations.Nullable;

/**
 * Columns that the server has sent, taken from the driver before Hibernate makes objects of them: a merge must know the sort
 * keys of rows whose turn has not come, and their entities must not be in the session before it comes.
 */
final class RowsAhead implements JdbcValues {
    private final JdbcValues source;
    private final int width;
    private final List<SqlSelection> columns;
    private Object[] shown = {};

    RowsAhead(JdbcValues source) {
        this.source = source;
        width = source.getValuesMapping().getRowSize();
        columns = source.getValuesMapping().getSqlSelections();
    }

    /** The columns of the next row; null behind the last one. */
    Object @Nullable [] read(RowProcessingState state) {
        if (!source.next(state)) {
            return null;
        }
        Object[] row = new Object[width];
        for (SqlSelection column : columns) {
            int at = column.getValuesArrayPosition();
            row[at] = source.getCurrentRowValue(at);
        }
        return row;
    }

    /** Makes a row the one that Hibernate reads from. */
    void show(Object[] row) {
        shown = row;
    }

    @Override
    public @Nullable Object getCurrentRowValue(int index) {
        return shown[index];
    }

    @Override
    public JdbcValuesMapping getValuesMapping() {
        return source.getValuesMapping();
    }

    @Override
    public boolean usesFollowOnLocking() {
        return source.usesFollowOnLocking();
    }

    @Override
    public void finishRowProcessing(RowProcessingState state, boolean wasAdded) {
        source.finishRowProcessing(state, wasAdded);
    }

    @Override
    public void finishUp(SharedSessionContractImplementor session) {
        source.finishUp(session);
    }

    @Override
    public void setFetchSize(int rows) {
        source.setFetchSize(rows);
    }

    @Override
    public int getResultCountEstimate() {
        return source.getResultCountEstimate();
    }

    // ---- the merge moves, and Hibernate does not

    private static UnsupportedOperationException moved() {
        return new UnsupportedOperationException("rows of several shards are moved by their merge");
    }

    @Override
    public boolean next(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean previous(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean scroll(int rows, RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean position(int position, RowProcessingState state) {
        throw moved();
    }

    @Override
    public int getPosition() {
        throw moved();
    }

    @Override
    public boolean isBeforeFirst(RowProcessingState state) {
        throw moved();
    }

    @Override
    public void beforeFirst(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean isFirst(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean first(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean isAfterLast(RowProcessingState state) {
        throw moved();
    }

    @Override
    public void afterLast(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean isLast(RowProcessingState state) {
        throw moved();
    }

    @Override
    public boolean last(RowProcessingState state) {
        throw moved();
    }
}
