package io.hibernateshards.internal.session;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.SessionScope;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionBuilder;
import io.hibernateshards.internal.transaction.Branch;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.hibernate.CacheMode;
import org.hibernate.ConnectionAcquisitionMode;
import org.hibernate.ConnectionReleaseMode;
import org.hibernate.FlushMode;
import org.hibernate.Interceptor;
import org.hibernate.SessionBuilder;
import org.hibernate.SessionEventListener;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.resource.jdbc.spi.PhysicalConnectionHandlingMode;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/** Options of a sharded session, applied to each child's own builder when that child is opened. */
@SuppressWarnings({"deprecation", "removal"})
final class ShardedSessionBuilderImpl implements ShardedSessionBuilder {
    private final ShardedSessionFactoryImpl factory;
    private @Nullable List<Consumer<SessionBuilder>> options;

    /** The effects of the options on the session itself; null for none. */
    private @Nullable List<Consumer<ShardedSessionImpl>> shown;

    private @Nullable StatementInspector inspector;
    private boolean autoJoin = true;
    private boolean readsOnly;
    private @Nullable Consistency consistency;
    private ConsistencyToken token = ConsistencyToken.NONE;

    ShardedSessionBuilderImpl(ShardedSessionFactoryImpl factory) {
        this.factory = factory;
        this.inspector = factory.statementInspector();
    }

    @Override
    public ShardedSession openSession() {
        List<Consumer<SessionBuilder>> chosen = options == null ? List.of() : List.copyOf(options);
        ShardedSessionImpl session =
                new ShardedSessionImpl(factory, inspector, branch -> open(branch, chosen), autoJoin);
        if (shown != null) {
            shown.forEach(option -> option.accept(session));
        }
        session.reads(readsOnly, consistency, token);
        SessionScope scope = factory.scope();
        if (scope != null) {
            scope.opened(session);
        }
        return session;
    }

    private SessionImplementor open(Branch<SessionImplementor> branch, List<Consumer<SessionBuilder>> chosen) {
        SessionBuilder child = factory.inner().withOptions();
        child.tenantIdentifier((Object) branch.shard()).statementInspector((StatementInspector) branch);
        for (Consumer<SessionBuilder> option : chosen) {
            option.accept(child);
        }
        return (SessionImplementor) child.openSession();
    }

    private SessionBuilder with(Consumer<SessionBuilder> option) {
        if (options == null) {
            options = new ArrayList<>();
        }
        options.add(option);
        return this;
    }

    private SessionBuilder with(Consumer<SessionBuilder> option, Consumer<ShardedSessionImpl> show) {
        if (shown == null) {
            shown = new ArrayList<>();
        }
        shown.add(show);
        return with(option);
    }

    @Override
    public SessionBuilder interceptor(Interceptor interceptor) {
        return with(child -> child.interceptor(interceptor));
    }

    @Override
    public SessionBuilder noInterceptor() {
        return with(SessionBuilder::noInterceptor);
    }

    @Override
    public SessionBuilder noSessionInterceptorCreation() {
        return with(SessionBuilder::noSessionInterceptorCreation);
    }

    @Override
    public SessionBuilder noStatementInspector() {
        inspector = null;
        return this;
    }

    @Override
    public SessionBuilder statementInspector(@Nullable UnaryOperator<String> operator) {
        inspector = operator == null ? null : operator::apply;
        return this;
    }

    @Override
    public SessionBuilder statementInspector(@Nullable StatementInspector statementInspector) {
        inspector = statementInspector;
        return this;
    }

    @Override
    public SessionBuilder connection(Connection connection) {
        throw Refusals.connection("withOptions().connection");
    }

    @Override
    public SessionBuilder connectionHandling(ConnectionAcquisitionMode acquisition, ConnectionReleaseMode release) {
        return with(child -> child.connectionHandling(acquisition, release));
    }

    @Override
    public SessionBuilder connectionHandlingMode(PhysicalConnectionHandlingMode mode) {
        return with(child -> child.connectionHandlingMode(mode));
    }

    @Override
    public SessionBuilder autoJoinTransactions(boolean autoJoin) {
        this.autoJoin = autoJoin;
        return this;
    }

    @Override
    public SessionBuilder autoClear(boolean autoClear) {
        return with(child -> child.autoClear(autoClear));
    }

    @Override
    public SessionBuilder flushMode(FlushMode flushMode) {
        return with(child -> child.flushMode(flushMode), session -> session.flushMode = flushMode);
    }

    @Override
    public SessionBuilder tenantIdentifier(String tenant) {
        throw Refusals.tenant();
    }

    @Override
    public SessionBuilder tenantIdentifier(Object tenant) {
        throw Refusals.tenant();
    }

    @Override
    public ShardedSessionBuilder readOnly(boolean readOnly) {
        readsOnly = readOnly;
        with(child -> child.readOnly(readOnly), session -> session.defaultReadOnly = readOnly);
        return this;
    }

    @Override
    public ShardedSessionBuilder consistency(@Nullable Consistency level) {
        consistency = level;
        return this;
    }

    @Override
    public ShardedSessionBuilder consistencyToken(ConsistencyToken accepted) {
        token = token.merge(accepted);
        return this;
    }

    @Override
    public SessionBuilder initialCacheMode(CacheMode cacheMode) {
        return with(child -> child.initialCacheMode(cacheMode), session -> session.cacheMode = cacheMode);
    }

    @Override
    public SessionBuilder eventListeners(SessionEventListener... listeners) {
        return with(child -> child.eventListeners(listeners));
    }

    @Override
    public SessionBuilder clearEventListeners() {
        return with(SessionBuilder::clearEventListeners);
    }

    @Override
    public SessionBuilder jdbcTimeZone(TimeZone timeZone) {
        return with(child -> child.jdbcTimeZone(timeZone));
    }

    @Override
    public SessionBuilder autoClose(boolean autoClose) {
        throw Refusals.operation(
                "withOptions().autoClose",
                "a child would close at the end of its own transaction, before the others",
                "close the session, or use inTransaction");
    }

    @Override
    public SessionBuilder identifierRollback(boolean identifierRollback) {
        return with(child -> child.identifierRollback(identifierRollback));
    }

    @Override
    public SessionBuilder defaultBatchFetchSize(int size) {
        return with(child -> child.defaultBatchFetchSize(size), session -> session.fetchBatchSize = size);
    }

    @Override
    public SessionBuilder subselectFetchEnabled(boolean enabled) {
        return with(child -> child.subselectFetchEnabled(enabled), session -> session.subselectFetching = enabled);
    }

    @Override
    public SessionBuilder asOf(Instant instant) {
        return with(child -> child.asOf(instant));
    }

    @Override
    public SessionBuilder atChangeset(Object changeset) {
        return with(child -> child.atChangeset(changeset));
    }
}
