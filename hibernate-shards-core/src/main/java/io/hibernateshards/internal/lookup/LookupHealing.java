package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.lookup.LookupTable.Stamped;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.hibernate.HibernateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends rows whose entity is gone: removed by SQL, by a bulk statement, by a cascade of the database, or never stored as a
 * transaction committed on some shards only. They are met where they are in the way, or lead to nothing.
 */
final class LookupHealing {
    private static final Logger LOG = LoggerFactory.getLogger(LookupHealing.class);

    private final LookupTables tables;
    private final OwnerProof proof;
    private final Router router;
    private final LongAdder healed = new LongAdder();

    /** How long one who stores a value waits for transactions that may be about to store its owner. */
    static volatile Duration patience = Duration.ofSeconds(2);

    LookupHealing(LookupTables tables, OwnerProof proof, Router router) {
        this.tables = tables;
        this.proof = proof;
        this.router = router;
    }

    long healed() {
        return healed.sum();
    }

    /**
     * Gives a row to an entity that is stored with its value, if the one that it is of is gone, in the transaction that
     * stores it.
     *
     * @param other the row as that transaction sees it
     * @return false if it is not gone, as far as is known
     */
    boolean isFree(LookupRow row, Stamped other, ShardId shard, LookupSession session) {
        try {
            List<Stamped> committed = tables.catalog(shard).inTransaction(connection -> tables.of(row.attribute())
                    .readAll(connection, row.attribute().name(), row.value()));
            return committed.stream().anyMatch(seen -> isSame(other, seen))
                    && proof.isGone(
                            row.attribute(),
                            row.value(),
                            LookupTable.shard(other.place(), router.topology()),
                            () -> session.onOpenBranches(OwnerProof::number),
                            patience);
        } catch (HibernateException e) {
            LOG.warn(
                    "{}: it could not be found out whether id {} still has a value that is to be stored again: {}",
                    row.attribute(),
                    other.owner(),
                    e.getMessage());
            return false;
        }
    }

    /** What only the transaction itself has written is not the other's. */
    private static boolean isSame(Stamped other, Stamped committed) {
        return committed.owner().equals(other.owner()) && committed.stamp() == other.stamp();
    }

    void took(LookupAttribute attribute, String owner, ShardId shard) {
        healed.increment();
        LOG.info("{}: id {} is gone; its row on shard \"{}\" is another's now", attribute, owner, shard);
    }

    /** A value has led to nothing: removes its rows whose entities are gone, unless somebody is at work on them. */
    void afterNothing(LookupAttribute attribute, Object value, LookupSession session) {
        try {
            String text = LookupText.find(attribute, value, router);
            if (text != null) {
                removeGone(attribute, text, session);
            }
        } catch (HibernateException e) {
            LOG.warn("{}: it could not be found out whether a row leads to nothing: {}", attribute, e.getMessage());
        }
    }

    /** Removes the rows of a value whose entities are gone, unless somebody is at work on them. */
    void removeGone(LookupAttribute attribute, String text, LookupSession session) {
        ShardId shard = router.topology().shardOf(LookupRow.bucketOf(text));
        tables.make(shard);
        tables.catalog(shard)
                .inTransaction(connection -> tables.of(attribute).readAll(connection, attribute.name(), text))
                .forEach(row -> remove(attribute, text, row, shard, session));
    }

    private void remove(LookupAttribute attribute, String text, Stamped row, ShardId shard, LookupSession session) {
        ShardId home = LookupTable.shard(row.place(), router.topology());
        if (proof.isGone(attribute, text, home, () -> session.onOpenBranches(OwnerProof::number), Duration.ZERO)) {
            removeRow(attribute, text, row, shard);
        }
    }

    /** One that was proven to dangle. */
    boolean removeRow(LookupAttribute attribute, String text, Stamped row, ShardId shard) {
        boolean removed = tables.catalog(shard)
                .inTransaction(connection -> tables.of(attribute).remove(connection, attribute.name(), text, row));
        if (removed) {
            healed.increment();
            LOG.info("{}: id {} is gone; its row on shard \"{}\" is removed", attribute, row.owner(), shard);
        }
        return removed;
    }
}
