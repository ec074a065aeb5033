package io.hibernateshards.internal.session;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardedStatelessSessionBuilder;
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
import org.hibernate.Interceptor;
import org.hibernate.StatelessSessionBuilder;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/** Options of a sharded stateless session, applied to each child's own builder when that child is opened. */
@SuppressWarnings({"deprecation", "removal"})
final class ShardedStatelessSessionBuilderImpl implements ShardedStatelessSessionBuilder {
    private final ShardedSessionFactoryImpl factory;
    private final List<Consumer<StatelessSessionBuilder>> options = new ArrayList<>(0);
    private @Nullable StatementInspector inspector;
    private boolean readsOnly;
    private @Nullable Consistency consistency;
    private ConsistencyToken token = ConsistencyToken.NONE;

    ShardedStatelessSessionBuilderImpl(ShardedSessionFactoryImpl factory) {
        this.factory = factory;
        this.inspector = factory.statementInspector();
    }

    @Override
    public ShardedStatelessSession openStatelessSession() {
        List<Consumer<StatelessSessionBuilder>> chosen = List.copyOf(options);
        ShardedStatelessSessionImpl session =
                new ShardedStatelessSessionImpl(factory, inspector, branch -> open(branch, chosen));
        session.reads(readsOnly, consistency, token);
        return session;
    }

    @Override
    public ShardedStatelessSession open() {
        return openStatelessSession();
    }

    private StatelessSessionImplementor open(
            Branch<StatelessSessionImplementor> branch, List<Consumer<StatelessSessionBuilder>> chosen) {
        StatelessSessionBuilder child = factory.inner().withStatelessOptions();
        child.tenantIdentifier((Object) branch.shard()).statementInspector((StatementInspector) branch);
        for (Consumer<StatelessSessionBuilder> option : chosen) {
            option.accept(child);
        }
        return (StatelessSessionImplementor) child.openStatelessSession();
    }

    private StatelessSessionBuilder with(Consumer<StatelessSessionBuilder> option) {
        options.add(option);
        return this;
    }

    @Override
    public StatelessSessionBuilder interceptor(Interceptor interceptor) {
        return with(child -> child.interceptor(interceptor));
    }

    @Override
    public StatelessSessionBuilder noInterceptor() {
        return with(StatelessSessionBuilder::noInterceptor);
    }

    @Override
    public StatelessSessionBuilder noSessionInterceptorCreation() {
        return with(StatelessSessionBuilder::noSessionInterceptorCreation);
    }

    @Override
    public StatelessSessionBuilder noStatementInspector() {
        inspector = null;
        return this;
    }

    @Override
    public StatelessSessionBuilder statementInspector(@Nullable UnaryOperator<String> operator) {
        inspector = operator == null ? null : operator::apply;
        return this;
    }

    @Override
    public StatelessSessionBuilder statementInspector(@Nullable StatementInspector statementInspector) {
        inspector = statementInspector;
        return this;
    }

    @Override
    public StatelessSessionBuilder connection(Connection connection) {
        throw Refusals.connection("withStatelessOptions().connection");
    }

    @Override
    public StatelessSessionBuilder connectionHandling(
            ConnectionAcquisitionMode acquisition, ConnectionReleaseMode release) {
        return with(child -> child.connectionHandling(acquisition, release));
    }

    @Override
    public StatelessSessionBuilder tenantIdentifier(String tenant) {
        throw Refusals.tenant();
    }

    @Override
    public StatelessSessionBuilder tenantIdentifier(Object tenant) {
        throw Refusals.tenant();
    }

    @Override
    public ShardedStatelessSessionBuilder readOnly(boolean readOnly) {
        readsOnly = readOnly;
        with(child -> child.readOnly(readOnly));
        return this;
    }

    @Override
    public ShardedStatelessSessionBuilder consistency(@Nullable Consistency level) {
        consistency = level;
        return this;
    }

    @Override
    public ShardedStatelessSessionBuilder consistencyToken(ConsistencyToken accepted) {
        token = token.merge(accepted);
        return this;
    }

    @Override
    public StatelessSessionBuilder initialCacheMode(CacheMode cacheMode) {
        return with(child -> child.initialCacheMode(cacheMode));
    }

    @Override
    public StatelessSessionBuilder jdbcTimeZone(TimeZone timeZone) {
        return with(child -> child.jdbcTimeZone(timeZone));
    }

    @Override
    public StatelessSessionBuilder asOf(Instant instant) {
        return with(child -> child.asOf(instant));
    }

    @Override
    public StatelessSessionBuilder atChangeset(Object changeset) {
        return with(child -> child.atChangeset(changeset));
    }
}
