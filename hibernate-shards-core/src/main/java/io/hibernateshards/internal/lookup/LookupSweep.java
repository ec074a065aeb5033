package io.hibernateshards.internal.lookup;

import io.hibernateshards.Lookups.Duplicate;
import io.hibernateshards.Lookups.Progress;
import io.hibernateshards.Lookups.Report;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.lookup.LookupTable.Owned;
import io.hibernateshards.internal.lookup.LookupTable.Stamped;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * One pass over all entities that have a value, each of which gets its row, or over all rows.
 *
 * <p>Nothing is locked. A row is made of what has been read, and then the entity is read once more: if it has another value
 * by then, or is gone, whoever has changed it has kept the lookup, and knew nothing of the row that is made here too late;
 * so it is removed again, as any row whose entity is gone. If this is stopped in between, the row dangles, which does no
 * harm.
 */
final class LookupSweep {
    /** A test may want many. */
    static volatile int pageSize = 500;

    private final LookupAttribute attribute;
    private final Router router;
    private final OwnerSessions owners;
    private final OwnerProof proof;
    private final LookupTables tables;
    private final LookupWriter writer;
    private final LookupHealing healing;
    private final Consumer<Progress> progress;
    private final EntityPersister persister;
    private final List<Duplicate> duplicates = new ArrayList<>();
    private long entities;
    private long written;
    private long dangling;
    private long undecided;

    LookupSweep(
            LookupAttribute attribute,
            Router router,
            OwnerSessions owners,
            OwnerProof proof,
            LookupTables tables,
            LookupWriter writer,
            LookupHealing healing,
            Consumer<Progress> progress) {
        this.attribute = attribute;
        this.router = router;
        this.owners = owners;
        this.proof = proof;
        this.tables = tables;
        this.writer = writer;
        this.healing = healing;
        this.progress = progress;
        persister = owners.factory().getMappingMetamodel().getEntityDescriptor(attribute.entity());
    }

    Report report() {
        return new Report(entities, written, dangling, undecided, List.copyOf(duplicates));
    }

    // ---- entities without row

    /** Makes the rows that are missing. */
    void overEntities() {
        for (ShardId shard : router.topology().shards()) {
            if (persister.getIdentifierMapping().getJdbcTypeCount() == 1) {
                byId(shard);
            } else {
                byCursor(shard);
            }
        }
    }

    /** Each page is a query of its own, behind the last id. */
    private void byId(ShardId shard) {
        int size = pageSize;
        Object last = null;
        List<Object> page;
        do {
            Object from = last;
            page = owners.reading(shard, (session, connection) -> {
                var query = session.createSelectionQuery(
                                "from " + attribute.entity() + " e where e." + attribute.path() + " is not null"
                                        + (from == null ? "" : " and id(e) > :last") + " order by id(e)",
                                Object.class)
                        .setMaxResults(size);
                if (from != null) {
                    query.setParameter("last", from);
                }
                List<Object> found = query.list();
                make(shard, session, found);
                return found;
            });
            if (!page.isEmpty()) {
                last = persister.getIdentifier(page.get(page.size() - 1));
            }
        } while (page.size() >= size);
    }

    /** Ids of several columns have no order in HQL. */
    private void byCursor(ShardId shard) {
        owners.writing(shard, (session, connection) -> {
            try (ScrollableResults<Object> rows = session.createSelectionQuery(
                            "from " + attribute.entity() + " e where e." + attribute.path() + " is not null",
                            Object.class)
                    .setFetchSize(pageSize)
                    .scroll(ScrollMode.FORWARD_ONLY)) {
                int size = pageSize;
                List<Object> page = new ArrayList<>();
                while (rows.next()) {
                    page.add(rows.get());
                    if (page.size() >= size) {
                        make(shard, session, page);
                        page.clear();
                    }
                }
                make(shard, session, page);
            }
            return true;
        });
    }

    private void make(ShardId shard, StatelessSessionImplementor session, List<Object> page) {
        if (page.isEmpty()) {
            return;
        }
        List<LookupRow> rows = new ArrayList<>();
        for (Object entity : page) {
            Object id = persister.getIdentifier(entity);
            String value = LookupText.store(attribute, persister.getPropertyValue(entity, attribute.path()), router);
            if (value != null) {
                rows.add(new LookupRow(
                        attribute, value, LookupText.owner(persister, id, session), place(entity, id, shard)));
            }
        }
        CatalogBranches branches = new CatalogBranches(tables);
        Map<LookupRow, Duplicate> taken = new LinkedHashMap<>();
        List<LookupRow> made = writer.makeMissing(
                rows,
                branches,
                (row, other, at) -> taken.put(
                        row,
                        new Duplicate(
                                other.owner(),
                                LookupTable.shard(other.place(), router.topology()),
                                row.owner(),
                                shard)));
        List<LookupRow> doubtful = new ArrayList<>(made);
        doubtful.addAll(taken.keySet());
        if (!doubtful.isEmpty()) {
            Set<List<String>> still =
                    existing(session, doubtful.stream().map(LookupRow::value).toList());
            doubtful.removeIf(row -> still.contains(List.of(row.value(), row.owner())));
            taken.keySet().removeAll(doubtful);
            made.stream()
                    .filter(doubtful::contains)
                    .forEach(row -> healing.removeGone(attribute, row.value(), branches));
        }
        duplicates.addAll(taken.values());
        entities += rows.size();
        written += made.size();
        progress.accept(new Progress(shard, entities, written));
    }

    private Place place(Object entity, Object id, ShardId shard) {
        Sharded sharded = (Sharded) router.mapping().of(attribute.entity());
        int inId = router.bucketOfId(sharded, id);
        if (inId >= 0) {
            return new Place(inId, shard);
        }
        Place place = router.placeOf(sharded, entity, instance -> shard);
        return place == null ? new Place(-1, shard) : place;
    }

    private Set<List<String>> existing(StatelessSessionImplementor session, List<String> values) {
        Set<List<String>> found = new HashSet<>();
        for (Object[] row : proof.ids(session, attribute, values)) {
            String value = LookupText.find(attribute, row[1], router);
            if (value != null) {
                found.add(List.of(value, LookupText.owner(persister, row[0], session)));
            }
        }
        return found;
    }

    // ---- rows without entity

    /** Removes the rows that dangle. */
    void overRows() {
        for (ShardId shard : router.topology().shards()) {
            tables.make(shard);
            LookupTable table = tables.of(attribute);
            int size = pageSize;
            List<Owned> page = List.of();
            do {
                Owned last = page.isEmpty()
                        ? new Owned("", new Stamped("", new Place(-1, shard), 0))
                        : page.get(page.size() - 1);
                page = tables.catalog(shard)
                        .inTransaction(connection -> table.page(connection, attribute.name(), last, size));
                remove(page, shard);
            } while (page.size() >= size);
        }
    }

    private void remove(List<Owned> page, ShardId shard) {
        Map<ShardId, List<Owned>> byHome = new LinkedHashMap<>();
        page.forEach(row -> byHome.computeIfAbsent(
                        LookupTable.shard(row.row().place(), router.topology()), home -> new ArrayList<>())
                .add(row));
        byHome.forEach((home, rows) -> {
            List<Owned> unseen = unseen(home, rows);
            if (unseen.isEmpty()) {
                return;
            }
            if (!proof.earlierAreOver(home, List.of(), LookupHealing.patience)) {
                undecided += unseen.size();
                return;
            }
            for (Owned row : unseen(home, unseen)) {
                if (healing.removeRow(attribute, row.value(), row.row(), shard)) {
                    dangling++;
                }
            }
        });
    }

    private List<Owned> unseen(ShardId home, List<Owned> rows) {
        Set<List<String>> found = owners.reading(
                home,
                (session, connection) ->
                        existing(session, rows.stream().map(Owned::value).toList()));
        return rows.stream()
                .filter(row -> !found.contains(List.of(row.value(), row.row().owner())))
                .toList();
    }
}
