package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.invalidation.Twins.Item;
import io.hibernateshards.internal.invalidation.Twins.Shift;
import io.hibernateshards.internal.invalidation.Twins.ShiftId;
import io.hibernateshards.internal.invalidation.Twins.Slot;
import io.hibernateshards.internal.invalidation.Twins.SlotId;
import io.hibernateshards.internal.invalidation.Twins.Watched;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What one factory changes is gone from the other's cache, and nothing else is. */
class CoherenceTest {
    private static Twins twins;

    private long first;
    private long second;

    @BeforeAll
    static void start() {
        twins = new Twins(LocalCluster.shared(Layout.DATABASES, 2));
    }

    @AfterAll
    static void stop() {
        twins.close();
    }

    @BeforeEach
    void fill() {
        first = twins.id(0);
        second = twins.id(1);
        twins.here.inTransaction(session -> {
            session.createQuery("from Item", Item.class).getResultList().forEach(session::remove);
            session.createMutationQuery("delete from Slot").executeUpdate();
            session.createMutationQuery("delete from Shift").executeUpdate();
        });
        twins.here.inTransaction(session -> {
            session.persist(new Item(first, "old"));
            session.persist(new Item(second, "old"));
        });
        Twins.settle(twins.there);
    }

    private static <T extends @Nullable Object> T there(Function<Session, T> work) {
        return twins.there.fromSession(work);
    }

    /** Until it is in the other's cache. */
    private void cache(Class<?> type, Object id) {
        Twins.await(type + "#" + id + " is cached", () -> {
            there(session -> session.find(type, id));
            return twins.there.getCache().contains(type, id);
        });
    }

    // ---- entities

    @Test
    void aChange_isSeenByTheOthersCachedFind() {
        cache(Item.class, first);
        cache(Item.class, second);
        assertThat(twins.statements(() -> twins.text(twins.there, first))).isZero();

        twins.change(first, "new");
        Twins.settle(twins.there);

        assertThat(twins.text(twins.there, first)).isEqualTo("new");
        assertThat(twins.statements(
                        () -> assertThat(twins.text(twins.there, second)).isEqualTo("old")))
                .as("what has not changed stays")
                .isZero();
    }

    @Test
    void aRemoval_isSeen() {
        cache(Item.class, first);
        twins.here.inTransaction(session -> session.remove(session.find(Item.class, first)));
        Twins.settle(twins.there);

        assertThat(twins.there.getCache().contains(Item.class, first)).isFalse();
        assertThat((Object) there(session -> session.find(Item.class, first))).isNull();
    }

    @Test
    void ownChanges_stayCached() {
        twins.change(first, "new");
        Twins.settle(twins.here);

        assertThat(twins.here.getCache().contains(Item.class, first)).isTrue();
    }

    @Test
    void compositeIds_areTold_eachForItself() {
        List<SlotId> ids =
                List.of(new SlotId("ada", LocalDate.of(2024, 2, 29)), new SlotId("ada; é", LocalDate.of(2024, 3, 1)));
        twins.here.inTransaction(session -> ids.forEach(id -> {
            Slot slot = new Slot();
            slot.id = id;
            session.persist(slot);
        }));
        ids.forEach(id -> cache(Slot.class, id));

        twins.here.inTransaction(session -> session.find(Slot.class, ids.get(1)).text = "new");
        Twins.settle(twins.there);

        assertThat(twins.there.getCache().contains(Slot.class, ids.get(0))).isTrue();
        assertThat((Object) there(session -> session.find(Slot.class, ids.get(1)).text))
                .isEqualTo("new");
    }

    @Test
    void idsThatCannotBeTold_takeTheirRegionAlong() {
        ShiftId id = new ShiftId("ada", DayOfWeek.FRIDAY);
        twins.here.inTransaction(session -> {
            Shift shift = new Shift();
            shift.id = id;
            session.persist(shift);
        });
        cache(Shift.class, id);
        cache(Item.class, first);

        twins.here.inTransaction(session -> session.find(Shift.class, id).text = "new");
        Twins.settle(twins.there);

        assertThat((Object) there(session -> session.find(Shift.class, id).text))
                .isEqualTo("new");
        assertThat(twins.there.getCache().contains(Item.class, first)).isTrue();
    }

    @Test
    void statelessSessions_areHeardOf_withAndWithoutTransaction() {
        cache(Item.class, first);
        try (ShardedStatelessSession session = twins.here.openStatelessSession()) {
            Item item = session.get(Item.class, first);
            item.text = "by itself";
            session.update(item);
            Twins.settle(twins.there);
            assertThat(twins.text(twins.there, first)).isEqualTo("by itself");

            cache(Item.class, first);
            session.beginTransaction();
            item.text = "together";
            session.update(item);
            session.getTransaction().commit();
            Twins.settle(twins.there);
            assertThat(twins.text(twins.there, first)).isEqualTo("together");
        }
    }

    @Test
    void bulkOperations_areHeardOf() {
        cache(Item.class, first);
        cache(Item.class, second);
        twins.here.inTransaction(session ->
                session.createMutationQuery("update Item set text = 'bulk'").executeUpdate());
        Twins.settle(twins.there);

        assertThat(twins.text(twins.there, first)).isEqualTo("bulk");
        assertThat(twins.text(twins.there, second)).isEqualTo("bulk");
    }

    // ---- what belongs to entities

    @Test
    void collections_areHeardOf() {
        there(session -> session.find(Item.class, first).tags.size());
        assertThat(twins.there
                        .getCache()
                        .unwrap(org.hibernate.Cache.class)
                        .containsCollection(Item.class.getName() + ".tags", first))
                .isTrue();
        twins.here.inTransaction(session -> session.find(Item.class, first).tags.add("red"));
        Twins.settle(twins.there);

        assertThat((Object) there(session -> List.copyOf(session.find(Item.class, first).tags)))
                .isEqualTo(List.of("red"));
    }

    @Test
    void naturalIds_areHeardOf() {
        assertThat((Object) there(session -> session.find(Item.class, "code " + first, KeyType.NATURAL).id))
                .isEqualTo(first);
        twins.here.inTransaction(session -> session.find(Item.class, first).code = "another");
        Twins.settle(twins.there);

        assertThat((Object) there(session -> session.find(Item.class, "code " + first, KeyType.NATURAL)))
                .isNull();
        assertThat((Object) there(session -> session.find(Item.class, "another", KeyType.NATURAL).id))
                .isEqualTo(first);
    }

    @Test
    void resultsOfQueries_areHeardOf() {
        Function<Session, List<String>> query =
                session -> session.createQuery("select text from Item where id = :id", String.class)
                        .setParameter("id", first)
                        .setCacheable(true)
                        .getResultList();
        Twins.await("the result is cached", () -> twins.statements(() -> there(query)) == 0);
        twins.change(first, "new");
        Twins.settle(twins.there);

        assertThat((Object) there(query)).isEqualTo(List.of("new"));
    }

    // ---- transactions

    @Test
    void aTransactionOfTwoShards_isHeardOfOnBoth() {
        cache(Item.class, first);
        cache(Item.class, second);
        twins.here.inTransaction(session -> {
            session.find(Item.class, first).text = "both";
            session.find(Item.class, second).text = "both";
        });
        Twins.settle(twins.there);

        assertThat(twins.text(twins.there, first)).isEqualTo("both");
        assertThat(twins.text(twins.there, second)).isEqualTo("both");
    }

    /** Who listens past all of this. */
    private static List<Connection> listen() throws SQLException {
        List<Connection> listeners = new ArrayList<>();
        for (Shard shard : twins.cluster.shards()) {
            Connection listener = shard.connect();
            listeners.add(listener);
            try (Statement statement = listener.createStatement()) {
                statement.execute("listen " + NotifyBus.channel("\"hibernate_shards\"", ShardId.of(shard.name())));
            }
        }
        return listeners;
    }

    /** What has been sent before now, but for markers. */
    private static List<String> heard(List<Connection> listeners) throws SQLException {
        List<String> heard = new ArrayList<>();
        for (Connection listener : listeners) {
            try (Statement statement = listener.createStatement()) {
                statement.execute("select 1");
            }
            PGNotification[] some = listener.unwrap(PGConnection.class).getNotifications();
            for (PGNotification one : some == null ? new PGNotification[0] : some) {
                if (!one.getParameter().contains(" " + Message.MARKER)) {
                    heard.add(one.getParameter());
                }
            }
            listener.close();
        }
        return heard;
    }

    @Test
    void whatIsRolledBack_isNotTold() throws SQLException {
        cache(Item.class, first);
        List<Connection> listeners = listen();
        try (ShardedSession session = twins.here.openSession()) {
            session.beginTransaction();
            session.find(Item.class, first).text = "never";
            session.flush();
            session.getTransaction().rollback();
            session.beginTransaction();
            session.find(Item.class, second).text = "ever";
            session.getTransaction().commit();
        }
        Twins.settle(twins.there);

        assertThat(heard(listeners))
                .singleElement()
                .asString()
                .contains(" kL" + second)
                .doesNotContain("kL" + first + " ");
        assertThat(twins.there.getCache().contains(Item.class, first)).isTrue();
    }

    @Test
    void whatCouldNotBePrepared_isNotTold() throws SQLException {
        List<Connection> listeners = listen();
        assertThatThrownBy(() -> twins.here.inTransaction(session -> {
                    for (long id : List.of(first, second)) {
                        session.find(Item.class, id).text = "never";
                        ((ShardedSession) session).doReturningWork(twins.here.locate(Item.class, id), connection -> {
                            try (Statement statement = connection.createStatement()) {
                                return statement.execute(
                                        "create temporary table if not exists scratch (n int) on commit drop");
                            }
                        });
                    }
                }))
                .isInstanceOf(RuntimeException.class);

        assertThat(heard(listeners)).isEmpty();
        assertThat(twins.text(twins.there, first)).isEqualTo("old");
    }

    @Test
    void tenThousandEntities_areTold_eachForItself() throws SQLException {
        ShardId shard = twins.here.locate(Item.class, first);
        List<Long> many = new ArrayList<>();
        for (long id = 100_000; many.size() < 10_000; id++) {
            if (twins.here.locate(Item.class, id).equals(shard)) {
                many.add(id);
            }
        }
        twins.execute(
                0,
                "insert into Item (id, code, text, version) select id, 'code ' || id, 'old', 0 from unnest('{"
                        + String.join(",", many.stream().map(Object::toString).toList()) + "}'::bigint[]) id");
        for (int i = 0; i < many.size(); i += 1000) {
            cache(Item.class, many.get(i));
        }
        cache(Item.class, first);
        List<Connection> listeners = listen();
        try (ShardedStatelessSession session = twins.here.openStatelessSession()) {
            session.beginTransaction();
            List<Item> items = session.createQuery("from Item where id >= 100000", Item.class)
                    .getResultList();
            items.forEach(item -> item.text = "new");
            session.updateMultiple(items);
            session.getTransaction().commit();
        }
        Twins.settle(twins.there);

        assertThat(heard(listeners)).hasSizeBetween(2, 60).allSatisfy(message -> assertThat(message)
                .hasSizeLessThan(8000));
        for (int i = 0; i < many.size(); i += 1000) {
            assertThat(twins.text(twins.there, many.get(i))).isEqualTo("new");
        }
        assertThat(twins.there.getCache().contains(Item.class, first)).isTrue();
    }

    // ---- races

    @Test
    void whatWasReadBeforeTheChange_andEndsAfterItWasHeardOf_isNotCached() {
        twins.there.getCache().evict(Item.class, first);
        Watched.once = () -> {
            twins.change(first, "new");
            Twins.settle(twins.there);
        };
        assertThat(twins.text(twins.there, first)).as("it was read before").isEqualTo("old");

        assertThat(twins.there.getCache().contains(Item.class, first)).isFalse();
        assertThat(twins.text(twins.there, first)).isEqualTo("new");
    }

    // ---- fence

    @Test
    void positions_areCoveredOnceAllBeforeThemHasBeenHeardOf() throws SQLException {
        ShardId shard = twins.here.locate(Item.class, first);
        Invalidations heard = Twins.invalidations(twins.there);
        for (int i = 0; i < 20; i++) {
            cache(Item.class, first);
            String text = "text " + i;
            twins.change(first, text);
            Position position = ConsistencyToken.parse(shard + "."
                            + twins.here.fromSession(
                                    session -> Long.toHexString(position((ShardedSession) session, shard))))
                    .at(shard)
                    .orElseThrow();
            Twins.await("covered", () -> heard.covers(shard, position));
            assertThat(twins.text(twins.there, first)).isEqualTo(text);
        }
        assertThat(heard.covers(shard, new Position(Long.MAX_VALUE, 0, 0))).isFalse();
    }

    private static long position(ShardedSession session, ShardId shard) {
        return session.doReturningWork(shard, connection -> {
            try (Statement statement = connection.createStatement();
                    var row = statement.executeQuery("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    // ---- what stateless sessions change

    /** Hibernate's stateless sessions keep an entry locked for a while that other tests expect to be cached. */
    private static final long STATELESS = 1_000_000;

    private enum Change {
        HQL {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.createMutationQuery("update Item set text = 'new' where id = :id")
                        .setParameter("id", id)
                        .executeUpdate();
            }
        },
        BULK {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.createMutationQuery("update Item set text = 'new'").executeUpdate();
            }
        },
        SQL {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.createNativeMutationQuery("update Item set text = 'new', code = 'new'||id")
                        .setHint(ShardHints.ALL, true)
                        .executeUpdate();
            }
        },
        INSERT {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.insert(new Item(id + 10_000, "new"));
            }
        },
        INSERT_SEVERAL {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.insertMultiple(List.of(new Item(id + 10_000, "new"), new Item(id + 20_000, "new")));
            }
        },
        UPDATE {
            @Override
            void by(ShardedStatelessSession session, long id) {
                Item item = session.get(Item.class, id);
                item.text = "new";
                item.code = "new code";
                session.update(item);
            }
        },
        UPSERT {
            @Override
            void by(ShardedStatelessSession session, long id) {
                Item item = session.get(Item.class, id);
                item.code = "new code";
                session.upsert(item);
            }
        },
        DELETE {
            @Override
            void by(ShardedStatelessSession session, long id) {
                session.delete(session.get(Item.class, id));
            }
        },
        DELETE_AND_INSERT {
            @Override
            void by(ShardedStatelessSession session, long id) {
                Item item = session.get(Item.class, id);
                session.delete(item);
                Item other = new Item(id + 10_000, "new");
                other.code = item.code;
                session.insert(other);
            }
        };

        abstract void by(ShardedStatelessSession session, long id);
    }

    /** The items that cached results and cached natural ids show. */
    private List<Object> cached(ShardedSessionFactory factory) {
        return List.of(
                factory.fromSession(session -> session
                        .createSelectionQuery("select id, text from Item order by id", Object[].class)
                        .setCacheable(true)
                        .getResultList()
                        .stream()
                        .map(List::of)
                        .toList()),
                factory.fromSession(session -> Stream.of(first, second, STATELESS)
                        .map(id -> Optional.ofNullable(session.find(Item.class, "code " + id, KeyType.NATURAL))
                                .map(item -> item.id + item.code))
                        .toList()));
    }

    @ParameterizedTest
    @EnumSource
    void whatStatelessSessionsChange_isSeenByCachedQueries_andNaturalIds(Change change) {
        boolean isStatement = EnumSet.of(Change.HQL, Change.BULK, Change.SQL).contains(change);
        for (boolean inTransaction : isStatement ? List.of(true) : List.of(true, false)) {
            fill();
            twins.here.inTransaction(session -> session.persist(new Item(STATELESS, "old")));
            Twins.settle(twins.there);
            List<Object> before = cached(twins.there);
            assertThat(List.of(cached(twins.there), cached(twins.here), cached(twins.here)))
                    .containsOnly(before);
            try (ShardedStatelessSession session = twins.here.openStatelessSession()) {
                if (inTransaction) {
                    session.inTransaction(transaction -> {
                        change.by(session, STATELESS);
                        assertThat(cached(twins.there)).as("not yet committed").isEqualTo(before);
                        assertThat(cached(twins.here)).isEqualTo(before);
                    });
                } else {
                    change.by(session, STATELESS);
                }
            }
            Twins.settle(twins.there);
            List<Object> here = cached(twins.here);
            List<Object> there = cached(twins.there);
            twins.here.getCache().evictAllRegions();
            List<Object> stored = cached(twins.here);
            assertThat(stored).isNotEqualTo(before);
            assertThat(here).as("in a transaction: %s", inTransaction).isEqualTo(stored);
            assertThat(there).as("in a transaction: %s", inTransaction).isEqualTo(stored);
        }
    }

    // ---- settings

    @Test
    void withoutTheCache_coherenceIsRefused() {
        assertThatThrownBy(() -> Twins.factory(
                                twins.cluster.settings(),
                                "notify",
                                "none",
                                Map.of("hibernate.cache.use_second_level_cache", false))
                        .close())
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("hibernate.shards.cache.coherence is notify")
                .hasMessageContaining("caffeine-shards");
    }

    @Test
    void otherValues_areRefused() {
        assertThatThrownBy(() -> Twins.factory(twins.cluster.settings(), "java.lang.String", "none", Map.of())
                        .close())
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("hibernate.shards.cache.coherence is \"java.lang.String\"")
                .hasMessageContaining("InvalidationBus");
    }
}
