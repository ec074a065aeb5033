package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import java.sql.Connection;
import java.sql.SQLException;
import org.hibernate.StatelessSession;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.jspecify.annotations.Nullable;

/** Sessions apart from any of the application's: they see what is committed, all of it, and nothing else. */
final class OwnerSessions {
    /** Work in such a session. */
    interface Work<T extends @Nullable Object> {
        T in(StatelessSessionImplementor session, Connection connection) throws SQLException;
    }

    private final SessionFactoryImplementor factory;

    OwnerSessions(SessionFactoryImplementor factory) {
        this.factory = factory;
    }

    SessionFactoryImplementor factory() {
        return factory;
    }

    /** Each statement is a transaction of its own. */
    <T extends @Nullable Object> T reading(ShardId shard, Work<T> work) {
        return on(shard, true, work);
    }

    /** One transaction, which is committed unless the work fails. */
    <T extends @Nullable Object> T writing(ShardId shard, Work<T> work) {
        return on(shard, false, work);
    }

    private <T extends @Nullable Object> T on(ShardId shard, boolean each, Work<T> work) {
        try (Connection connection = factory.getServiceRegistry()
                .requireService(MultiTenantConnectionProvider.class)
                .unwrap(ShardConnectionProvider.class)
                .connectionApart(shard)) {
            connection.setAutoCommit(each); // which the pool sets back
            try (StatelessSession session = factory.withStatelessOptions()
                    .tenantIdentifier((Object) shard)
                    .connection(connection)
                    .openStatelessSession()) {
                factory.getDefinedFilterNames().forEach(session::disableFilter);
                T result = work.in((StatelessSessionImplementor) session, connection);
                if (!each) {
                    connection.commit();
                }
                return result;
            } finally {
                if (!each) {
                    connection.rollback();
                }
            }
        } catch (SQLException e) {
            throw factory.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not work on the lookups of shard \"" + shard + "\"");
        }
    }
}
