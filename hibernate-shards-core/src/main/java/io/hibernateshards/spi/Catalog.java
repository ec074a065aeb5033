package io.hibernateshards.spi;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The small database that all JVMs of one application share: a schema, {@code hibernate_shards} unless set otherwise, on
 * one shard. Safe for any number of threads.
 *
 * @since 0.1
 */
public interface Catalog {
    /**
     * Work on a connection.
     *
     * @param <T> what it returns
     */
    @FunctionalInterface
    interface Work<T> {
        /**
         * Does the work.
         *
         * @param connection auto-commit is off; must not be kept, committed or closed
         * @return the result
         * @throws SQLException if a statement fails
         */
        T run(Connection connection) throws SQLException;
    }

    /**
     * The schema's name, quoted where it has to be.
     *
     * @return an SQL identifier
     */
    String schema();

    /**
     * Runs work in a transaction of its own, which never joins the caller's: commits, or rolls back if it throws.
     *
     * @param <T> what it returns
     * @param work what to do
     * @return what the work returned
     * @throws io.hibernateshards.ShardingException if the catalog's shard cannot be reached or a statement fails
     */
    <T> T inTransaction(Work<T> work);
}
