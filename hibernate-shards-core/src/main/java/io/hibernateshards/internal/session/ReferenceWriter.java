package io.hibernateshards.internal.session;

import io.hibernateshards.ReferenceData;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.hibernate.Interceptor;
import org.hibernate.StatelessSession;
import org.hibernate.StatelessSessionBuilder;

/** Stores reference entities shard by shard, one local transaction each; upserts, so that a call can be repeated. */
final class ReferenceWriter implements ReferenceData {
    /** Marks the sessions that may write reference entities, for {@link ReferenceGuard}. */
    static final class Permit implements Interceptor {}

    private static final Permit PERMIT = new Permit();

    private final ShardedSessionFactoryImpl factory;

    ReferenceWriter(ShardedSessionFactoryImpl factory) {
        this.factory = factory;
    }

    @Override
    public void upsert(Collection<?> entities) {
        onEveryShard(entities, StatelessSession::upsertMultiple);
    }

    @Override
    public void delete(Collection<?> entities) {
        onEveryShard(entities, (session, rows) -> {
            for (Object row : rows) {
                Object id = session.getIdentifier(row);
                Object stored = session.get(factory.placementOf(row).entityName(), id);
                if (stored != null) {
                    session.delete(stored);
                }
            }
        });
    }

    private void onEveryShard(Collection<?> entities, BiConsumer<StatelessSession, List<?>> write) {
        List<Object> rows = List.copyOf(entities);
        rows.forEach(this::checkReference);
        if (rows.isEmpty()) {
            return;
        }
        List<ShardId> done = new ArrayList<>();
        List<ShardId> missed = new ArrayList<>();
        List<RuntimeException> failures = new ArrayList<>();
        for (ShardId shard : factory.getTopology().shards()) {
            try {
                writeOne(shard, rows, write);
                done.add(shard);
            } catch (RuntimeException e) {
                missed.add(shard);
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw partial(rows, done, missed, failures);
        }
    }

    private void checkReference(Object row) {
        EntityPlacement placement = factory.placementOf(row);
        if (!(placement instanceof EntityPlacement.Reference)) {
            throw Refusals.operation(
                    "getReferenceData()",
                    placement.entityName() + " is not a @ReferenceEntity",
                    "persist it in a session");
        }
        if (factory.persister(placement.entityName()).hasOwnedCollections()) {
            throw Refusals.operation(
                    "getReferenceData()",
                    placement.entityName() + " owns a collection, whose rows an upsert does not write",
                    "map the collection's rows as a reference entity of their own");
        }
    }

    private void writeOne(ShardId shard, List<?> rows, BiConsumer<StatelessSession, List<?>> write) {
        StatelessSessionBuilder options = factory.inner().withStatelessOptions();
        options.tenantIdentifier((Object) shard).interceptor(PERMIT);
        try (StatelessSession session = options.openStatelessSession()) {
            session.inTransaction(transaction -> write.accept(session, rows));
        }
    }

    private ShardingException partial(
            List<?> rows, List<ShardId> done, List<ShardId> missed, List<RuntimeException> failures) {
        ShardingException failure = new ShardingException(
                ShardErrorCode.PARTIAL_COMMIT,
                rows.size() + " reference rows, the first of "
                        + factory.placementOf(rows.get(0)).entityName() + ", are stored on " + done
                        + " but not on " + missed + ": " + failures.get(0).getMessage()
                        + ". Make the same call again once those shards are back",
                failures.get(0));
        failures.stream().skip(1).forEach(failure::addSuppressed);
        return failure;
    }
}
