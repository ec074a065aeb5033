package io.hibernateshards.internal.cache;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.cache.spi.TimestampsCache;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.TransactionCompletionCallbacks.AfterCompletionCallback;
import org.hibernate.metamodel.spi.MappingMetamodelImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * Removes what stateless sessions make stale beside the entities themselves: results of queries, and ids by natural id.
 * Hibernate does so for sessions with a persistence context only.
 */
public final class StatelessChanges {
    private StatelessChanges() {}

    /**
     * Called after rows of an entity were written one by one.
     *
     * @param inserted whether all of them are new
     */
    public static void rows(SharedSessionContractImplementor session, String entity, boolean inserted) {
        MappingMetamodelImplementor metamodel = session.getFactory().getMappingMetamodel();
        EntityPersister written = metamodel.getEntityDescriptor(entity);
        if (!inserted && written.hasNaturalIdCache()) {
            written.getNaturalIdCacheAccessStrategy().removeAll(session); // those that they had are not known
        }
        if (session.getFactory().getSessionFactoryOptions().isQueryCacheEnabled()) {
            Set<String> tables = new HashSet<>(List.of((String[]) written.getQuerySpaces()));
            metamodel.forEachCollectionDescriptor(collection -> {
                if (collection.getOwnerEntityPersister().getRootEntityName().equals(written.getRootEntityName())) {
                    tables.addAll(List.of(collection.getCollectionSpaces()));
                }
            });
            changed(session, tables);
        }
    }

    /** Called after a statement has changed rows of an entity. */
    public static void statement(SharedSessionContractImplementor session, String entity) {
        SessionFactoryImplementor factory = session.getFactory();
        if (!session.isEventSource() && factory.getSessionFactoryOptions().isQueryCacheEnabled()) {
            changed(session, List.of((String[])
                    factory.getMappingMetamodel().getEntityDescriptor(entity).getQuerySpaces()));
        }
    }

    /**
     * Called after SQL was executed.
     *
     * @param tables that it has changed; if there are none, it may be any
     */
    public static void sql(SharedSessionContractImplementor session, Collection<String> tables) {
        SessionFactoryImplementor factory = session.getFactory();
        if (!session.isEventSource() && factory.getSessionFactoryOptions().isQueryCacheEnabled()) {
            Set<String> all = new HashSet<>(tables);
            if (tables.isEmpty()) {
                factory.getMappingMetamodel()
                        .forEachEntityDescriptor(entity -> all.addAll(List.of((String[]) entity.getQuerySpaces())));
            }
            changed(session, all);
        }
    }

    private static void changed(SharedSessionContractImplementor session, Collection<String> tables) {
        boolean alone = !session.isTransactionInProgress();
        SessionView view = session.getCacheTransactionSynchronization() instanceof SessionView ours ? ours : null;
        String[] changed = tables.stream()
                .filter(table -> alone || view == null || !view.hasChanged(table)) // once in a transaction
                .toArray(String[]::new);
        if (changed.length == 0) {
            return;
        }
        TimestampsCache times = session.getFactory().getCache().getTimestampsCache();
        times.preInvalidate(changed, session);
        if (alone) {
            times.invalidate(changed, session);
        } else {
            session.getTransactionCompletionCallbacks()
                    .registerCallback((AfterCompletionCallback) (committed, ended) -> times.invalidate(changed, ended));
        }
    }
}
