package io.hibernateshards.internal.reference;

import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * What one transaction has changed of reference entities on one shard, to be written to the others: the rows as they are
 * there, so that copies stay equal whatever made their values, be it a default of the table or a collection.
 *
 * <p>Transactions that write reference entities do so one after the other on each shard: the first write waits for a lock
 * on all shards, always in the same order. So they neither wait for each other in a circle nor copy what another is
 * about to change; those that only read wait for nobody.
 */
public final class ReferenceChanges {
    /** Ids in one statement. */
    private static final int MOST = 500;

    private record Row(String root, Object id) {}

    private final ReferenceTables tables;
    private final Copies copies;
    private final Map<Row, EntityPersister> written = new LinkedHashMap<>();
    private final Map<Row, SharedSessionContractImplementor> sources = new LinkedHashMap<>();
    private boolean locked;

    public ReferenceChanges(ReferenceTables tables, Copies copies) {
        this.tables = tables;
        this.copies = copies;
    }

    /** A transaction begins: nothing is locked, and whatever an earlier one has left is of no use. */
    public void begins() {
        locked = false;
        clear();
    }

    private void clear() {
        written.clear();
        sources.clear();
    }

    /** Before the first write of a transaction. */
    public void lock() {
        if (!locked) {
            locked = true;
            for (ShardId shard : copies.shards()) {
                new Rows(copies.child(shard)).lock("hibernate-shards/reference/" + shard);
            }
        }
    }

    /** A row has been stored, changed or removed on one shard. */
    public void written(EntityPersister persister, Object id, SharedSessionContractImplementor child) {
        Row row = row(persister, id);
        written.put(row, persister);
        sources.put(row, child);
    }

    private static Row row(EntityPersister persister, Object id) {
        return new Row(persister.getRootEntityName(), id);
    }

    /** Whether something has changed that the other shards have not been sent. */
    public boolean isToBeCopied() {
        return !written.isEmpty();
    }

    /** Writes all that has changed to the other shards. */
    public void copy() {
        if (written.isEmpty()) {
            return;
        }
        Map<SharedSessionContractImplementor, List<Part>> bySource = parts();
        Map<Row, EntityPersister> changed = Map.copyOf(written);
        clear();
        bySource.forEach((source, parts) -> {
            Transfer transfer = new Transfer(source, parts);
            for (ShardId shard : copies.shards()) {
                SharedSessionContractImplementor target = copies.child(shard);
                if (target != source) {
                    changed.forEach((row, persister) -> CachedCopies.lock(persister, row.id(), target));
                    transfer.to(target);
                    changed.forEach((row, persister) -> ManagedCopies.refresh(persister, row.id(), target));
                }
            }
        });
    }

    /** By the shard that they were changed on, rows of an entity together. */
    private Map<SharedSessionContractImplementor, List<Part>> parts() {
        Map<SharedSessionContractImplementor, Map<String, List<Object>>> ids = new LinkedHashMap<>();
        Map<String, EntityPersister> roots = new LinkedHashMap<>();
        written.forEach((row, persister) -> {
            roots.put(row.root(), persister.getRootEntityDescriptor().getEntityPersister());
            ids.computeIfAbsent(Objects.requireNonNull(sources.get(row)), source -> new LinkedHashMap<>())
                    .computeIfAbsent(row.root(), root -> new ArrayList<>())
                    .add(row.id());
        });
        Map<SharedSessionContractImplementor, List<Part>> parts = new LinkedHashMap<>();
        ids.forEach((source, byRoot) -> byRoot.forEach((root, all) -> {
            for (int from = 0; from < all.size(); from += MOST) {
                List<Object> some = all.subList(from, Math.min(all.size(), from + MOST));
                parts.computeIfAbsent(source, key -> new ArrayList<>())
                        .add(new Part(tables.of(root), Keys.ofIds(Objects.requireNonNull(roots.get(root)), some)));
            }
        }));
        return parts;
    }
}
