package io.hibernateshards.internal.session;

import io.hibernateshards.internal.mapping.EntityPlacement;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.PessimisticLockScope;
import jakarta.persistence.Timeout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.CacheMode;
import org.hibernate.IdentifierLoadAccess;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.GraphSemantic;
import org.jspecify.annotations.Nullable;

/** Options for a find by id, recorded until the id tells which child they are for. */
@SuppressWarnings({"deprecation", "removal"})
final class IdLoad<T> implements IdentifierLoadAccess<T> {
    private final ShardedFinds session;
    private final EntityPlacement placement;
    private final Function<SessionImplementor, IdentifierLoadAccess<T>> access;
    private final List<Consumer<IdentifierLoadAccess<T>>> options = new ArrayList<>(2);

    IdLoad(
            ShardedFinds session,
            EntityPlacement placement,
            Function<SessionImplementor, IdentifierLoadAccess<T>> access) {
        this.session = session;
        this.placement = placement;
        this.access = access;
    }

    private IdentifierLoadAccess<T> record(Consumer<IdentifierLoadAccess<T>> option) {
        options.add(option);
        return this;
    }

    private IdentifierLoadAccess<T> on(SessionImplementor child) {
        IdentifierLoadAccess<T> inner = access.apply(child);
        options.forEach(option -> option.accept(inner));
        return inner;
    }

    @Override
    public T getReference(Object id) {
        T found = session.byId(placement, id, child -> on(child).getReference(id), child -> on(child)
                .load(id));
        return session.existing(placement, id, found);
    }

    @Override
    public @Nullable T load(Object id) {
        return session.byId(placement, id, child -> on(child).load(id));
    }

    @Override
    public Optional<T> loadOptional(Object id) {
        return Optional.ofNullable(load(id));
    }

    @Override
    public IdentifierLoadAccess<T> with(LockMode lockMode, PessimisticLockScope scope) {
        return record(inner -> inner.with(lockMode, scope));
    }

    @Override
    public IdentifierLoadAccess<T> with(Timeout timeout) {
        return record(inner -> inner.with(timeout));
    }

    @Override
    public IdentifierLoadAccess<T> with(LockOptions lockOptions) {
        return record(inner -> inner.with(lockOptions));
    }

    @Override
    public IdentifierLoadAccess<T> with(CacheMode cacheMode) {
        return record(inner -> inner.with(cacheMode));
    }

    @Override
    public IdentifierLoadAccess<T> withReadOnly(boolean readOnly) {
        return record(inner -> inner.withReadOnly(readOnly));
    }

    @Override
    public IdentifierLoadAccess<T> with(EntityGraph<T> graph, GraphSemantic semantic) {
        return record(inner -> inner.with(graph, semantic));
    }

    @Override
    public IdentifierLoadAccess<T> enableFetchProfile(String profileName) {
        return record(inner -> inner.enableFetchProfile(profileName));
    }

    @Override
    public IdentifierLoadAccess<T> disableFetchProfile(String profileName) {
        return record(inner -> inner.disableFetchProfile(profileName));
    }
}
