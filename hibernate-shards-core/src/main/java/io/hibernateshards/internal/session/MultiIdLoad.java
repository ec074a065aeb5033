package io.hibernateshards.internal.session;

import io.hibernateshards.internal.mapping.EntityPlacement;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.PessimisticLockScope;
import jakarta.persistence.Timeout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.CacheMode;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.MultiIdentifierLoadAccess;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.GraphSemantic;

/** Options for a find of several ids, recorded until the ids tell which children they are for. */
@SuppressWarnings({"deprecation", "removal"})
final class MultiIdLoad<T> implements MultiIdentifierLoadAccess<T> {
    private final ShardedFinds session;
    private final EntityPlacement placement;
    private final Function<SessionImplementor, MultiIdentifierLoadAccess<T>> access;
    private final List<Consumer<MultiIdentifierLoadAccess<T>>> options = new ArrayList<>(2);
    private boolean ordered = true;

    MultiIdLoad(
            ShardedFinds session,
            EntityPlacement placement,
            Function<SessionImplementor, MultiIdentifierLoadAccess<T>> access) {
        this.session = session;
        this.placement = placement;
        this.access = access;
    }

    private MultiIdentifierLoadAccess<T> record(Consumer<MultiIdentifierLoadAccess<T>> option) {
        options.add(option);
        return this;
    }

    private MultiIdentifierLoadAccess<T> on(SessionImplementor child) {
        MultiIdentifierLoadAccess<T> inner = access.apply(child);
        options.forEach(option -> option.accept(inner));
        return inner;
    }

    @Override
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final <K> List<T> multiLoad(K... ids) {
        return multiLoad(List.of(ids));
    }

    @Override
    public <K> List<T> multiLoad(List<K> ids) {
        return session.multiple(
                placement, ids, ordered, (child, part) -> on(child).multiLoad(part));
    }

    @Override
    public MultiIdentifierLoadAccess<T> with(LockMode lockMode, PessimisticLockScope scope) {
        return record(inner -> inner.with(lockMode, scope));
    }

    @Override
    public MultiIdentifierLoadAccess<T> with(Timeout timeout) {
        return record(inner -> inner.with(timeout));
    }

    @Override
    public MultiIdentifierLoadAccess<T> with(LockOptions lockOptions) {
        return record(inner -> inner.with(lockOptions));
    }

    @Override
    public MultiIdentifierLoadAccess<T> with(CacheMode cacheMode) {
        return record(inner -> inner.with(cacheMode));
    }

    @Override
    public MultiIdentifierLoadAccess<T> withReadOnly(boolean readOnly) {
        return record(inner -> inner.withReadOnly(readOnly));
    }

    @Override
    public MultiIdentifierLoadAccess<T> with(EntityGraph<T> graph, GraphSemantic semantic) {
        return record(inner -> inner.with(graph, semantic));
    }

    @Override
    public MultiIdentifierLoadAccess<T> enableFetchProfile(String profileName) {
        return record(inner -> inner.enableFetchProfile(profileName));
    }

    @Override
    public MultiIdentifierLoadAccess<T> disableFetchProfile(String profileName) {
        return record(inner -> inner.disableFetchProfile(profileName));
    }

    @Override
    public MultiIdentifierLoadAccess<T> withBatchSize(int batchSize) {
        return record(inner -> inner.withBatchSize(batchSize));
    }

    @Override
    public MultiIdentifierLoadAccess<T> enableSessionCheck(boolean enabled) {
        return record(inner -> inner.enableSessionCheck(enabled));
    }

    @Override
    public MultiIdentifierLoadAccess<T> enableReturnOfDeletedEntities(boolean enabled) {
        return record(inner -> inner.enableReturnOfDeletedEntities(enabled));
    }

    @Override
    public MultiIdentifierLoadAccess<T> enableOrderedReturn(boolean enabled) {
        ordered = enabled;
        return record(inner -> inner.enableOrderedReturn(enabled));
    }
}
