package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PostUpdate;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.hibernate.Session;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostCommitUpdateEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.persister.entity.EntityPersister;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The second-level cache, entity and commit listeners, and checks of versions, each on its side of the decision. */
@Tag("pgbouncer")
class CacheAroundDecisionTest {
    @Entity(name = "Note")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class Note {
        @Id
        @ShardKey
        String name = "";

        String text = "old";

        @Version
        int version;

        @PreUpdate
        void before() {
            EVENTS.add("before update");
        }

        @PostUpdate
        void after() {
            EVENTS.add("after update");
        }
    }

    @Entity(name = "Scrap")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    static class Scrap {
        @Id
        @ShardKey
        String name = "";

        String text = "old";
    }

    private static final List<String> EVENTS = new ArrayList<>();

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    /** One on each shard. */
    private static List<String> names;

    @BeforeAll
    static void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        factory = new ShardedConfiguration()
                .entities(Note.class, Scrap.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                .build();
        names = factory.getTopology().shards().stream()
                .map(CacheAroundDecisionTest::nameOn)
                .toList();
        factory.unwrap(SessionFactoryImplementor.class)
                .getServiceRegistry()
                .requireService(EventListenerRegistry.class)
                .appendListeners(EventType.POST_COMMIT_UPDATE, new PostCommitUpdateEventListener() {
                    @Override
                    public void onPostUpdate(PostUpdateEvent event) {
                        EVENTS.add("committed");
                    }

                    @Override
                    public void onPostUpdateCommitFailed(PostUpdateEvent event) {
                        EVENTS.add("not committed");
                    }

                    @Override
                    public boolean requiresPostCommitHandling(EntityPersister persister) {
                        return true;
                    }
                });
    }

    @AfterAll
    static void stop() {
        TwoPhase.patience = Duration.ofSeconds(5);
        factory.close();
        cluster.close();
    }

    private static String nameOn(ShardId shard) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "note" + i)
                .filter(name -> factory.locate(Note.class, name).equals(shard))
                .findFirst()
                .orElseThrow();
    }

    @BeforeEach
    void fill() {
        factory.inTransaction(session -> {
            session.createMutationQuery("delete from Note").executeUpdate();
            session.createMutationQuery("delete from Scrap").executeUpdate();
        });
        factory.inTransaction(session -> {
            for (String name : names) {
                Note note = new Note();
                note.name = name;
                session.persist(note);
                Scrap scrap = new Scrap();
                scrap.name = name;
                session.persist(scrap);
            }
        });
        assertThat(read()).containsOnly("old");
        EVENTS.clear();
    }

    @AfterEach
    void leavesNothing() {
        TwoPhase.observer = Step.Observer.NONE;
        factory.recoverTransactions();
        assertThat(factory.getInDoubtBranches()).isEmpty();
    }

    private static boolean isCached(String name) {
        return factory.getCache().containsEntity(Note.class, name);
    }

    /** By sessions of their own: from the cache if they are there. */
    private static List<String> read() {
        return names.stream()
                .map(name -> factory.<String>fromSession(session -> session.find(Note.class, name).text))
                .toList();
    }

    private static void change(Session session) {
        names.forEach(name -> session.find(Note.class, name).text = "new");
    }

    /** At each step, what others read and who has been told. */
    private static void watch(List<String> seen) {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step != Step.RECOVERED) {
                seen.add(step + " " + read() + (EVENTS.contains("committed") ? " told" : ""));
            }
        };
    }

    @Test
    void whatIsCommitted_isReadOnceItIsThere_andToldAtTheEnd() {
        List<String> seen = new ArrayList<>();
        watch(seen);
        factory.inTransaction(session -> change(session));
        assertThat(seen)
                .containsExactly(
                        "FLUSHED [old, old]",
                        "WRITTEN [old, old]",
                        "PREPARED [old, old]",
                        "ALL_PREPARED [old, old]",
                        "DECIDED [old, new]",
                        "COMPLETED [new, new]");
        assertThat(read()).containsOnly("new");
        assertThat(names).allMatch(CacheAroundDecisionTest::isCached);
        assertThat(EVENTS)
                .containsExactly(
                        "before update", "after update", "before update", "after update", "committed", "committed");
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"FLUSHED", "WRITTEN", "PREPARED", "ALL_PREPARED"})
    void whatIsRolledBack_isNeverRead(Step at) {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                assertThat(read()).containsOnly("old");
                throw new IllegalStateException("at " + step);
            }
        };
        assertThatThrownBy(() -> factory.inTransaction(session -> change(session)))
                .hasMessageContaining("at " + at);
        assertThat(read()).containsOnly("old");
        assertThat(EVENTS).doesNotContain("committed").contains("not committed");
        TwoPhase.observer = Step.Observer.NONE;
        factory.inTransaction(session -> change(session));
        assertThat(read()).containsOnly("new");
    }

    /** The second branch is committed by recovery only: until then others read what is there, and not for longer. */
    @Test
    void whatRecoveryCommits_isReadThen() {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.DECIDED) {
                throw new IllegalStateException("gone");
            }
        };
        factory.inTransaction(session -> change(session));
        factory.recoverTransactions();
        assertThat(read()).containsOnly("new");
    }

    /** Which somebody may have cached meanwhile, as the transaction's own sessions have ended. */
    @Test
    void whatRecoveryCommits_isNotHiddenByWhatWasCachedBefore() {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.DECIDED) {
                throw new IllegalStateException("gone");
            }
        };
        factory.inTransaction(session -> names.forEach(name -> session.find(Scrap.class, name).text = "new"));
        assertThat(scraps()).containsExactly("old", "new");
        assertThat(factory.getCache().containsEntity(Scrap.class, names.get(0))).isTrue();
        TwoPhase.observer = Step.Observer.NONE;
        factory.recoverTransactions();
        assertThat(scraps()).containsOnly("new");
    }

    private static List<String> scraps() {
        return names.stream()
                .map(name -> factory.<String>fromSession(session -> session.find(Scrap.class, name).text))
                .toList();
    }

    @Test
    void aVersionCheckOfARowThatIsOnlyRead_comesBeforeTheDecision() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(Note.class, names.get(0)).text = "new";
            session.find(Note.class, names.get(1), LockModeType.OPTIMISTIC);
            factory.inTransaction(other -> other.find(Note.class, names.get(1)).text = "other");
            assertThatThrownBy(session.getTransaction()::commit).hasMessageContaining("Newer version");
        }
        assertThat(read()).containsExactly("old", "other");
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(Note.class, names.get(0)).text = "new";
            session.find(Note.class, names.get(1), LockModeType.OPTIMISTIC_FORCE_INCREMENT);
            session.getTransaction().commit();
            assertThat(session.find(Note.class, names.get(1)).version).isEqualTo(2);
        }
        factory.getCache().evictAllRegions();
        assertThat(read()).containsExactly("new", "other");
        assertThat(factory.<Integer>fromSession(session -> session.find(Note.class, names.get(1)).version))
                .isEqualTo(2);
    }
}
