package io.hibernateshards.internal.session;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.route.Target;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.PessimisticLockScope;
import jakarta.persistence.Timeout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.CacheMode;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.NaturalIdMultiLoadAccess;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.GraphSemantic;
import org.jspecify.annotations.Nullable;

/** A find of several natural ids, each on the shard that it names, else on all. */
@SuppressWarnings({"deprecation", "removal"})
final class MultiNaturalIdLoad<T> implements NaturalIdMultiLoadAccess<T> {
    private final ShardedFinds session;
    private final EntityPlacement placement;
    private final Function<SessionImplementor, NaturalIdMultiLoadAccess<T>> access;
    private final List<Consumer<NaturalIdMultiLoadAccess<T>>> options = new ArrayList<>(2);
    private boolean ordered = true;

    MultiNaturalIdLoad(
            ShardedFinds session,
            EntityPlacement placement,
            Function<SessionImplementor, NaturalIdMultiLoadAccess<T>> access) {
        this.session = session;
        this.placement = placement;
        this.access = access;
    }

    private NaturalIdMultiLoadAccess<T> record(Consumer<NaturalIdMultiLoadAccess<T>> option) {
        options.add(option);
        return this;
    }

    private NaturalIdMultiLoadAccess<T> on(SessionImplementor child) {
        NaturalIdMultiLoadAccess<T> inner = access.apply(child);
        options.forEach(option -> option.accept(inner));
        return inner;
    }

    @Override
    public List<T> multiLoad(Object... ids) {
        return multiLoad(List.of(ids));
    }

    @Override
    public List<T> multiLoad(List<?> ids) {
        Target common = byLookup(ids);
        return session.multiple(
                placement,
                ids,
                id -> common != null ? common : session.naturalTarget(placement, values(id)),
                ordered,
                (child, part) -> on(child).multiLoad(part));
    }

    private Map<String, ?> values(Object id) {
        return session.factory.naturalIdValues(placement.entityName(), id);
    }

    /** One question for all of them; null if they are to be asked about one by one. */
    private @Nullable Target byLookup(List<?> ids) {
        return ids.size() > 1 && placement instanceof EntityPlacement.Sharded sharded
                ? session.byLookup(sharded, ids.stream().map(this::values).toList())
                : null;
    }

    @Override
    public NaturalIdMultiLoadAccess<T> with(LockMode lockMode, PessimisticLockScope scope) {
        return record(inner -> inner.with(lockMode, scope));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> with(Timeout timeout) {
        return record(inner -> inner.with(timeout));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> with(LockOptions lockOptions) {
        return record(inner -> inner.with(lockOptions));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> with(CacheMode cacheMode) {
        return record(inner -> inner.with(cacheMode));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> with(EntityGraph<T> graph, GraphSemantic semantic) {
        return record(inner -> inner.with(graph, semantic));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> withBatchSize(int batchSize) {
        return record(inner -> inner.withBatchSize(batchSize));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> enableReturnOfDeletedEntities(boolean enabled) {
        return record(inner -> inner.enableReturnOfDeletedEntities(enabled));
    }

    @Override
    public NaturalIdMultiLoadAccess<T> enableOrderedReturn(boolean enabled) {
        ordered = enabled;
        return record(inner -> inner.enableOrderedReturn(enabled));
    }
}
