package io.hibernateshards.internal.reference;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import org.hibernate.engine.spi.EntityEntry;
import org.hibernate.engine.spi.PersistenceContext;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.Status;
import org.hibernate.persister.entity.EntityPersister;

/** Instances that a session has of the same row on other shards, such as those that associations lead to. */
final class ManagedCopies {
    private ManagedCopies() {}

    /** Brings the instance that a leg has up to date. */
    static void refresh(EntityPersister persister, Object id, SharedSessionContractImplementor child) {
        if (!(child instanceof SessionImplementor session)) {
            return;
        }
        PersistenceContext context = session.getPersistenceContextInternal();
        Object instance = context.getEntity(session.generateEntityKey(id, persister));
        EntityEntry entry = instance == null ? null : context.getEntry(instance);
        if (instance == null || entry == null || entry.getStatus() != Status.MANAGED) {
            return;
        }
        Object[] loaded = entry.getLoadedState();
        if (loaded != null && persister.findDirty(persister.getValues(instance), loaded, instance, session) != null) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "write of " + persister.getEntityName() + "#" + id
                            + ": two instances of it have been changed in one"
                            + " session, one of them on shard \"" + session.getTenantIdentifier()
                            + "\". Change the one that find returns");
        }
        if (persister.getDatabaseSnapshot(id, session) == null) {
            session.detach(instance);
        } else {
            session.refresh(instance);
        }
    }
}
