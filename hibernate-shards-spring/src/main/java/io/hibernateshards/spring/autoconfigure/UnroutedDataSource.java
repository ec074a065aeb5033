package io.hibernateshards.spring.autoconfigure;

import java.sql.Connection;
import java.sql.SQLFeatureNotSupportedException;
import org.springframework.jdbc.datasource.AbstractDataSource;

/** Gives no connection, as nobody says of which shard. */
final class UnroutedDataSource extends AbstractDataSource {
    @Override
    public Connection getConnection() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this application has a database for each shard: use"
                + " ShardedSession.doReturningWork(shard, work) for a connection of one of them");
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLFeatureNotSupportedException {
        return getConnection();
    }
}
