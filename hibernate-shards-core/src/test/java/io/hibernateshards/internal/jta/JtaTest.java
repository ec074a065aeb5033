package io.hibernateshards.internal.jta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.internal.jta.Tills.Badge;
import io.hibernateshards.internal.jta.Tills.Mint;
import io.hibernateshards.internal.jta.Tills.Till;
import jakarta.persistence.TransactionRequiredException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.hibernate.HibernateException;
import org.hibernate.Interceptor;
import org.hibernate.ScrollableResults;
import org.hibernate.Session;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions in the transactions of Narayana. */
class JtaTest {
    private static Tills tills;
    private static ShardedSessionFactory factory;
    private static List<String> names;
    private static TransactionManager manager;

    @BeforeAll
    static void start() {
        manager = Narayana.start();
        tills = new Tills(LocalCluster.shared(Layout.DATABASES, 3));
        factory = tills.factory;
        names = tills.names;
        for (int shard = 0; shard < 3; shard++) {
            tills.execute(
                    shard,
                    "alter table Till add constraint no_eleven exclude (coins with =) where (coins = 11)"
                            + " deferrable initially deferred");
        }
    }

    @AfterAll
    static void stop() {
        tills.close();
    }

    @BeforeEach
    void fill() {
        tills.fill();
    }

    @AfterEach
    void leavesNothing() throws Exception {
        int left = manager.getStatus();
        if (left != Status.STATUS_NO_TRANSACTION) {
            manager.rollback(); // of the one test that failed, and no others
        }
        assertThat(left).isEqualTo(Status.STATUS_NO_TRANSACTION);
        assertThat(tills.prepared()).containsOnly(0);
        assertThat(tills.inTransaction()).isZero();
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.createSelectionQuery("select count(*) from Till", Long.class)
                            .getSingleResult())
                    .as("reading as if nothing had been")
                    .isEqualTo(3L);
        }
    }

    private static void transfer(Session session) {
        session.find(Till.class, names.get(0)).coins -= 3;
        session.find(Till.class, names.get(1)).coins += 3;
    }

    private static List<Integer> preparedWhenCommitting() throws Exception {
        List<Integer> seen = new ArrayList<>();
        manager.getTransaction().enlistResource(new Watcher(() -> seen.addAll(tills.prepared()), () -> {}));
        return seen;
    }

    @Test
    void anIsolationLevel_isRefused_asConnectionsAreThoseOfAllSessions() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            assertThatThrownBy(() -> session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll("HS-031", "hibernate.shards.pool.transaction-isolation");
        }
        manager.commit();
    }

    // ---- what PostgreSQL would not store, and says so to nobody

    private static void update(ShardedStatelessSession session, int shards) {
        for (String name : names.subList(0, shards)) {
            Till till = session.get(Till.class, name);
            till.coins = 5;
            session.update(till);
        }
    }

    private static void assertEnded() {
        assertThatThrownBy(manager::commit)
                .isInstanceOf(jakarta.transaction.RollbackException.class)
                .hasStackTraceContaining("HS-027");
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aStatementThatFailed_rollsAllShardsBack_thoughTheApplicationGoesOn(int shards) throws Exception {
        manager.begin();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            update(session, shards);
            assertThatThrownBy(() -> session.insert(new Till(names.get(0), 1)))
                    .isInstanceOf(ConstraintViolationException.class);
            assertEnded();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aStreamThatFailed_rollsAllShardsBack_thoughTheApplicationGoesOn(int shards) throws Exception {
        manager.begin();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            update(session, shards);
            assertThatThrownBy(() -> session.createSelectionQuery("select 1 / (coins - 5) from Till", Integer.class)
                            .setFetchSize(1)
                            .getResultStream()
                            .toList())
                    .isInstanceOf(HibernateException.class);
            assertEnded();
        }
    }

    @Test
    void aLockThatFailed_rollsAllShardsBack_thoughTheApplicationGoesOn() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.find(Till.class, names.get(1)).coins = 5;
            session.doReturningWork(factory.locate(Till.class, names.get(0)), connection -> {
                try (Statement lock = connection.createStatement()) {
                    assertThatThrownBy(() -> lock.execute("select 1 / 0 from Till for update"))
                            .isInstanceOf(SQLException.class);
                }
                return null;
            });
            assertEnded();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"commit", "rollback", "rollback; begin"})
    void sqlThatEndsABranch_rollsTheOthersBack(String sql) throws Exception {
        manager.begin();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            update(session, 2);
            Till till = session.get(Till.class, names.get(1));
            till.coins = 6;
            session.update(till);
            for (String one : sql.split("; ", -1)) {
                session.createNativeMutationQuery(one)
                        .setHint(ShardHints.SHARD, factory.locate(Till.class, names.get(0)))
                        .executeUpdate();
            }
            assertThatThrownBy(manager::commit)
                    .isInstanceOf(jakarta.transaction.RollbackException.class)
                    .hasStackTraceContaining("HS-027");
        }
        assertThat(tills.coins().subList(1, 3)).containsExactly(10, 10);
    }

    private enum End {
        COMMIT {
            @Override
            void on(Connection connection) throws SQLException {
                connection.commit();
            }
        },
        ROLLBACK {
            @Override
            void on(Connection connection) throws SQLException {
                connection.rollback();
            }
        },
        CLOSE {
            @Override
            void on(Connection connection) throws SQLException {
                connection.close();
            }
        },
        AUTO_COMMIT {
            @Override
            void on(Connection connection) throws SQLException {
                connection.setAutoCommit(true);
            }
        };

        abstract void on(Connection connection) throws SQLException;
    }

    @ParameterizedTest
    @EnumSource
    void workThatWouldEndABranch_isRefused_andSavepointsAreNot(End end) throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.flush();
            session.doReturningWork(factory.locate(Till.class, names.get(0)), connection -> {
                Savepoint before = connection.setSavepoint();
                try (Statement statement = connection.createStatement()) {
                    assertThatThrownBy(() -> statement.execute("select 1 / 0")).isInstanceOf(SQLException.class);
                }
                connection.rollback(before);
                assertThatThrownBy(() -> end.on(connection))
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContainingAll("HS-031", "belongs to a JTA transaction");
                connection.setAutoCommit(false);
                return null;
            });
            assertThat(tills.coins()).containsExactly(10, 10, 10);
            manager.commit();
        }
        assertThat(tills.coins()).containsExactly(7, 13, 10);
    }

    // ---- what commits

    /** Writes once as it is reached, to a shard that the session has not used. */
    private static final class LateWriter implements Interceptor {
        private final boolean beforeFlush;
        private @Nullable Session session;

        LateWriter(boolean beforeFlush) {
            this.beforeFlush = beforeFlush;
        }

        private void write(boolean flushing) {
            Session current = session;
            if (current != null && flushing == beforeFlush) {
                session = null;
                current.find(Till.class, names.get(2)).coins = 7;
                current.persist(new Badge(names.get(1), "late " + flushing));
                if (!flushing) {
                    current.flush();
                }
            }
        }

        @Override
        public void preFlush(Iterator<Object> entities) {
            write(true);
        }

        @Override
        public void beforeTransactionCompletion(org.hibernate.Transaction transaction) {
            write(false);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writesOfAnInterceptor_toShardsNotUsedBefore_areCommitted(boolean beforeFlush) throws Exception {
        LateWriter writer = new LateWriter(beforeFlush);
        manager.begin();
        try (Session session = factory.withOptions().interceptor(writer).openSession()) {
            writer.session = session;
            session.find(Till.class, names.get(0)).coins = 3;
            manager.commit();
        }
        assertThat(tills.coins()).containsExactly(3, 10, 7);
        Badge badge = factory.fromTransaction(session -> {
            Badge found = session.find(Badge.class, names.get(1));
            session.remove(found);
            return found;
        });
        assertThat(badge.number).isEqualTo("late " + beforeFlush);
    }

    @Test
    void changesOfSeveralShards_arePreparedAndCommitted_byTheTransactionManager() throws Exception {
        manager.begin();
        List<Integer> prepared;
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.isJoinedToTransaction()).isTrue();
            transfer(session);
            session.find(Till.class, names.get(2));
            session.flush();
            prepared = preparedWhenCommitting();
            assertThat(tills.coins()).containsExactly(10, 10, 10);
            manager.commit();
            assertThat(session.isJoinedToTransaction()).isFalse();
        }
        assertThat(prepared).as("the one that only read is not prepared").containsExactly(1, 1, 0);
        assertThat(tills.coins()).containsExactly(7, 13, 10);
    }

    @Test
    void everyShardIsFlushed_beforeAnyBranchIsPrepared() throws Exception {
        manager.begin();
        List<Integer> prepared;
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            prepared = preparedWhenCommitting();
            manager.commit();
        }
        assertThat(prepared).hasSize(3);
        assertThat(tills.coins()).containsExactly(7, 13, 10);
    }

    @Test
    void rolledBackTransaction_leavesNothing() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.flush();
            manager.rollback();
            assertThat(session.isJoinedToTransaction()).isFalse();
            assertThat(session.find(Till.class, names.get(0)).coins).isEqualTo(10);
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void rollbackOnly_rollsAllShardsBack() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.flush();
            session.getTransaction().setRollbackOnly();
            assertThat(manager.getStatus()).isEqualTo(Status.STATUS_MARKED_ROLLBACK);
            assertThatThrownBy(manager::commit).isInstanceOf(jakarta.transaction.RollbackException.class);
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void shardThatDoesNotPrepare_rollsAllBack() throws Exception {
        tills.execute(1, "insert into Till (name, coins, version) values ('" + names.get(1) + "x', 11, 0)");
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.find(Till.class, names.get(0)).coins = 1;
            session.find(Till.class, names.get(1)).coins = 11;
            assertThatThrownBy(manager::commit).isInstanceOf(jakarta.transaction.RollbackException.class);
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
        tills.execute(1, "delete from Till where name = '" + names.get(1) + "x'");
    }

    @Test
    void staleVersion_failsBeforeAnythingIsPrepared() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            tills.execute(1, "update Till set version = 7");
            assertThatThrownBy(manager::commit).isInstanceOf(jakarta.transaction.RollbackException.class);
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void oneShard_isCommittedInOnePhase() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.createNativeMutationQuery("create temporary table unprepared (x int) on commit drop")
                    .setHint(ShardHints.SHARD, factory.locate(Till.class, names.get(0)))
                    .executeUpdate();
            session.find(Till.class, names.get(0)).coins = 4;
            manager.commit();
        }
        assertThat(tills.coins()).as("PostgreSQL would not have prepared it").containsExactly(4, 10, 10);
    }

    @Test
    void temporaryTables_besideOtherShards_areRefused() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.createNativeMutationQuery("create temporary table unprepared (x int) on commit drop")
                    .setHint(ShardHints.SHARD, factory.locate(Till.class, names.get(0)))
                    .executeUpdate();
            transfer(session);
            assertThatThrownBy(manager::commit)
                    .isInstanceOf(jakarta.transaction.RollbackException.class)
                    .hasStackTraceContaining("made temporary tables there");
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void statelessRows_areCommittedTogether() throws Exception {
        manager.begin();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            for (String name : names) {
                Till till = session.get(Till.class, name);
                till.coins = 5;
                session.update(till);
            }
            assertThat(tills.coins()).containsExactly(10, 10, 10);
        }
        manager.commit();
        assertThat(tills.coins()).containsExactly(5, 5, 5);
    }

    @Test
    void statelessRows_inATransactionThatCanOnlyBeRolledBack_areRefused() throws Exception {
        manager.begin();
        manager.setRollbackOnly();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            Till till = new Till(names.get(0) + "y", 1);
            assertThatThrownBy(() -> session.insert(till))
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED));
        }
        manager.rollback();
    }

    // ---- sessions and transactions

    @Test
    void twoSessionsInOneTransaction_shareItsConnections() throws Exception {
        manager.begin();
        List<Integer> prepared;
        try (ShardedSession one = factory.openSession();
                ShardedSession two = factory.openSession()) {
            one.find(Till.class, names.get(0)).coins = 1;
            one.flush();
            assertThat(two.find(Till.class, names.get(0)).coins).isEqualTo(1);
            two.find(Till.class, names.get(0)).coins = 2;
            two.flush();
            two.find(Till.class, names.get(1)).coins = 3;
            prepared = preparedWhenCommitting();
            manager.commit();
        }
        assertThat(prepared).isNotEmpty();
        assertThat(tills.coins()).containsExactly(2, 3, 10);
    }

    @Test
    void suspendedTransaction_isGoneOnWithLater() throws Exception {
        manager.begin();
        try (ShardedSession outer = factory.openSession()) {
            transfer(outer);
            outer.flush();
            Transaction suspended = manager.suspend();
            manager.begin();
            assertThatThrownBy(() -> outer.find(Till.class, names.get(2)))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("which is suspended");
            try (ShardedSession inner = factory.openSession()) {
                inner.find(Till.class, names.get(2)).coins = 1;
                manager.commit();
            }
            assertThat(tills.coins()).containsExactly(10, 10, 1);
            manager.resume(suspended);
            manager.commit();
        }
        assertThat(tills.coins()).containsExactly(7, 13, 1);
    }

    @Test
    void sessionThatIsOlderThanTheTransaction_joinsIt_andTheNext() throws Exception {
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.isJoinedToTransaction()).isFalse();
            assertThat(session.find(Till.class, names.get(0)).coins).isEqualTo(10);
            assertThatThrownBy(session::flush).isInstanceOf(TransactionRequiredException.class);
            assertThatThrownBy(session::joinTransaction).isInstanceOf(TransactionRequiredException.class);
            for (int i = 0; i < 2; i++) {
                manager.begin();
                transfer(session);
                manager.commit();
            }
        }
        assertThat(tills.coins()).containsExactly(4, 16, 10);
    }

    @Test
    void sessionThatDoesNotJoinByItself_joinsWhenTold() throws Exception {
        manager.begin();
        try (Session session = factory.withOptions().autoJoinTransactions(false).openSession()) {
            transfer(session);
            assertThat(session.isJoinedToTransaction()).isFalse();
            session.joinTransaction();
            assertThat(session.isJoinedToTransaction()).isTrue();
            manager.commit();
        }
        assertThat(tills.coins()).containsExactly(7, 13, 10);
    }

    @Test
    void hibernatesOwnTransaction_beginsAndCommitsTheManagers() throws Exception {
        List<String> told = new ArrayList<>();
        try (ShardedSession session = factory.openSession()) {
            org.hibernate.Transaction transaction = session.beginTransaction();
            assertThat(manager.getStatus()).isEqualTo(Status.STATUS_ACTIVE);
            transaction.registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    session.find(Till.class, names.get(2)).coins = 1;
                    told.add("before");
                }

                @Override
                public void afterCompletion(int status) {
                    told.add("after " + status + tills.coins());
                }
            });
            transfer(session);
            transaction.commit();
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.NOT_ACTIVE);
        }
        assertThat(told).containsExactly("before", "after " + Status.STATUS_COMMITTED + "[7, 13, 1]");
    }

    @Test
    void hibernatesOwnTransaction_tellsWhyItFailed() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            transfer(session);
            tills.execute(1, "update Till set version = 7");
            assertThatThrownBy(() -> session.getTransaction().commit()).hasStackTraceContaining("StaleObjectState");
            assertThat(session.getTransaction().isActive()).isFalse();
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
        factory.inTransaction(session -> session.find(Till.class, names.get(2)).coins = 3);
        assertThat(tills.coins()).containsExactly(10, 10, 3);
    }

    @Test
    void timedOutTransaction_failsTheNextUse_andStoresNothing() throws Exception {
        manager.setTransactionTimeout(1);
        manager.begin();
        manager.setTransactionTimeout(0);
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.flush();
            while (manager.getStatus() == Status.STATUS_ACTIVE || tills.inTransaction() > 0) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(() -> {
                        while (true) { // until the manager has told the session
                            session.find(Till.class, names.get(2));
                        }
                    })
                    .isInstanceOfAny(HibernateException.class, IllegalStateException.class);
            manager.rollback();
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void currentSession_isTheTransactions() throws Exception {
        assertThatThrownBy(factory::getCurrentSession).hasMessageContaining("no JTA transaction is in progress");
        manager.begin();
        ShardedSession session = factory.getCurrentSession();
        assertThat(factory.getCurrentSession()).isSameAs(session);
        transfer(session);
        manager.commit();
        assertThat(session.isOpen()).isFalse();
        assertThat(tills.coins()).containsExactly(7, 13, 10);
    }

    @Test
    void uniqueValues_areKeptInTheTransactionToo() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.persist(new Badge(names.get(0), "17"));
            manager.commit();
        }
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.persist(new Badge(names.get(1), "17"));
            assertThatThrownBy(manager::commit)
                    .isInstanceOf(jakarta.transaction.RollbackException.class)
                    .hasStackTraceContaining("is unique over all shards");
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void referenceData_takesPartInTheTransaction() throws Exception {
        for (boolean committed : List.of(false, true)) {
            manager.begin();
            try (ShardedSession session = factory.openSession()) {
                transfer(session);
                factory.getReferenceData().upsert(List.of(new Mint("SE", "Eskilstuna")));
                if (committed) {
                    manager.commit();
                } else {
                    manager.rollback();
                }
            }
            for (int shard = 0; shard < 3; shard++) {
                assertThat(tills.number(shard, "select count(*) from Mint where place = 'Eskilstuna'"))
                        .isEqualTo(committed ? 1 : 0);
            }
        }
    }

    // ---- queries

    @Test
    void queriesSeeWhatTheTransactionWrote_andScrollsToo() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            transfer(session);
            session.find(Till.class, names.get(2)).coins = 100;
            assertThat(session.createSelectionQuery("select sum(coins) from Till", Long.class)
                            .getSingleResult())
                    .isEqualTo(120L);
            List<Integer> coins = new ArrayList<>();
            try (ScrollableResults<Integer> rows = session.createSelectionQuery(
                            "select coins from Till order by coins", Integer.class)
                    .scroll()) {
                while (rows.next()) {
                    coins.add(rows.get());
                }
            }
            assertThat(coins).containsExactly(7, 13, 100);
            assertThat(session.createSelectionQuery(
                                    "select count(*) from Till a join Till b on a.coins < b.coins", Long.class)
                            .getSingleResult())
                    .as("gathered")
                    .isEqualTo(3L);
            manager.rollback();
        }
    }

    // ---- modes

    @Test
    void singleShard_refusesASecond_ofAnotherSessionToo() throws Exception {
        try (ShardedSessionFactory single = Tills.factory(tills.cluster.settings(), "single-shard", "none")) {
            manager.begin();
            try (ShardedSession session = single.openSession()) {
                transfer(session);
                assertThatThrownBy(manager::commit)
                        .isInstanceOf(jakarta.transaction.RollbackException.class)
                        .hasStackTraceContaining("HS-020");
            }
            manager.begin();
            try (ShardedSession one = single.openSession();
                    ShardedSession two = single.openSession()) {
                one.find(Till.class, names.get(0)).coins = 1;
                one.flush();
                two.find(Till.class, names.get(1)).coins = 1;
                assertThatThrownBy(two::flush).hasStackTraceContaining("written by another session");
                manager.rollback();
            }
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void serversThatDoNotPrepare_areRefusedAtTheStart() {
        try (LocalCluster unable = LocalCluster.start(
                Layout.DATABASES, 1, Collation.C, ServerOptions.FAST.with("max_prepared_transactions", "0"))) {
            assertThatThrownBy(() -> Tills.factory(unable.settings(), "two-phase", "create")
                            .close())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("max_prepared_transactions = 0");
        }
    }

    @Test
    void ourRecovery_leavesTheManagersBranchesAlone() throws Exception {
        String foreign = "131077_AAAAAAAAAAAAAP//fwAAAQ==_AAAAAAAAAAAAAP//fwAAAg==";
        tills.execute(0, "begin; update Till set coins = 0; prepare transaction '" + foreign + "'");
        assertThat(factory.recoverTransactions()).isZero();
        assertThat(factory.getInDoubtBranches()).isEmpty();
        assertThat(tills.prepared()).containsExactly(1, 0, 0);
        tills.execute(0, "rollback prepared '" + foreign + "'");
    }

    // ---- JPA

    private static Map<String, Object> jpa() {
        Map<String, Object> settings = new HashMap<>(tills.cluster.settings());
        settings.put("hibernate.shards.transaction.mode", "two-phase");
        return settings;
    }

    @Test
    void entityManagers_joinAndCloseAsJpaSays() throws Exception {
        try (var entityManagers = jakarta.persistence.Persistence.createEntityManagerFactory("jta-tills", jpa())) {
            manager.begin();
            var closedEarly = entityManagers.createEntityManager();
            closedEarly.find(Till.class, names.get(0)).coins = 1;
            closedEarly.find(Till.class, names.get(1)).coins = 2;
            closedEarly.close();
            assertThat(closedEarly.isOpen()).isFalse();
            manager.commit();
            assertThat(tills.coins()).as("closed before the end, stored at it").containsExactly(1, 2, 10);

            manager.begin();
            try (var unsynchronized =
                    entityManagers.createEntityManager(jakarta.persistence.SynchronizationType.UNSYNCHRONIZED)) {
                unsynchronized.find(Till.class, names.get(2)).coins = 3;
                assertThat(unsynchronized.isJoinedToTransaction()).isFalse();
                manager.commit();
                assertThat(tills.coins()).containsExactly(1, 2, 10);
                manager.begin();
                unsynchronized.joinTransaction();
                manager.commit();
            }
            assertThat(tills.coins()).containsExactly(1, 2, 3);
        }
        Map<String, Object> compliant = jpa();
        compliant.put("hibernate.jpa.compliance.transaction", "true");
        try (var entityManagers = jakarta.persistence.Persistence.createEntityManagerFactory("jta-tills", compliant);
                var entityManager = entityManagers.createEntityManager()) {
            assertThatThrownBy(entityManager::getTransaction).isInstanceOf(IllegalStateException.class);
        }
    }
}
