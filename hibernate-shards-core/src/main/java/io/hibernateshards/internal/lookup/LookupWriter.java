package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.exception.ConstraintViolationException.ConstraintKind;
import org.hibernate.exception.LockAcquisitionException;

/**
 * Writes the rows of a flush, each on the shard of its value, in the transaction of the flush: what is gone before what is
 * new, and always in the same order of shards and values.
 *
 * <p>That a value is unique is PostgreSQL's to tell: its row is inserted unless there is one, which waits for whoever is
 * about to make or to remove it, like any unique index. A row that is there may be the entity's own, such as one that a
 * back-fill was faster to make.
 */
final class LookupWriter {
    /** How often a row may vanish while it is looked at. */
    private static final int ROUNDS = 20;

    private final LookupTables tables;
    private final LookupHealing healing;
    private final Router router;

    LookupWriter(LookupTables tables, LookupHealing healing, Router router) {
        this.healing = healing;
        this.tables = tables;
        this.router = router;
    }

    /**
     * Writes.
     *
     * @throws ConstraintViolationException if a value that has to be unique is another entity's
     */
    void write(List<LookupRow> gone, List<LookupRow> made, LookupSession session) {
        Topology topology = router.topology();
        Map<ShardId, List<LookupRow>> deleted = byShard(gone, topology);
        Map<ShardId, List<LookupRow>> inserted = byShard(made, topology);
        deleted.forEach((shard, rows) -> each(rows, (table, some) -> {
            tables.onBranch(session, shard, table.describe(), connection -> {
                table.delete(connection, some);
                return true;
            });
        }));
        make(inserted, session, (row, other, shard) -> {
            throw violation(row, other, shard);
        });
    }

    /**
     * Makes rows of which there may be some already.
     *
     * @param taken is told of values that have to be unique and are another entity's
     * @return those that were not there
     */
    List<LookupRow> makeMissing(List<LookupRow> rows, LookupSession session, Taken taken) {
        return make(byShard(rows, router.topology()), session, taken);
    }

    private List<LookupRow> make(Map<ShardId, List<LookupRow>> rows, LookupSession session, Taken taken) {
        List<LookupRow> made = new ArrayList<>();
        rows.forEach((shard, ofShard) -> each(ofShard, (table, some) -> {
            List<LookupRow> rest = some;
            for (int round = 0; round < ROUNDS && !rest.isEmpty(); round++) {
                List<LookupRow> left = rest;
                rest = tables.onBranch(session, shard, table.describe(), connection -> {
                    List<LookupRow> conflicting = table.insert(connection, left);
                    left.stream().filter(row -> !conflicting.contains(row)).forEach(made::add);
                    if (conflicting.isEmpty()) {
                        return conflicting;
                    }
                    List<LookupRow> others = table.claim(connection, conflicting);
                    return contended(table, connection, others, shard, session, taken, made);
                });
            }
            if (!rest.isEmpty()) {
                throw new LockAcquisitionException(
                        rest.get(0).attribute() + ": rows of the same values come and go on shard \"" + shard + "\"",
                        new SQLException("gave up after " + ROUNDS + " rounds"));
            }
        }));
        return made;
    }

    /** Somebody else's row has a value that has to be unique. */
    interface Taken {
        void by(LookupRow row, LookupTable.Stamped other, ShardId shard);
    }

    private interface Statement {
        void of(LookupTable table, List<LookupRow> rows);
    }

    private void each(List<LookupRow> rows, Statement statement) {
        for (LookupTable table : tables.both()) {
            List<LookupRow> own = rows.stream()
                    .filter(row -> tables.of(row.attribute()) == table)
                    .toList();
            if (!own.isEmpty()) {
                statement.of(table, own);
            }
        }
    }

    private static Map<ShardId, List<LookupRow>> byShard(List<LookupRow> rows, Topology topology) {
        Map<ShardId, List<LookupRow>> all =
                new TreeMap<>(Comparator.comparingInt(shard -> topology.shards().indexOf(shard)));
        rows.stream().sorted(LookupRow.ORDER).forEach(row -> all.computeIfAbsent(
                        topology.shardOf(row.bucket()), shard -> new ArrayList<>())
                .add(row));
        return all;
    }

    /** Of rows whose values are others', those that are to be tried again, as theirs have vanished meanwhile. */
    private List<LookupRow> contended(
            LookupTable table,
            Connection connection,
            List<LookupRow> rows,
            ShardId shard,
            LookupSession session,
            Taken taken,
            List<LookupRow> made)
            throws SQLException {
        List<LookupRow> again = new ArrayList<>();
        for (LookupRow row : rows) {
            LookupTable.Stamped other = table.read(connection, row.attribute().name(), row.value());
            if (other == null || other.owner().equals(row.owner())) {
                again.add(row);
            } else if (!healing.isFree(row, other, shard, session)) {
                taken.by(row, other, shard);
            } else if (table.takeOver(connection, row, other)) {
                healing.took(row.attribute(), other.owner(), shard);
                made.add(row);
            } else {
                again.add(row);
            }
        }
        return again;
    }

    /** As of the violation of a unique constraint; without the value, which may be a secret. */
    private ConstraintViolationException violation(LookupRow row, LookupTable.Stamped other, ShardId shard) {
        LookupAttribute attribute = row.attribute();
        Topology topology = router.topology();
        String message = attribute + " is unique over all shards, and its value for id " + row.owner() + " on shard \""
                + LookupTable.shard(row.place(), topology) + "\" is that of id " + other.owner() + " on shard \""
                + LookupTable.shard(other.place(), topology) + "\", as "
                + tables.of(attribute).name() + " on shard \""
                + shard + "\" says";
        return new ConstraintViolationException(
                message,
                new SQLException(message, "23505"),
                tables.of(attribute).describe(),
                ConstraintKind.UNIQUE,
                attribute.name());
    }
}
