package io.hibernateshards.internal.transaction;

import static io.hibernateshards.Patience.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.hibernate.Session;
import org.hibernate.SessionEventListener;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One transaction that writes several shards: everywhere or nowhere, whatever fails and when. */
@Tag("pgbouncer")
class TwoPhaseTest {
    private static Purses purses;
    private static ShardedSessionFactory factory;
    private static List<String> names;

    @BeforeAll
    static void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 3));
        factory = purses.factory;
        names = purses.names;
        for (int shard = 0; shard < 3; shard++) {
            purses.execute(
                    shard,
                    "alter table Purse add constraint no_eleven exclude (coins with =) where (coins = 11)"
                            + " deferrable initially deferred");
        }
    }

    @AfterAll
    static void stop() {
        TwoPhase.patience = Duration.ofSeconds(5);
        purses.close();
    }

    @BeforeEach
    void fill() {
        purses.heal();
        purses.fill(10);
        factory.recoverTransactions();
        forgetDecisions();
    }

    private static void forgetDecisions() {
        for (int shard = 0; shard < 3; shard++) {
            purses.execute(
                    shard,
                    "do $$ begin if to_regclass('hibernate_shards.transaction_decision') is not null then"
                            + " truncate hibernate_shards.transaction_decision;"
                            + " update hibernate_shards.transaction_log set forgotten = null; end if; end $$");
        }
    }

    @AfterEach
    void leavesNothing() {
        TwoPhase.observer = Step.Observer.NONE;
        factory.recoverTransactions();
        assertThat(purses.prepared()).isZero();
        assertThat(factory.getInDoubtBranches()).isEmpty();
    }

    private static void transfer(Session session) {
        session.find(Purse.class, names.get(0)).coins -= 3;
        session.find(Purse.class, names.get(1)).coins += 1;
        session.find(Purse.class, names.get(2)).coins += 2;
    }

    // ---- what commits

    @Test
    void changesOfSeveralShards_areCommitted_andTheDecisionIsKept() {
        factory.inTransaction(session -> {
            session.find(Purse.class, names.get(0)).coins -= 3;
            session.find(Purse.class, names.get(2)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(1)).coins = 1;
        });
        assertThat(purses.coins()).containsExactly(7, 1, 13);
        assertThat(purses.prepared()).isZero();
        assertThat(purses.decisions()).isEqualTo(1);
        assertThat(factory.recoverTransactions()).isZero();
        assertThat(purses.decisions())
                .as("a standby that takes over may need it")
                .isEqualTo(1);
    }

    @Test
    void statelessRowsOfSeveralShards_areCommitted() {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.beginTransaction();
            names.forEach(name -> {
                Purse purse = session.get(Purse.class, name);
                purse.coins = 4;
                session.update(purse);
            });
            session.getTransaction().commit();
        }
        assertThat(purses.coins()).containsExactly(4, 4, 4);
    }

    @Test
    void branchesThatOnlyRead_areNotPrepared_andTheLastWriterDecides() {
        List<String> steps = new ArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> steps.add(step + " " + shard);
        factory.inTransaction(session -> {
            session.find(Purse.class, names.get(0));
            session.find(Purse.class, names.get(2)).coins = 1;
            session.flush();
            session.find(Purse.class, names.get(1)).coins = 1;
        });
        assertThat(steps)
                .containsExactly(
                        "FLUSHED shard1",
                        "WRITTEN shard1",
                        "PREPARED shard2",
                        "ALL_PREPARED shard1",
                        "DECIDED shard1",
                        "COMPLETED shard2");
    }

    @Test
    void oneWriter_isNotPrepared() {
        TwoPhase.observer = (step, transaction, shard) -> {
            throw new IllegalStateException("nobody needs two phases");
        };
        factory.inTransaction(session -> {
            names.forEach(name -> session.find(Purse.class, name));
            session.find(Purse.class, names.get(1)).coins = 5;
        });
        assertThat(purses.coins()).containsExactly(10, 5, 10);
    }

    @Test
    void session_isUsableAfterwards() {
        try (ShardedSession session = factory.openSession()) {
            for (int i = 0; i < 3; i++) {
                session.beginTransaction();
                transfer(session);
                session.getTransaction().commit();
                assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.COMMITTED);
            }
        }
        assertThat(purses.coins()).containsExactly(1, 13, 16);
    }

    @Test
    void nobodyIsTold_beforeItIsDecided() {
        List<String> told = new ArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> told.add(step.name());
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            names.forEach(name -> session.find(Purse.class, name));
            session.addEventListeners(new SessionEventListener() {
                @Override
                public void transactionCompletion(boolean successful) {
                    told.add("listener " + successful);
                }
            });
            session.getTransaction().registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    told.add("before");
                }

                @Override
                public void afterCompletion(int status) {
                    told.add("after " + (status == Status.STATUS_COMMITTED));
                }
            });
            transfer(session);
            session.getTransaction().commit();
        }
        assertThat(told)
                .containsExactly(
                        "before",
                        "FLUSHED",
                        "WRITTEN",
                        "PREPARED",
                        "PREPARED",
                        "ALL_PREPARED",
                        "DECIDED",
                        "COMPLETED",
                        "COMPLETED",
                        "listener true",
                        "listener true",
                        "listener true",
                        "after true");
    }

    // ---- what does not

    @Test
    void rollback_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            session.flush();
            session.getTransaction().rollback();
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aDeferredConstraint_ofAnyBranch_undoesAllShards(int bad) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.createMutationQuery("update Purse p set p.coins = 0").executeUpdate();
            String other = IntStream.range(1000, 9000)
                    .mapToObj(i -> "purse" + i)
                    .filter(name ->
                            factory.locate(Purse.class, name).equals(factory.locate(Purse.class, names.get(bad))))
                    .findFirst()
                    .orElseThrow();
            session.persist(new Purse(other, 11));
            session.find(Purse.class, names.get(bad)).coins = 11;
            assertThatThrownBy(session.getTransaction()::commit).satisfies(TwoPhaseTest::namesTheConstraint);
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
        assertThat(purses.prepared()).isZero();
        assertThat(purses.decisions()).isZero();
    }

    private static void namesTheConstraint(Throwable failure) {
        StringBuilder messages = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            messages.append(cause.getMessage());
        }
        assertThat(messages.toString()).contains("no_eleven");
        assertThat(failure).hasStackTraceContaining("on shard \"shard");
    }

    @Test
    void anOptimisticLockThatFails_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(Purse.class, names.get(0)).coins = 1;
            session.find(Purse.class, names.get(1)).coins = 1;
            session.find(Purse.class, names.get(2), LockModeType.OPTIMISTIC);
            factory.inTransaction(other -> other.find(Purse.class, names.get(2)).coins = 5);
            assertThatThrownBy(session.getTransaction()::commit).isNotInstanceOf(ShardingException.class);
        }
        assertThat(purses.coins()).containsExactly(10, 10, 5);
    }

    @Test
    void aTransactionThatTheServerHasFailed_isNotCommittedAnywhere() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            session.flush();
            session.doReturningWork(ShardId.of("shard2"), connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute("select 1 / 0");
                } catch (SQLException swallowed) {
                    return false;
                }
            });
            assertThatThrownBy(session.getTransaction()::commit).hasStackTraceContaining("transaction is aborted");
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
        assertThat(purses.prepared()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"FLUSHED", "WRITTEN", "PREPARED", "ALL_PREPARED"})
    void aFailureBeforeTheDecision_undoesAllShards(Step at) {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                throw new IllegalStateException("at " + step);
            }
        };
        List<Integer> outcomes = new ArrayList<>();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            outcomesOf(session, outcomes);
            assertThatThrownBy(session.getTransaction()::commit).hasMessageContaining("at " + at);
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(outcomes).containsExactly(Status.STATUS_ROLLEDBACK);
        assertThat(purses.prepared()).isZero();
        assertThat(purses.coins()).containsExactly(10, 10, 10);
        assertThat(purses.decisions()).isZero();
    }

    private static void outcomesOf(ShardedSession session, List<Integer> outcomes) {
        session.getTransaction().registerSynchronization(new Synchronization() {
            @Override
            public void beforeCompletion() {
                outcomes.clear();
            }

            @Override
            public void afterCompletion(int status) {
                outcomes.add(status);
            }
        });
    }

    /** Whatever connection breaks and whenever: all or nothing, and the application is told which. */
    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"LEARNED", "RECOVERED"})
    void aConnectionThatBreaks_leavesAllOrNothing(Step at) {
        for (int victim = 0; victim < 3; victim++) {
            purses.heal();
            purses.fill(10);
            int broken = victim;
            List<Integer> outcomes = new ArrayList<>();
            try (ShardedSession session = factory.openSession()) {
                session.beginTransaction();
                List<Integer> processes = factory.getTopology().shards().stream()
                        .map(shard -> session.createNativeQuery("select pg_backend_pid()", Integer.class)
                                .setHint(ShardHints.SHARD, shard)
                                .getSingleResult())
                        .toList();
                transfer(session);
                outcomesOf(session, outcomes);
                boolean[] done = {false};
                TwoPhase.observer = (step, transaction, shard) -> {
                    if (step == at && !done[0]) {
                        done[0] = true;
                        purses.execute(broken, "select pg_terminate_backend(" + processes.get(broken) + ", 5000)");
                    }
                };
                boolean committed = true;
                try {
                    session.getTransaction().commit();
                } catch (RuntimeException failure) {
                    committed = false;
                    assertThat(at).isLessThan(Step.DECIDED);
                }
                assertThat(done[0]).isTrue();
                assertThat(outcomes).containsExactly(committed ? Status.STATUS_COMMITTED : Status.STATUS_ROLLEDBACK);
                factory.recoverTransactions();
                assertThat(purses.prepared()).isZero();
                assertThat(purses.coins())
                        .as("%s, connection of shard %s", at, broken)
                        .isEqualTo(committed ? List.of(7, 11, 12) : List.of(10, 10, 10));
            }
        }
    }

    // ---- temporary tables

    private static void makeTemporaryTable(Session session, int shard) {
        session.createNativeMutationQuery("create temp table scratch" + shard + " (n int) on commit drop")
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .executeUpdate();
    }

    @Test
    void theBranchWithTemporaryTables_decides() {
        factory.inTransaction(session -> {
            transfer(session);
            session.flush();
            makeTemporaryTable(session, 1);
        });
        assertThat(purses.coins()).containsExactly(7, 11, 12);
    }

    @Test
    void theBranchThatRowsWereGatheredOn_decides() {
        factory.inTransaction(session -> {
            transfer(session);
            session.flush();
            assertThat(session.createQuery(
                                    "select p.name from Purse p where p.coins > (select avg(q.coins) from Purse q)",
                                    String.class)
                            .getResultList())
                    .containsExactlyInAnyOrder(names.get(1), names.get(2));
        });
        assertThat(purses.coins()).containsExactly(7, 11, 12);
    }

    @Test
    void temporaryTablesOnTwoShards_areRefused_andNothingIsStored() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            session.flush();
            makeTemporaryTable(session, 1);
            makeTemporaryTable(session, 2);
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.NOT_PREPARED))
                    .hasMessageContaining("temporary tables on [shard2, shard1]");
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void temporaryTablesThatNobodySaw_areRefusedByTheServer_andNothingIsStored() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            session.flush();
            session.doReturningWork(ShardId.of("shard1"), connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute("create temp table unseen (n int) on commit drop");
                }
            });
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.NOT_PREPARED))
                    .hasMessageContaining("shard \"shard1\"")
                    .hasMessageContaining("temporary");
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
    }

    // ---- names

    @Test
    void names_tellWhatPeopleWantToKnow_andAreNeverTooLong() {
        TransactionNames made = new TransactionNames("my shop's " + "x".repeat(100));
        ShardId shard = ShardId.of("s".repeat(63));
        String transaction = made.next("1234567890abc", shard);
        String branch = TransactionNames.branch(transaction, 8192, shard);
        assertThat(branch.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(200);
        assertThat(branch)
                .startsWith("hibernate-shards/my_shop_s_xxxxxx/"
                        + ProcessHandle.current().pid())
                .contains("/1234567890abc/sss")
                .contains("/8192-sss");
        TransactionNames.Parsed parsed = Objects.requireNonNull(TransactionNames.parse(branch));
        assertThat(parsed.transaction()).isEqualTo(transaction);
        assertThat(parsed.log()).isEqualTo("1234567890abc");
        assertThat(parsed.isOf(shard)).isTrue();
        assertThat(TransactionNames.parse("hibernate-shards/other")).isNull();
        assertThat(made.next("l", shard)).isNotEqualTo(made.next("l", shard));
    }

    // ---- start

    @Test
    void aServerThatPreparesNothing_refusesTheStart() {
        try (LocalCluster cluster = LocalCluster.start(
                Layout.DATABASES, 1, Collation.C, ServerOptions.FAST.with("max_prepared_transactions", "0"))) {
            assertThatThrownBy(() -> Purses.factory(cluster.settings(), "create"))
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.CONFIGURATION))
                    .hasMessageContaining("shard \"shard0\" has max_prepared_transactions = 0");
        }
    }

    /** Hibernate itself would say that there is no such entity. */
    @Test
    void find_whoseConnectionBreaksInATransaction_isAnErrorAndNotNull() {
        String name = purses.names.stream()
                .filter(one -> factory.locate(Purse.class, one).equals(ShardId.of("shard0")))
                .findFirst()
                .orElseThrow();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            int process = session.createNativeQuery("select pg_backend_pid()", Integer.class)
                    .setHint(ShardHints.SHARD, ShardId.of("shard0"))
                    .getSingleResult();
            purses.execute(0, "select pg_terminate_backend(" + process + ", 5000)");
            assertThatThrownBy(() -> session.find(Purse.class, name))
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.SHARD_UNAVAILABLE));
        }
    }

    // ---- recovery

    /** Runs once all branches are prepared, or at another step, in the middle of a commit. */
    private static void during(Step at, Runnable work) {
        boolean[] done = {false};
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at && !done[0]) {
                done[0] = true;
                work.run();
            }
        };
    }

    @Test
    void recovery_leavesALiveTransactionAlone() {
        List<InDoubtBranch> seen = new ArrayList<>();
        try (ShardedSessionFactory other = Purses.factory(purses.cluster.settings(), "none")) {
            during(Step.ALL_PREPARED, () -> {
                seen.addAll(other.getInDoubtBranches());
                assertThat(other.recoverTransactions()).isZero();
            });
            factory.inTransaction(TwoPhaseTest::transfer);
        }
        assertThat(seen).hasSize(2).allSatisfy(branch -> {
            assertThat(branch.name()).endsWith("-" + branch.shard());
            assertThat(branch.age().isNegative()).isFalse();
            assertThat(branch.owner()).isEqualTo(purses.cluster.shards().get(0).user());
        });
        assertThat(seen.stream().map(InDoubtBranch::shard).toList())
                .containsExactly(ShardId.of("shard0"), ShardId.of("shard1"));
        assertThat(purses.coins()).containsExactly(7, 11, 12);
    }

    @Test
    void whatASavepointTookBack_isNotCommitted() {
        factory.inTransaction(session -> {
            transfer(session);
            session.flush();
            for (ShardId shard : factory.getTopology().shards()) {
                ((ShardedSession) session).doReturningWork(shard, connection -> {
                    Savepoint before = connection.setSavepoint();
                    try (Statement statement = connection.createStatement()) {
                        assertThat(statement.executeUpdate("update Purse set coins = 99"))
                                .isPositive();
                    }
                    connection.rollback(before);
                    return true;
                });
            }
        });
        assertThat(purses.coins()).containsExactly(7, 11, 12);
    }

    @Test
    void aTimeout_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.getTransaction().setTimeout(1);
            session.beginTransaction();
            transfer(session);
            session.flush();
            assertThatThrownBy(() -> session.createNativeQuery("select 1 from pg_sleep(100)", Integer.class)
                            .setHint(ShardHints.SHARD, "shard1")
                            .getSingleResult())
                    .hasStackTraceContaining("canceling statement");
            session.getTransaction().commit(); // as Hibernate's, which fails only where JPA is followed to the letter
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
    }

    /** The query that the manual proposes for alerts. */
    @Test
    void anAlert_findsOldBranches() throws IOException {
        String page = Files.readString(Path.of("../docs/transactions.md"));
        int from = page.indexOf("```sql") + "```sql".length();
        String alert = page.substring(from, page.indexOf(";", from));
        List<Integer> found = new ArrayList<>();
        during(Step.ALL_PREPARED, () -> {
            found.add(purses.sum("select count(*) from (" + alert + ") a"));
            found.add(purses.sum("select count(*) from (" + alert.replace("5 minutes", "0 minutes") + ") a"));
        });
        factory.inTransaction(TwoPhaseTest::transfer);
        assertThat(found.get(0)).isZero();
        assertThat(found.get(1)).isPositive(); // shards of one server show each other's
    }

    @Test
    void recovery_byAnotherJvm_commitsWhatWasDecided() {
        during(Step.DECIDED, () -> {
            throw new IllegalStateException("gone");
        });
        factory.inTransaction(TwoPhaseTest::transfer);
        assertThat(purses.prepared()).isEqualTo(2);
        assertThat(purses.decisions()).isEqualTo(1);
        try (ShardedSessionFactory other = Purses.factory(purses.cluster.settings(), "none")) {
            other.recoverTransactions(); // or its own first run did
        }
        assertThat(purses.prepared()).isZero();
        assertThat(purses.coins()).containsExactly(7, 11, 12);
        assertThat(purses.decisions()).as("nobody knows that all is done").isEqualTo(1);
        purses.age("200 hours");
        factory.recoverTransactions();
        assertThat(purses.decisions()).as("old enough").isZero();
    }

    @Test
    void anOldDecision_isKeptAsLongAsABranchNeedsIt() {
        during(Step.DECIDED, () -> {
            throw new IllegalStateException("gone");
        });
        factory.inTransaction(TwoPhaseTest::transfer);
        purses.age("200 hours");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.LEARNED && shard.equals(ShardId.of("shard0"))) { // the last to be ended
                throw new IllegalStateException("not now");
            }
        };
        assertThat(factory.recoverTransactions()).isEqualTo(1);
        assertThat(purses.prepared()).isEqualTo(1);
        assertThat(purses.decisions()).isEqualTo(1);
        during(Step.DECIDED, () -> {});
        assertThat(factory.recoverTransactions()).isEqualTo(1);
        assertThat(purses.coins()).containsExactly(7, 11, 12);
        assertThat(purses.decisions()).isZero();
    }

    @Test
    void recovery_whileTheDecidingConnectionIsGone_rollsBack_andTheCommitFails() {
        try (ShardedSession session = factory.openSession();
                ShardedSessionFactory other = Purses.factory(purses.cluster.settings(), "none")) {
            session.beginTransaction();
            transfer(session);
            session.flush();
            int process = session.createNativeQuery("select pg_backend_pid()", Integer.class)
                    .setHint(ShardHints.SHARD, ShardId.of("shard2"))
                    .getSingleResult();
            int[] ended = {0};
            during(Step.ALL_PREPARED, () -> {
                purses.execute(2, "select pg_terminate_backend(" + process + ", 5000)");
                ended[0] = other.recoverTransactions();
            });
            assertThatThrownBy(session.getTransaction()::commit).isNotInstanceOf(ShardingException.class);
            assertThat(ended[0]).isEqualTo(2);
        }
        assertThat(purses.coins()).containsExactly(10, 10, 10);
    }

    /** They share one database, its prepared transactions and its catalog. */
    @Test
    void recovery_ofShardsThatAreSchemas_commitsWhatWasDecided() {
        assumeFalse(Boolean.getBoolean("shards.pgbouncer"), "it has no currentSchema");
        try (Purses schemas = new Purses(LocalCluster.shared(Layout.SCHEMAS, 3))) {
            schemas.fill(10);
            during(Step.DECIDED, () -> {
                throw new IllegalStateException("gone");
            });
            schemas.factory.inTransaction(
                    session -> schemas.names.forEach(name -> session.find(Purse.class, name).coins = 5));
            assertThat(schemas.factory.getInDoubtBranches())
                    .extracting(InDoubtBranch::shard)
                    .containsExactlyInAnyOrder(ShardId.of("shard0"), ShardId.of("shard1"));
            assertThat(schemas.factory.recoverTransactions()).isEqualTo(2);
            assertThat(schemas.coins()).containsExactly(5, 5, 5);
        }
    }

    /** Cut off as the deciding server commits: nobody knows, until the shard can be asked. */
    @Test
    void aDecisionThatNobodyCanAskFor_isInDoubt_andRecovered() {
        assumeFalse(Boolean.getBoolean("shards.pgbouncer"), "it has connections for a server that is down");
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 2);
                ShardedSessionFactory own = Purses.factory(withShortTimeouts(cluster), "create")) {
            List<String> both =
                    Purses.names(own, 1).stream().map(list -> list.get(0)).toList();
            own.inTransaction(session -> both.forEach(name -> session.persist(new Purse(name, 10))));
            during(Step.ALL_PREPARED, () -> cluster.kill(1));
            List<Integer> outcomes = new ArrayList<>();
            try (ShardedSession session = own.openSession()) {
                session.beginTransaction();
                both.forEach(name -> session.find(Purse.class, name).coins = 5);
                outcomesOf(session, outcomes);
                assertThatThrownBy(session.getTransaction()::commit)
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(ShardErrorCode.IN_DOUBT))
                        .hasMessageContaining("hibernate-shards/")
                        .hasMessageContaining("over shards [shard1, shard0] is in doubt");
                assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.FAILED_COMMIT);
            }
            assertThat(outcomes).containsExactly(Status.STATUS_UNKNOWN);
            assertThat(own.getInDoubtBranches())
                    .extracting(InDoubtBranch::shard)
                    .containsExactly(ShardId.of("shard0"));
            assertThat(own.recoverTransactions())
                    .as("its deciding shard is down")
                    .isZero();
            cluster.restart(1);
            int recovered = 0;
            for (int attempt = 0; recovered == 0 && attempt < 100; attempt++) {
                recovered = own.recoverTransactions(); // a shard that gives no connection yet is passed over
            }
            assertThat(recovered).isEqualTo(1);
            assertThat(own.getInDoubtBranches()).isEmpty();
            List<Integer> coins = eventually(() -> own.fromTransaction(session -> both.stream()
                    .map(name -> session.find(Purse.class, name).coins)
                    .toList()));
            assertThat(coins).containsExactly(10, 10);
        }
    }

    private static Map<String, String> withShortTimeouts(LocalCluster cluster) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.shards.pool.connection-timeout", "5000");
        return settings;
    }

    @Test
    void branchesOfAnotherLog_areLeftAlone() {
        String foreign = TransactionNames.branch(
                new TransactionNames("other").next("nobodysLog", ShardId.of("shard0")), 2, ShardId.of("shard1"));
        purses.execute(
                1,
                "begin; insert into Purse (name, coins, version) values ('foreign', 1, 0); prepare transaction '"
                        + foreign + "'");
        assertThat(factory.recoverTransactions()).isZero();
        assertThat(factory.getInDoubtBranches()).extracting(InDoubtBranch::name).containsExactly(foreign);
        purses.execute(1, "rollback prepared '" + foreign + "'");
    }

    @Test
    void steps_areAllCovered() {
        Set<Step> seen = EnumSet.noneOf(Step.class);
        TwoPhase.observer = (step, transaction, shard) -> seen.add(step);
        factory.inTransaction(TwoPhaseTest::transfer);
        assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(Step.LEARNED, Step.RECOVERED)));
    }
}
