package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spi.ShardObserver;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.FlushMode;
import org.hibernate.exception.SQLGrammarException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The observer is told of each operation, its legs and how all of them end. */
class ObserverTest {
    private static final int SHARDS = 3;

    @Entity(name = "Tune")
    @Cacheable
    static class Tune {
        @Id
        @ShardedId
        @ShardKey
        public Long id;

        public String title;

        Tune() {}

        Tune(String title) {
            this.title = title;
        }
    }

    /** Writes it all down, in the order in which it is told. */
    public static final class Scribe implements ShardObserver {
        static final List<String> SEEN = Collections.synchronizedList(new ArrayList<>());

        @Override
        public @Nullable Observed started(Operation operation, @Nullable String entityName, int shards) {
            Thread caller = Thread.currentThread();
            String name = operation + (entityName == null ? "" : " " + simple(entityName)) + " on " + shards;
            SEEN.add(name);
            return new Observed() {
                @Override
                public void answered(Tier tier) {
                    SEEN.add(name + ": " + tier);
                }

                @Override
                public Leg leg(ShardId shard) {
                    Thread runs = Thread.currentThread();
                    SEEN.add(name + ": leg");
                    return failure -> {
                        assertThat(Thread.currentThread()).isSameAs(runs);
                        SEEN.add(name + ": leg ended" + told(failure));
                    };
                }

                @Override
                public void ended(@Nullable Throwable failure) {
                    assertThat(Thread.currentThread()).isSameAs(caller);
                    SEEN.add(name + ": ended" + told(failure));
                }
            };
        }

        private static String told(@Nullable Throwable failure) {
            return failure == null ? "" : " by " + failure.getClass().getSimpleName();
        }

        private static String simple(String entityName) {
            return entityName.substring(entityName.lastIndexOf('$') + 1);
        }

        @Override
        public void transactionEnded(TransactionOutcome outcome, int written) {
            SEEN.add(outcome + " " + written);
        }
    }

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.start(Layout.DATABASES, SHARDS);
        factory = factory(Map.of());
    }

    private static ShardedSessionFactory factory(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.put(ShardSettings.OBSERVER, Scribe.class.getName());
        settings.put("hibernate.hbm2ddl.auto", "create");
        settings.putAll(more);
        return new ShardedConfiguration()
                .entities(Tune.class)
                .settings(settings)
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    @BeforeEach
    void forget() {
        Scribe.SEEN.clear();
    }

    private static List<String> seen() {
        List<String> seen = List.copyOf(Scribe.SEEN);
        Scribe.SEEN.clear();
        return seen;
    }

    /** What was seen of the work, in a session of its own. */
    private static List<String> of(Consumer<ShardedSession> work) {
        try (ShardedSession session = factory.openSession()) {
            work.accept(session);
        }
        return seen();
    }

    private static List<Tune> stored(int count) {
        List<Tune> tunes = new ArrayList<>();
        factory.inTransaction(session -> {
            for (int i = 0; i < count; i++) {
                tunes.add(new Tune("t" + i));
                session.persist(tunes.get(i));
            }
        });
        Scribe.SEEN.clear();
        return tunes;
    }

    /** Tunes of which each shard has at least one. */
    private static List<Tune> onAllShards() {
        while (true) {
            List<Tune> tunes = stored(20);
            long shards = tunes.stream()
                    .map(tune -> factory.locate(Tune.class, tune.id))
                    .distinct()
                    .count();
            if (shards == SHARDS) {
                return tunes;
            }
        }
    }

    @Test
    void find_isOneLeg() {
        long id = stored(1).get(0).id;
        assertThat(of(session -> session.find(Tune.class, id)))
                .containsExactly(
                        "FIND Tune on 1", "FIND Tune on 1: leg", "FIND Tune on 1: leg ended", "FIND Tune on 1: ended");
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.get(Tune.class, id);
        }
        assertThat(seen())
                .containsExactly(
                        "FIND Tune on 1", "FIND Tune on 1: leg", "FIND Tune on 1: leg ended", "FIND Tune on 1: ended");
    }

    @Test
    void find_thatTheSessionAnswers_hasNoLeg() {
        long id = stored(1).get(0).id;
        assertThat(of(session -> {
                    session.find(Tune.class, id);
                    Scribe.SEEN.clear();
                    session.find(Tune.class, id);
                }))
                .containsExactly("FIND Tune on 1", "FIND Tune on 1: ended");
    }

    @Test
    void find_thatTheCacheAnswers_hasNoLeg() {
        long id = stored(1).get(0).id;
        Map<String, String> cached = Map.of(
                "hibernate.hbm2ddl.auto", "none",
                "hibernate.cache.region.factory_class", "caffeine-shards");
        try (ShardedSessionFactory caching = factory(cached)) {
            caching.inSession(session -> session.find(Tune.class, id));
            assertThat(seen()).contains("FIND Tune on 1: leg ended");
            caching.inSession(session -> session.find(Tune.class, id));
            assertThat(seen()).containsExactly("FIND Tune on 1", "FIND Tune on 1: ended");
        }
    }

    @Test
    void find_thatHasNoConnection_isALegThatFailed() {
        long id = stored(1).get(0).id;
        Map<String, String> narrow = Map.of(
                "hibernate.hbm2ddl.auto", "none",
                "hibernate.shards.pool.maximum-pool-size", "1",
                "hibernate.shards.pool.connection-timeout", "3500");
        try (ShardedSessionFactory one = factory(narrow);
                ShardedSession holds = one.openSession();
                ShardedSession waits = one.openSession()) {
            holds.beginTransaction();
            holds.find(Tune.class, id);
            Scribe.SEEN.clear();
            assertThatThrownBy(() -> waits.find(Tune.class, id)).isInstanceOf(RuntimeException.class);
            assertThat(seen())
                    .hasSize(4)
                    .startsWith("FIND Tune on 1", "FIND Tune on 1: leg")
                    .anyMatch(line -> line.startsWith("FIND Tune on 1: leg ended by "))
                    .anyMatch(line -> line.startsWith("FIND Tune on 1: ended by "));
            holds.getTransaction().rollback();
        }
    }

    @Test
    void findMultiple_hasALegAShard() {
        List<Long> ids = onAllShards().stream().map(tune -> tune.id).toList();
        assertThat(of(session -> session.findMultiple(Tune.class, ids)))
                .startsWith("FIND_MULTIPLE Tune on 3")
                .endsWith("FIND_MULTIPLE Tune on 3: ended")
                .filteredOn("FIND_MULTIPLE Tune on 3: leg ended"::equals)
                .hasSize(3);
    }

    @Test
    void query_tellsItsTier() {
        long id = stored(1).get(0).id;
        assertThat(of(session -> session.createQuery("from Tune where id = :id", Tune.class)
                        .setParameter("id", id)
                        .getResultList()))
                .containsExactly(
                        "QUERY Tune on 1",
                        "QUERY Tune on 1: TARGETED",
                        "QUERY Tune on 1: leg",
                        "QUERY Tune on 1: leg ended",
                        "QUERY Tune on 1: ended");
        assertThat(of(session -> session.createQuery("from Tune order by title", Tune.class)
                        .getResultList()))
                .startsWith("QUERY Tune on 3", "QUERY Tune on 3: MERGED")
                .endsWith("QUERY Tune on 3: ended")
                .filteredOn("QUERY Tune on 3: leg ended"::equals)
                .hasSizeGreaterThanOrEqualTo(3); // and one for the collation, the first time
        assertThat(of(session -> session.createQuery(
                                "select t.id from Tune t where exists (from Tune o where o.title = t.title and o.id <> t.id)",
                                Long.class)
                        .getResultList()))
                .contains("QUERY Tune on 3: GATHERED")
                .doesNotContain("QUERY Tune on 3: leg")
                .endsWith("QUERY Tune on 3: ended");
        assertThat(of(session ->
                        session.createQuery("from Tune", Tune.class).stream().close()))
                .contains("QUERY Tune on 3: MERGED", "QUERY Tune on 3: leg ended");
    }

    @Test
    void query_thatFails_saysWhere() {
        long id = stored(1).get(0).id;
        assertThat(of(session -> assertThatThrownBy(() -> session.createQuery(
                                        "select mod(1, t.id - t.id) from Tune t where t.id = :id", Object.class)
                                .setParameter("id", id)
                                .getResultList())
                        .hasStackTraceContaining("division by zero")))
                .anyMatch(line -> line.startsWith("QUERY Tune on 1: leg ended by "))
                .anyMatch(line -> line.startsWith("QUERY Tune on 1: ended by "));
    }

    @Test
    void sql_isANativeQuery() {
        String shard = factory.getTopology().shards().get(0).name();
        assertThat(of(session -> session.createNativeQuery("select 1", Integer.class)
                        .setHint(ShardHints.SHARD, shard)
                        .getResultList()))
                .containsExactly(
                        "NATIVE_QUERY on 1",
                        "NATIVE_QUERY on 1: leg",
                        "NATIVE_QUERY on 1: leg ended",
                        "NATIVE_QUERY on 1: ended");
        assertThat(of(session -> assertThatThrownBy(() -> session.createNativeQuery("select nonsense", Integer.class)
                                .setHint(ShardHints.ALL, true)
                                .getResultList())
                        .isInstanceOf(SQLGrammarException.class)))
                .startsWith("NATIVE_QUERY on 3")
                .endsWith("NATIVE_QUERY on 3: ended by SQLGrammarException");
    }

    @Test
    void transaction_tellsItsCommit_andItsOutcome() {
        List<Tune> tunes = onAllShards();
        assertThat(of(session -> session.inTransaction(transaction -> session.createMutationQuery(
                                "update Tune set title = 'new' where id in (:ids)")
                        .setParameter("ids", tunes.stream().map(tune -> tune.id).toList())
                        .executeUpdate())))
                .contains("UPDATE Tune on 3", "UPDATE Tune on 3: leg ended", "UPDATE Tune on 3: ended")
                .endsWith("COMMIT on 3", "COMMITTED 3", "COMMIT on 3: ended");
        assertThat(of(session -> {
                    session.beginTransaction();
                    session.persist(new Tune("lost"));
                    session.flush();
                    session.getTransaction().rollback();
                }))
                .containsExactly("ROLLED_BACK 1");
        assertThat(of(session -> {
                    session.beginTransaction();
                    session.find(Tune.class, tunes.get(0).id);
                    session.getTransaction().commit();
                }))
                .endsWith("COMMIT on 1", "COMMITTED 0", "COMMIT on 1: ended");
    }

    @Test
    void aCommitThatNoServerHears_isNotTold() {
        long id = stored(1).get(0).id;
        assertThat(of(session -> {
                    session.setHibernateFlushMode(FlushMode.MANUAL);
                    session.beginTransaction();
                    session.getReference(Tune.class, id);
                    session.getTransaction().commit();
                }))
                .containsExactly("COMMITTED 0");
        assertThat(of(session -> {
                    session.setHibernateFlushMode(FlushMode.MANUAL);
                    session.inTransaction(transaction -> session.find(Tune.class, id));
                }))
                .endsWith("COMMIT on 1", "COMMITTED 0", "COMMIT on 1: ended");
    }

    @Test
    void aNameThatIsNoObserver_isRefusedAtTheStart() {
        assertThatThrownBy(() -> factory(Map.of(ShardSettings.OBSERVER, "java.lang.String")))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("hibernate.shards.observer is \"java.lang.String\": use")
                .hasMessageContaining(ShardObserver.class.getName());
    }
}
