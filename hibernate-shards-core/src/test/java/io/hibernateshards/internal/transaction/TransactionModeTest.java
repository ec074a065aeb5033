package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which mode a transaction has: the servers', the setting's, or that of its session. */
class TransactionModeTest {
    private static Purses purses;
    private static List<String> names;
    private static ShardedSessionFactory factory;

    private final AtomicInteger prepared = new AtomicInteger();

    @BeforeAll
    static void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
        names = purses.names;
        factory = Purses.configured(purses.cluster.settings(), "none").build();
    }

    @AfterAll
    static void stop() {
        TwoPhase.patience = Duration.ofSeconds(5);
        factory.close();
        purses.close();
    }

    @BeforeEach
    void fill() {
        purses.fill(10);
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.PREPARED) {
                prepared.incrementAndGet();
            }
        };
    }

    @AfterEach
    void leavesNothing() {
        TwoPhase.observer = Step.Observer.NONE;
        assertThat(purses.prepared()).isZero();
    }

    private static void transfer(Session session) {
        session.find(Purse.class, names.get(0)).coins -= 1;
        session.find(Purse.class, names.get(1)).coins += 1;
    }

    private static void assertOneShard(ThrowingCallable commit) {
        assertCode(ShardErrorCode.CROSS_SHARD_TRANSACTION, commit);
        assertThat(purses.coins()).containsExactly(10, 10);
    }

    private static void assertCode(ShardErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    @Test
    void withoutSetting_shardsCommitInTwoPhases_whereServersPrepare() {
        factory.inTransaction(TransactionModeTest::transfer);
        assertThat(purses.coins()).containsExactly(9, 11);
        assertThat(prepared).hasValue(1);
    }

    @Test
    void withoutSetting_oneShardIsWritten_whereAServerPreparesNothing() {
        try (LocalCluster cluster = LocalCluster.start(
                        Layout.DATABASES, 2, Collation.C, ServerOptions.FAST.with("max_prepared_transactions", "0"));
                ShardedSessionFactory unable =
                        Purses.configured(cluster.settings(), "create").build()) {
            List<String> own =
                    Purses.names(unable, 1).stream().map(list -> list.get(0)).toList();
            ThrowingCallable both =
                    () -> unable.inTransaction(session -> own.forEach(name -> session.persist(new Purse(name, 1))));
            assertThatThrownBy(both).hasMessageContaining("one transaction may write one shard");
            try (ShardedSession session = unable.openSession()) {
                assertThatThrownBy(() -> session.setTransactionMode(TransactionMode.TWO_PHASE))
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(ShardErrorCode.CONFIGURATION))
                        .hasMessageContainingAll("shard0", "shard1", "max_prepared_transactions = 0", "restart");
                session.setTransactionMode(TransactionMode.BEST_EFFORT);
                session.inTransaction(transaction -> own.forEach(name -> session.persist(new Purse(name, 1))));
            }
            assertThat(unable.<Long>fromSession(session -> session.createQuery("select count(*) from Purse", Long.class)
                            .getSingleResult()))
                    .isEqualTo(2);
        }
    }

    @Test
    void ofASession_holdsForItsTransactions_untilItIsSetAgain() {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            for (int i = 0; i < 2; i++) {
                assertOneShard(() -> session.inTransaction(transaction -> {
                    session.clear();
                    transfer(session);
                }));
            }
            session.setTransactionMode(TransactionMode.BEST_EFFORT);
            session.clear();
            session.inTransaction(transaction -> transfer(session));
            assertThat(prepared).hasValue(0);
            session.setTransactionMode(null);
            session.inTransaction(transaction -> transfer(session));
            assertThat(prepared).hasValue(1);
        }
        assertThat(purses.coins()).containsExactly(8, 12);
    }

    @Test
    void ofAStatelessSession() {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            assertOneShard(() -> {
                session.beginTransaction();
                session.updateMultiple(
                        List.of(session.get(Purse.class, names.get(0)), session.get(Purse.class, names.get(1))));
            });
            session.getTransaction().rollback();
        }
    }

    @Test
    void duringATransaction_isTaken_untilASecondShardIsWritten() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(Purse.class, names.get(0)).coins--;
            session.flush();
            session.setTransactionMode(TransactionMode.BEST_EFFORT);
            session.find(Purse.class, names.get(1)).coins++;
            session.flush();
            session.setTransactionMode(TransactionMode.BEST_EFFORT);
            assertThatThrownBy(() -> session.setTransactionMode(TransactionMode.TWO_PHASE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("shard0", "shard1", "best-effort");
            session.getTransaction().commit();
        }
        assertThat(prepared).hasValue(0);
        assertThat(purses.coins()).containsExactly(9, 11);
    }

    @Test
    void asAHint_ofAnEntityManager() {
        try (EntityManager entityManager =
                factory.createEntityManager(Map.of(ShardHints.TRANSACTION_MODE, "single-shard"))) {
            assertThat(entityManager.getProperties()).containsEntry(ShardHints.TRANSACTION_MODE, "single-shard");
            assertOneShard(() -> {
                entityManager.getTransaction().begin();
                transfer(entityManager.unwrap(Session.class));
                entityManager.flush();
            });
            entityManager.getTransaction().rollback();
            entityManager.setProperty(ShardHints.TRANSACTION_MODE, TransactionMode.TWO_PHASE);
            entityManager.getTransaction().begin();
            entityManager.clear();
            transfer(entityManager.unwrap(Session.class));
            entityManager.getTransaction().commit();
            assertThat(prepared).hasValue(1);
            assertThatThrownBy(() -> entityManager.setProperty(ShardHints.TRANSACTION_MODE, "three-phase"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("three-phase");
        }
    }

    @Test
    void aUserWhoMayNotMakeTheCatalog_isRefusedAtTheStart_withTheCure() {
        purses.execute(0, "create role clerk login password 'clerk'");
        for (int shard = 0; shard < 2; shard++) {
            purses.execute(shard, "grant select, insert, update, delete on Purse to clerk");
        }
        Map<String, String> settings = new HashMap<>(purses.cluster.settings());
        settings.keySet().stream()
                .filter(name -> name.endsWith(".username"))
                .forEach(name -> settings.put(name, "clerk"));
        settings.keySet().stream()
                .filter(name -> name.endsWith(".password"))
                .forEach(name -> settings.put(name, "clerk"));
        settings.put(ShardSettings.CATALOG_SCHEMA, "forbidden");
        try {
            assertThatThrownBy(() -> Purses.configured(settings, "none").build().close())
                    .hasStackTraceContaining("create schema \"forbidden\" authorization \"clerk\"")
                    .hasStackTraceContaining("on shard \"shard0\"");
        } finally {
            for (int shard = 0; shard < 2; shard++) {
                purses.execute(shard, "drop owned by clerk");
            }
            purses.execute(0, "drop role clerk");
        }
    }

    /** Whatever its own mode is: the branches hold locks. */
    @Test
    @Timeout(300)
    void recovery_runsAtTheStart_ofAJvmThatCommitsOtherwise() {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.DECIDED) {
                throw new IllegalStateException("gone");
            }
        };
        factory.inTransaction(TransactionModeTest::transfer);
        assertThat(purses.prepared()).isEqualTo(1);
        List<Step> recovered = new CopyOnWriteArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> recovered.add(step);
        TwoPhase.patience = Duration.ZERO;
        try (ShardedSessionFactory other = Purses.configured(purses.cluster.settings(), "none")
                .setting(ShardSettings.TRANSACTION_MODE, "single-shard")
                .build()) {
            while (purses.prepared() > 0) {
                assertThat(other.isOpen()).isTrue();
            }
        } finally {
            TwoPhase.patience = Duration.ofHours(1);
        }
        assertThat(recovered).as("before the branch was ended").startsWith(Step.LEARNED);
        assertThat(purses.coins()).containsExactly(9, 11);
    }
}
