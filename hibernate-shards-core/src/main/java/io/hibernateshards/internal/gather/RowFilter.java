package io.hibernateshards.internal.gather;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Which rows of a table a query can need. It may let more through, for the query runs over them as it is, but never fewer.
 *
 * @param alias what the condition calls the table
 * @param condition SQL with a question mark for each parameter
 * @param parameters sets them
 */
public record RowFilter(String alias, String condition, Parameters parameters) {
    /** The values of the question marks. */
    public interface Parameters {
        /** Sets all, the first at index 1. */
        void bind(PreparedStatement statement, SharedSessionContractImplementor session) throws SQLException;
    }
}
