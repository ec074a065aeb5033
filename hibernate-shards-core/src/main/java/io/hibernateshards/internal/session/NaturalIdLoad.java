package io.hibernateshards.internal.session;

import io.hibernateshards.internal.mapping.EntityPlacement;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.PessimisticLockScope;
import jakarta.persistence.Timeout;
import jakarta.persistence.metamodel.SingularAttribute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.NaturalIdLoadAccess;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.GraphSemantic;
import org.jspecify.annotations.Nullable;

/** A find by natural id: on one shard if the shard key is part of it, else on all. */
@SuppressWarnings({"deprecation", "removal"})
final class NaturalIdLoad<T> implements NaturalIdLoadAccess<T> {
    private final ShardedFinds session;
    private final EntityPlacement placement;
    private final Function<SessionImplementor, NaturalIdLoadAccess<T>> access;
    private final List<Consumer<NaturalIdLoadAccess<T>>> options = new ArrayList<>(2);
    private final Map<String, Object> values = new LinkedHashMap<>();

    NaturalIdLoad(
            ShardedFinds session,
            EntityPlacement placement,
            Function<SessionImplementor, NaturalIdLoadAccess<T>> access) {
        this.session = session;
        this.placement = placement;
        this.access = access;
    }

    private NaturalIdLoadAccess<T> record(Consumer<NaturalIdLoadAccess<T>> option) {
        options.add(option);
        return this;
    }

    private NaturalIdLoadAccess<T> on(SessionImplementor child) {
        NaturalIdLoadAccess<T> inner = access.apply(child);
        options.forEach(option -> option.accept(inner));
        return inner;
    }

    @Override
    public T getReference() {
        return session.existing(placement, values, load());
    }

    @Override
    public @Nullable T load() {
        return session.byNaturalId(placement, values, child -> on(child).load());
    }

    @Override
    public Optional<T> loadOptional() {
        return Optional.ofNullable(load());
    }

    @Override
    public <X> NaturalIdLoadAccess<T> using(SingularAttribute<? super T, X> attribute, X value) {
        return using(attribute.getName(), value);
    }

    @Override
    public NaturalIdLoadAccess<T> using(String attributeName, Object value) {
        values.put(attributeName, value);
        return record(inner -> inner.using(attributeName, value));
    }

    @Override
    public NaturalIdLoadAccess<T> using(Map<String, ?> mappings) {
        mappings.forEach(this::using);
        return this;
    }

    @Override
    public NaturalIdLoadAccess<T> setSynchronizationEnabled(boolean enabled) {
        return record(inner -> inner.setSynchronizationEnabled(enabled));
    }

    @Override
    public NaturalIdLoadAccess<T> with(LockMode lockMode, PessimisticLockScope scope) {
        return record(inner -> inner.with(lockMode, scope));
    }

    @Override
    public NaturalIdLoadAccess<T> with(Timeout timeout) {
        return record(inner -> inner.with(timeout));
    }

    @Override
    public NaturalIdLoadAccess<T> with(LockOptions lockOptions) {
        return record(inner -> inner.with(lockOptions));
    }

    @Override
    public NaturalIdLoadAccess<T> with(EntityGraph<T> graph, GraphSemantic semantic) {
        return record(inner -> inner.with(graph, semantic));
    }

    @Override
    public NaturalIdLoadAccess<T> enableFetchProfile(String profileName) {
        return record(inner -> inner.enableFetchProfile(profileName));
    }

    @Override
    public NaturalIdLoadAccess<T> disableFetchProfile(String profileName) {
        return record(inner -> inner.disableFetchProfile(profileName));
    }
}
