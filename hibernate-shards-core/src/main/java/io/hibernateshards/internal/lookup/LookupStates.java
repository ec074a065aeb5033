package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Router;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.hibernate.HibernateException;
import org.hibernate.JDBCException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which lookups have rows of all their entities, so that a value without a row is a value that nobody has. A row in the
 * catalog says so; every JVM learns it from there. Until then the lookup is kept, and makes values unique, but is not read.
 *
 * <p>A lookup of entities that nobody has stored yet is ready at once. One that the catalog has never heard of, of entities
 * that there are, has to be filled first.
 */
final class LookupStates {
    private static final Logger LOG = LoggerFactory.getLogger(LookupStates.class);

    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_4c4f_5354L;

    private static final String UNDEFINED_TABLE = "42P01";

    /** How soon another JVM's news are heard; a test may be in more of a hurry. */
    static volatile Duration patience = Duration.ofSeconds(10);

    private final JdbcCatalog catalog;
    private final String table;
    private final Set<LookupAttribute> attributes;
    private final Set<String> entities;
    private final Set<String> told = new HashSet<>();
    private final ReentrantLock refreshing = new ReentrantLock();
    private volatile Set<String> ready = Set.of();
    private volatile long next = System.nanoTime();

    LookupStates(JdbcCatalog catalog, ShardMapping mapping) {
        this.catalog = catalog;
        table = catalog.schema() + ".lookup_state";
        attributes = mapping.lookups();
        Set<String> known = new HashSet<>();
        mapping.all().forEach(placement -> known.add(placement.entityName()));
        entities = Set.copyOf(known);
    }

    private static String key(LookupAttribute attribute) {
        return attribute.name() + (attribute.unique() ? " unique" : " lookup");
    }

    /** Whether the lookup may be asked where entities are. */
    boolean isReady(LookupAttribute attribute, OwnerSessions owners, Router router) {
        if (ready.contains(key(attribute))) {
            return true;
        }
        if (System.nanoTime() - next >= 0 && refreshing.tryLock()) {
            try {
                refresh(owners, router);
            } finally {
                refreshing.unlock();
            }
        }
        return ready.contains(key(attribute));
    }

    /** Asks the catalog, and decides what nobody has decided yet. */
    void refresh(OwnerSessions owners, Router router) {
        refreshing.lock();
        try {
            next = System.nanoTime() + patience.toNanos();
            Map<String, Boolean> known = read();
            for (LookupAttribute attribute : attributes) {
                Boolean empty = known.containsKey(key(attribute)) ? null : isEmpty(attribute, owners, router);
                if (empty != null) {
                    decide(attribute, empty);
                    known = read();
                }
            }
            Set<String> all = new HashSet<>();
            for (LookupAttribute attribute : attributes) {
                if (Boolean.TRUE.equals(known.get(key(attribute)))) {
                    all.add(key(attribute));
                } else if (known.containsKey(key(attribute)) && told.add(key(attribute))) {
                    LOG.warn(
                            "{} has {}, but there are entities whose values have no rows yet: what asks for a value asks"
                                    + " all shards, and values that were stored before are not unique, until"
                                    + " factory.getLookups().backfill({}.class, \"{}\", progress) has been called once",
                            attribute,
                            attribute.annotation(),
                            attribute.entity().substring(attribute.entity().lastIndexOf('.') + 1),
                            attribute.path());
                }
            }
            ready = Set.copyOf(all);
        } catch (HibernateException e) {
            LOG.warn(
                    "it is not known which lookups are ready, so those that are not known to be are not read: {}",
                    e.getMessage());
        } finally {
            refreshing.unlock();
        }
    }

    /** Whether nobody has a value; null if there is no table. */
    private static @Nullable Boolean isEmpty(LookupAttribute attribute, OwnerSessions owners, Router router) {
        for (ShardId shard : router.topology().shards()) {
            Boolean empty = owners.<@Nullable Boolean>reading(shard, (session, connection) -> {
                try {
                    return session.createSelectionQuery(
                                    "select 1 from " + attribute.entity() + " e where e." + attribute.path()
                                            + " is not null",
                                    Integer.class)
                            .setMaxResults(1)
                            .list()
                            .isEmpty();
                } catch (JDBCException e) {
                    if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                        return null;
                    }
                    throw e;
                }
            });
            if (!Boolean.TRUE.equals(empty)) {
                return empty;
            }
        }
        return true;
    }

    private Map<String, Boolean> read() {
        return catalog.inTransaction(connection -> {
            make(connection);
            Map<String, Boolean> states = new HashMap<>();
            List<String> gone = new ArrayList<>();
            try (Statement select = connection.createStatement();
                    ResultSet row = select.executeQuery("select lookup, ready from " + table)) {
                while (row.next()) {
                    states.put(row.getString(1), row.getBoolean(2));
                    if (isForgotten(row.getString(1))) {
                        gone.add(row.getString(1));
                    }
                }
            }
            for (String lookup : gone) {
                forget(connection, lookup);
            }
            return states;
        });
    }

    /** An attribute that has lost its annotation: nobody keeps its rows any more. */
    private boolean isForgotten(String lookup) {
        String entity = lookup.substring(0, Math.max(0, lookup.indexOf('#')));
        return entities.contains(entity)
                && attributes.stream().noneMatch(attribute -> key(attribute).equals(lookup));
    }

    private void forget(Connection connection, String lookup) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("delete from " + table + " where lookup = ?")) {
            delete.setString(1, lookup);
            delete.executeUpdate();
        }
    }

    private void make(Connection connection) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement("select to_regclass(?) is not null")) {
            find.setString(1, table);
            try (ResultSet row = find.executeQuery()) {
                if (row.next() && row.getBoolean(1)) {
                    return;
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            statement.execute("create table if not exists " + table + " (lookup text collate \"C\" primary key,"
                    + " ready boolean not null, since timestamptz not null default clock_timestamp())");
        }
    }

    /** If no other JVM was faster. */
    private void decide(LookupAttribute attribute, boolean asReady) {
        catalog.inTransaction(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into " + table + " (lookup, ready) values (?, ?) on conflict do nothing")) {
                insert.setString(1, key(attribute));
                insert.setBoolean(2, asReady);
                return insert.executeUpdate();
            }
        });
    }

    /** All entities have their rows. */
    void becomeReady(LookupAttribute attribute) {
        catalog.inTransaction(connection -> {
            make(connection);
            try (PreparedStatement upsert = connection.prepareStatement("insert into " + table
                    + " as s (lookup, ready) values (?, true) on conflict (lookup) do update set ready = true,"
                    + " since = clock_timestamp() where not s.ready")) {
                upsert.setString(1, key(attribute));
                return upsert.executeUpdate();
            }
        });
        next = System.nanoTime();
    }

    /** The entities' tables are about to be emptied: what is ready is to be found out again. */
    void forgetAll() {
        ready = Set.of();
        catalog.inTransaction(connection -> {
            make(connection);
            for (LookupAttribute attribute : attributes) {
                forget(connection, key(attribute));
            }
            return true;
        });
        next = System.nanoTime();
    }
}
