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
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.SimpleNaturalIdLoadAccess;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.GraphSemantic;
import org.jspecify.annotations.Nullable;

/** A find by a natural id of one attribute. */
@SuppressWarnings({"deprecation", "removal"})
final class SimpleNaturalIdLoad<T> implements SimpleNaturalIdLoadAccess<T> {
    private final ShardedFinds session;
    private final EntityPlacement placement;
    private final Function<SessionImplementor, SimpleNaturalIdLoadAccess<T>> access;
    private final List<Consumer<SimpleNaturalIdLoadAccess<T>>> options = new ArrayList<>(2);

    SimpleNaturalIdLoad(
            ShardedFinds session,
            EntityPlacement placement,
            Function<SessionImplementor, SimpleNaturalIdLoadAccess<T>> access) {
        this.session = session;
        this.placement = placement;
        this.access = access;
    }

    private SimpleNaturalIdLoadAccess<T> record(Consumer<SimpleNaturalIdLoadAccess<T>> option) {
        options.add(option);
        return this;
    }

    private SimpleNaturalIdLoadAccess<T> on(SessionImplementor child) {
        SimpleNaturalIdLoadAccess<T> inner = access.apply(child);
        options.forEach(option -> option.accept(inner));
        return inner;
    }

    @Override
    public T getReference(Object naturalId) {
        return session.existing(placement, naturalId, load(naturalId));
    }

    @Override
    public @Nullable T load(Object naturalId) {
        return session.byNaturalId(
                placement, session.factory.naturalIdValues(placement.entityName(), naturalId), child -> on(child)
                        .load(naturalId));
    }

    @Override
    public Optional<T> loadOptional(Object naturalId) {
        return Optional.ofNullable(load(naturalId));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> setSynchronizationEnabled(boolean enabled) {
        return record(inner -> inner.setSynchronizationEnabled(enabled));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> with(LockMode lockMode, PessimisticLockScope scope) {
        return record(inner -> inner.with(lockMode, scope));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> with(Timeout timeout) {
        return record(inner -> inner.with(timeout));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> with(LockOptions lockOptions) {
        return record(inner -> inner.with(lockOptions));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> with(EntityGraph<T> graph, GraphSemantic semantic) {
        return record(inner -> inner.with(graph, semantic));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> enableFetchProfile(String profileName) {
        return record(inner -> inner.enableFetchProfile(profileName));
    }

    @Override
    public SimpleNaturalIdLoadAccess<T> disableFetchProfile(String profileName) {
        return record(inner -> inner.disableFetchProfile(profileName));
    }
}
