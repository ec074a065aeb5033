package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Version;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.hibernate.SessionEventListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One transaction that writes several shards, and what is left when it fails. */
class BestEffortTest {
    @Entity(name = "Purse")
    static class Purse {
        @Id
        @ShardKey
        String name;

        int coins;

        @Version
        int version;

        Purse() {}

        Purse(String name, int coins) {
            this.name = name;
            this.coins = coins;
        }
    }

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    /** One on each shard, in the order of the shards. */
    private static List<String> names;

    @BeforeAll
    static void start() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 3);
        factory = new ShardedConfiguration()
                .entities(Purse.class)
                .settings(cluster.settings())
                .setting(ShardSettings.TRANSACTION_MODE, "best-effort")
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        names = factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 1000)
                        .mapToObj(i -> "purse" + i)
                        .filter(name -> factory.locate(Purse.class, name).equals(shard))
                        .findFirst()
                        .orElseThrow())
                .toList();
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("alter table Purse add constraint no_eleven exclude (coins with =) where (coins = 11)"
                        + " deferrable initially deferred");
            }
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    @BeforeEach
    void fill() {
        factory.inTransaction(session -> {
            session.createMutationQuery("delete from Purse").executeUpdate();
            names.forEach(name -> session.persist(new Purse(name, 10)));
        });
    }

    private static List<Integer> coins() {
        return factory.fromTransaction(session -> names.stream()
                .map(name -> session.find(Purse.class, name).coins)
                .toList());
    }

    @Test
    void changesOfSeveralShards_areCommitted() {
        factory.inTransaction(session -> {
            session.find(Purse.class, names.get(0)).coins -= 3;
            session.find(Purse.class, names.get(2)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(1)).coins = 1;
        });
        assertThat(coins()).containsExactly(7, 1, 13);
    }

    @Test
    void statelessRowsOfSeveralShards_areCommitted() {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.beginTransaction();
            session.upsertMultiple(
                    names.stream().map(name -> session.get(Purse.class, name)).toList());
            names.forEach(name -> {
                Purse purse = session.get(Purse.class, name);
                purse.coins = 4;
                session.update(purse);
            });
            session.getTransaction().commit();
        }
        assertThat(coins()).containsExactly(4, 4, 4);
    }

    @Test
    void rollback_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            assertThat(session.createMutationQuery("update Purse p set p.coins = 0")
                            .executeUpdate())
                    .isEqualTo(3);
            session.getTransaction().rollback();
        }
        assertThat(coins()).containsExactly(10, 10, 10);
    }

    @Test
    void aFailedStatementOnOneShard_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            String sql = "update Purse set coins = 20 / (case name when '" + names.get(1) + "' then 0 else 1 end)";
            assertThatThrownBy(() -> session.createMutationQuery(
                                    "update Purse p set p.coins = 20 / (case p.name when ?1 then 0 else 1 end)")
                            .setParameter(1, names.get(1))
                            .executeUpdate())
                    .hasMessageContaining("division by zero");
            assertThat(session.getTransaction().getRollbackOnly()).isTrue();
            session.getTransaction().rollback();
            session.beginTransaction();
            assertThatThrownBy(() -> session.createNativeMutationQuery(sql)
                            .setHint(ShardHints.ALL, true)
                            .executeUpdate())
                    .hasMessageContaining("division by zero");
            assertThat(session.getTransaction().getRollbackOnly()).isTrue();
            session.getTransaction().rollback();
        }
        assertThat(coins()).containsExactly(10, 10, 10);
    }

    @Test
    void aDeferredConstraint_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.createMutationQuery("update Purse p set p.coins = 0").executeUpdate();
            String other = IntStream.range(1000, 2000)
                    .mapToObj(i -> "purse" + i)
                    .filter(name -> factory.locate(Purse.class, name).equals(factory.locate(Purse.class, names.get(2))))
                    .findFirst()
                    .orElseThrow();
            session.persist(new Purse(other, 11));
            session.find(Purse.class, names.get(2)).coins = 11;
            assertThatThrownBy(session.getTransaction()::commit)
                    .isNotInstanceOf(ShardingException.class)
                    .hasMessageContaining("no_eleven");
        }
        assertThat(coins()).containsExactly(10, 10, 10);
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
        assertThat(coins()).containsExactly(10, 10, 5);
    }

    @Test
    void workThatFailed_undoesAllShards() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.createMutationQuery("update Purse p set p.coins = 0").executeUpdate();
            ShardId last = factory.getTopology().shards().get(2);
            assertThatThrownBy(() -> session.doReturningWork(last, connection -> {
                        try (Statement statement = connection.createStatement()) {
                            return statement.execute("select 1 / 0");
                        }
                    }))
                    .hasMessageContaining("division by zero");
            assertThat(session.getTransaction().getRollbackOnly()).isTrue();
            session.getTransaction().commit(); // as Hibernate, which rolls back and says nothing
        }
        assertThat(coins()).containsExactly(10, 10, 10);
    }

    @Test
    void aServerThatDiesBetweenCommits_isToldWithWhatIsStored() {
        List<Integer> outcomes = new ArrayList<>();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            List<Integer> processes = factory.getTopology().shards().stream()
                    .map(shard -> session.createNativeQuery("select pg_backend_pid()", Integer.class)
                            .setHint(ShardHints.SHARD, shard)
                            .getSingleResult())
                    .toList();
            session.createMutationQuery("update Purse p set p.coins = 0").executeUpdate();
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
            session.addEventListeners(new SessionEventListener() {
                private boolean killed;

                @Override
                public void transactionCompletion(boolean successful) {
                    if (!killed) {
                        killed = true;
                        kill(processes.get(1));
                    }
                }
            });
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.PARTIAL_COMMIT))
                    .hasMessageContaining("committed on shards [shard2]")
                    .hasMessageContaining("shard \"shard1\" failed")
                    .hasMessageContaining("rolled back on shards [shard0]");
            assertThat(session.getTransaction().isActive()).isFalse();
            session.getTransaction().rollback();
        }
        assertThat(outcomes).containsExactly(Status.STATUS_UNKNOWN);
        assertThat(coins()).containsExactly(10, 10, 0);
    }

    private static void kill(int process) {
        try (Connection connection = cluster.shards().get(1).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(" + process + ", 5000)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
