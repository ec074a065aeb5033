package io.hibernateshards.internal.session;

import io.hibernateshards.ReferenceData;
import io.hibernateshards.ReferenceDifference;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.reference.ReferenceComparison;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.hibernate.cache.spi.CacheImplementor;

/** Stores reference entities in transactions of their own; upserts, so that a call can be repeated. */
final class ReferenceWriter implements ReferenceData {
    private final ShardedSessionFactoryImpl factory;

    ReferenceWriter(ShardedSessionFactoryImpl factory) {
        this.factory = factory;
    }

    @Override
    public void upsert(Collection<?> entities) {
        inTransaction(entities, ShardedStatelessSession::upsertMultiple);
    }

    @Override
    public void delete(Collection<?> entities) {
        inTransaction(entities, (session, rows) -> {
            for (Object row : rows) {
                Object id = session.getIdentifier(row);
                Object stored = session.get(factory.placementOf(row).entityName(), id);
                if (stored != null) {
                    session.delete(stored);
                }
            }
        });
    }

    private void inTransaction(Collection<?> entities, BiConsumer<ShardedStatelessSession, List<?>> write) {
        List<Object> rows = List.copyOf(entities);
        rows.forEach(row -> checkReference(factory.placementOf(row)));
        if (rows.isEmpty()) {
            return;
        }
        inTransaction(session -> {
            write.accept(session, rows);
            return rows;
        });
    }

    private <T> T inTransaction(Function<ShardedStatelessSessionImpl, T> work) {
        try (ShardedStatelessSessionImpl session = (ShardedStatelessSessionImpl) factory.openStatelessSession()) {
            if (factory.transactionMode() == TransactionMode.SINGLE_SHARD) {
                session.setTransactionMode(TransactionMode.BEST_EFFORT);
            }
            if (session.transaction.isActive()) {
                return work.apply(session); // a JTA transaction that it has joined
            }
            return session.fromTransaction(transaction -> work.apply(session));
        }
    }

    @Override
    public List<ReferenceDifference> check(Class<?> entity) {
        return inTransaction(session -> compared(session, entity).differences());
    }

    @Override
    public int repair(Class<?> entity, ShardId right) {
        if (!factory.getTopology().shards().contains(right)) {
            throw new IllegalArgumentException("no shard \"" + right + "\"; there are "
                    + factory.getTopology().shards());
        }
        int mended = inTransaction(session -> compared(session, entity).mend(right));
        forget(entity);
        return mended;
    }

    /** Not row by row: what differed may have been cached as it was. */
    private void forget(Class<?> entity) {
        String root = rootOf(entity);
        CacheImplementor cache = factory.inner().getCache();
        cache.evictEntityData(root);
        factory.inner().getMappingMetamodel().forEachCollectionDescriptor(collection -> {
            if (collection.getOwnerEntityPersister().getRootEntityName().equals(root)) {
                cache.evictCollectionData(collection.getRole());
            }
        });
    }

    private ReferenceComparison compared(ShardedStatelessSessionImpl session, Class<?> entity) {
        return session.compared(rootOf(entity));
    }

    private String rootOf(Class<?> entity) {
        EntityPlacement placement = factory.placementOf(entity);
        checkReference(placement);
        return factory.persister(placement.entityName()).getRootEntityName();
    }

    private void checkReference(EntityPlacement placement) {
        if (!(placement instanceof EntityPlacement.Reference)) {
            throw Refusals.operation(
                    "getReferenceData()",
                    placement.entityName() + " is not a @ReferenceEntity",
                    "persist it in a session");
        }
    }
}
