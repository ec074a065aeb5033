package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.internal.transaction.Counters.Counter;
import jakarta.persistence.LockModeType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.hibernate.HibernateException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * A lock protects what its transaction wrote on other shards, whatever happens behind the decision. The mutex is on the first
 * shard, the second one decides, and what the mutex protects is on the third.
 */
class LocksAfterFaultsTest {
    private static final int MUTEX = 0;
    private static final int DECIDING = 1;
    private static final int PROTECTED = 2;

    private enum Fault {
        CUT,
        LOSE_ANSWER,
        CUT_ALL
    }

    private static final List<Relay> RELAYS = new ArrayList<>();

    private static Counters counters;
    private static ShardedSessionFactory factory;
    private static List<String> names;

    @BeforeAll
    static void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        counters = new Counters(LocksAfterFaultsTest::relayed);
        factory = counters.factory;
        names = counters.names;
        counters.reset();
    }

    private static Map<String, String> relayed(LocalCluster cluster) {
        cluster.shards().forEach(shard -> RELAYS.add(new Relay(shard)));
        Map<String, String> settings = Relay.settings(cluster, RELAYS);
        settings.put("hibernate.shards.pool.connection-timeout", "1000");
        return settings;
    }

    @AfterAll
    static void stop() {
        TwoPhase.patience = Duration.ofSeconds(5);
        counters.close();
        RELAYS.forEach(Relay::close);
        RELAYS.clear();
    }

    @BeforeEach
    void reset() {
        counters.onAll("update Counter set amount = 0");
    }

    @AfterEach
    void leavesNothing() {
        TwoPhase.observer = Step.Observer.NONE;
        RELAYS.forEach(Relay::admit);
        for (int i = 0; counters.prepared() > 0 && i < 1000; i++) {
            factory.recoverTransactions();
        }
        assertThat(counters.prepared()).isZero();
    }

    /** Counts; an attempt that had one of the connections that an earlier test has cut is repeated. */
    private static void count(boolean writesMutex, Consumer<ShardedSession> flushed) {
        boolean[] sent = {false};
        while (!sent[0]) {
            try {
                factory.inTransaction(opened -> {
                    ShardedSession session = (ShardedSession) opened;
                    Counter mutex = session.find(Counter.class, names.get(MUTEX), LockModeType.PESSIMISTIC_WRITE);
                    if (writesMutex) {
                        mutex.amount++;
                    }
                    Counters.find(session, names.get(PROTECTED)).amount++;
                    session.flush();
                    Counters.find(session, names.get(DECIDING)).amount++;
                    session.flush();
                    sent[0] = true;
                    flushed.accept(session);
                });
            } catch (HibernateException cut) {
                if (sent[0]) {
                    throw cut;
                }
            }
        }
    }

    private static Relay.Link link(ShardedSession session, int shard) {
        ShardedTransaction transaction = (ShardedTransaction) session.getTransaction();
        Branch<?> branch = transaction.branches().open().stream()
                .filter(open -> open.shard().equals(ShardId.of("shard" + shard)))
                .findFirst()
                .orElseThrow();
        try {
            int port = counters.number(
                    shard,
                    "select client_port from pg_stat_activity where pid = "
                            + branch.connection().unwrap(PGConnection.class).getBackendPID());
            return Objects.requireNonNull(RELAYS.get(shard).link(port));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void when(Step at, Runnable work) {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                work.run();
            }
        };
    }

    /** What somebody sees who gets the mutex; fails if it is locked. */
    private static int seenUnderMutex() throws SQLException {
        try (Connection connection = counters.cluster.shards().get(MUTEX).connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select * from Counter where name = '" + names.get(MUTEX) + "' for update nowait");
            return counters.amounts().get(PROTECTED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoGetsTheLock_seesWhatItProtects_thoughTheConnectionBrokeBehindTheDecision(Fault fault) throws SQLException {
        for (boolean writesMutex : List.of(false, true)) {
            reset();
            boolean[] struck = {false};
            count(writesMutex, session -> {
                Relay.Link link = link(session, PROTECTED);
                when(Step.DECIDED, () -> {
                    struck[0] = link.isOpen();
                    switch (fault) {
                        case CUT -> link.cut();
                        case LOSE_ANSWER -> link.loseAnswer();
                        case CUT_ALL -> RELAYS.get(PROTECTED).cut();
                    }
                });
            });
            assertThat(struck[0]).isTrue();
            assertThat(seenUnderMutex()).isEqualTo(1);
            assertThat(counters.prepared()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatCannotBeCommitted_keepsTheLockThatProtectsIt_andRecoveryToo(boolean writesMutex) throws SQLException {
        when(Step.DECIDED, RELAYS.get(PROTECTED)::refuse);
        count(writesMutex, session -> {});
        assertThat(counters.amounts().get(DECIDING)).as("decided").isEqualTo(1);
        assertLocked();
        assertThat(factory.recoverTransactions()).as("the shard is cut off").isZero();
        assertLocked();

        RELAYS.get(PROTECTED).admit();
        List<String> recovered = recover(2);
        assertThat(recovered).containsExactly("shard" + PROTECTED + " 1 0", "shard" + MUTEX + " 1 0");
        assertThat(seenUnderMutex()).isEqualTo(1);
    }

    private static void assertLocked() {
        assertThatThrownBy(LocksAfterFaultsTest::seenUnderMutex)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
        assertThat(counters.prepared()).isEqualTo(2);
    }

    /** Runs until so many branches have ended, and tells what was seen after each. */
    private static List<String> recover(int branches) {
        List<String> recovered = new ArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.RECOVERED) {
                recovered.add(shard + " " + counters.amounts().get(PROTECTED) + " "
                        + counters.number(0, "select count(*) from pg_prepared_xacts where gid like '%/2-%'"));
            }
        };
        for (int i = 0; recovered.size() < branches && i < 1000; i++) {
            factory.recoverTransactions();
        }
        return recovered;
    }

    @Test
    void aBranchThatRecoveryCannotCommit_isFollowedByNoOther() {
        when(Step.DECIDED, () -> {
            throw new IllegalStateException("left to recovery");
        });
        count(false, session -> {});
        assertThat(counters.prepared()).isEqualTo(2);
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.LEARNED && shard.equals(ShardId.of("shard" + PROTECTED))) {
                throw new IllegalStateException("not now");
            }
        };
        assertThat(factory.recoverTransactions()).isZero();
        assertLocked();
        assertThat(recover(2)).containsExactly("shard" + PROTECTED + " 1 0", "shard" + MUTEX + " 1 0");
    }
}
