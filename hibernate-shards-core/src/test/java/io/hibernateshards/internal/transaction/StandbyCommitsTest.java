package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.Patience;
import io.hibernateshards.ServerStatus.Role;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.ShardServer;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commits while a shard's standby takes over: {@code shard1} has one, {@code shard0}, which decides, has none. */
class StandbyCommitsTest {
    private LocalCluster cluster;
    private LocalCluster first;
    private ShardedSessionFactory factory;
    private List<String> names;

    @BeforeEach
    void start() {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        first = LocalCluster.shared(Layout.DATABASES, 1);
        cluster = LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, 1)
                .named(List.of("shard1"));
        factory = Purses.factory(settings(), "create");
        names = Purses.names(factory, 1).stream().map(list -> list.get(0)).toList();
        factory.inTransaction(session -> names.forEach(name -> session.persist(new Purse(name, 10))));
        cluster.awaitReplicas(0);
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(first.settings());
        settings.putAll(cluster.settings());
        settings.put("hibernate.shards.shards", "shard0,shard1");
        return settings;
    }

    @AfterEach
    void stop() {
        TwoPhase.observer = Step.Observer.NONE;
        TwoPhase.patience = Duration.ofSeconds(5);
        if (factory != null) {
            factory.close();
            first.close();
            cluster.close();
        }
    }

    private static void await(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private static int number(ShardServer server, String sql) {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private int coins(int shard) {
        String sql = "select coins from Purse where name = '" + names.get(shard) + "'";
        if (shard == 1) {
            return number(cluster.primary(0), sql);
        }
        var given = first.shards().get(0);
        try (Connection connection = DriverManager.getConnection(given.url(), given.user(), given.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void transfer() {
        factory.inTransaction(session -> {
            session.find(Purse.class, names.get(1)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(0)).coins -= 3; // the last to lock decides
        });
    }

    private void awaitPromotionSeen() {
        await(() -> factory.getServers().stream()
                .anyMatch(server -> server.name().equals("r0") && server.role() == Role.PRIMARY));
    }

    /** The standby has the prepared branch, and not its end. */
    @Test
    void anAsynchronousStandbyThatLacksTheEndOfABranch_getsItFromTheDecision() {
        ShardServer standby = cluster.replica(0, 0);
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.ALL_PREPARED) {
                cluster.awaitReplicas(0);
                standby.stop();
            }
        };
        transfer();
        TwoPhase.observer = Step.Observer.NONE;
        assertThat(coins(0) + " " + coins(1)).isEqualTo("7 13");
        factory.recoverTransactions();
        cluster.server(0).kill();
        standby.restart();
        standby.promote();
        assertThat(coins(1)).as("the branch is prepared there").isEqualTo(10);
        await(() -> {
            factory.recoverTransactions();
            return number(standby, "select count(*) from pg_prepared_xacts") == 0;
        });
        assertThat(coins(0) + " " + coins(1)).isEqualTo("7 13");
    }

    @Test
    void aTransactionOfTheOldPrimary_isNotCommitted_onceTheNewOneIsKnown() {
        try (ShardedSession both = factory.openSession();
                ShardedSession one = factory.openSession();
                ShardedSession late = factory.openSession();
                ShardedStatelessSession stateless = factory.openStatelessSession()) {
            both.beginTransaction();
            both.find(Purse.class, names.get(0)).coins -= 3;
            both.flush();
            both.find(Purse.class, names.get(1)).coins += 3;
            both.flush();
            one.beginTransaction();
            one.persist(new Purse(onSecond(0), 1));
            one.flush();
            stateless.beginTransaction();
            stateless.insert(new Purse(onSecond(1), 1));
            late.beginTransaction();
            late.find(Purse.class, names.get(1));

            cluster.replica(0, 0).promote(); // nobody has stopped the old primary
            awaitPromotionSeen();

            isRefused(() -> both.getTransaction().commit());
            isRefused(() -> one.getTransaction().commit());
            isRefused(() -> stateless.getTransaction().commit());
            late.persist(new Purse(onSecond(2), 1));
            isRefused(late::flush);
        }
        assertThat(coins(0)).isEqualTo(10);
        assertThat(number(cluster.server(0), "select sum(coins) from Purse"))
                .as("on the old primary")
                .isEqualTo(10);
        Patience.eventually(() -> {
            transfer();
            return true;
        });
        assertThat(coins(0) + " " + coins(1)).isEqualTo("7 13");
    }

    private String onSecond(int n) {
        return Purses.names(factory, 4).get(1).get(n + 1);
    }

    private static void isRefused(Runnable work) {
        assertThatThrownBy(work::run).satisfies(failure -> {
            Throwable cause = failure;
            while (!(cause instanceof ShardingException) && cause.getCause() != null) {
                cause = cause.getCause();
            }
            assertThat(cause)
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.SHARD_UNAVAILABLE))
                    .hasMessageContaining("the transaction is one of shard \"shard1\" (")
                    .hasMessageContaining("replica \"r0\" of shard \"shard1\" (")
                    .hasMessageContaining("is the primary now");
        });
    }

    /** The decision, too, and what is kept in the catalog. */
    @Test
    void aDecisionAndACatalogOfTheOldPrimary_areNotCommitted() {
        JdbcCatalog catalog;
        try (ShardedSession session = factory.openSession()) {
            catalog = ((ShardedTransaction) session.getTransaction()).catalog(ShardId.of("shard1"));
            session.beginTransaction();
            session.find(Purse.class, names.get(0)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(1)).coins -= 3; // the last to lock decides
            TwoPhase.observer = (step, transaction, shard) -> {
                if (step == Step.ALL_PREPARED) {
                    cluster.replica(0, 0).promote();
                    awaitPromotionSeen();
                }
            };
            isRefused(() -> session.getTransaction().commit());
            TwoPhase.observer = Step.Observer.NONE;
        }
        assertThat(coins(0) + " " + coins(1)).isEqualTo("10 10");
        assertThat(number(cluster.server(0), "select count(*) from pg_prepared_xacts"))
                .isZero();
        catalog.inTransaction(connection -> {
            assertThat(connection.getMetaData().getURL())
                    .isEqualTo(cluster.replica(0, 0).url());
            return true;
        });
    }

    /** A snapshot of a shard's server, or its promoted standby, that is to be a shard of its own. */
    @Test
    void twoShardsThatAreCopiesOfOneServer_areRefused() {
        factory.close();
        cluster.replica(0, 0).promote();
        Map<String, String> settings = settings();
        settings.keySet().removeIf(name -> name.contains(".replica."));
        settings.put("hibernate.shards.shards", "shard0,shard1,shard2");
        settings.put("hibernate.shards.shard.shard2.url", cluster.replica(0, 0).url());
        settings.put("hibernate.shards.shard.shard2.username", settings.get("hibernate.shards.shard.shard1.username"));
        settings.put("hibernate.shards.shard.shard2.password", settings.get("hibernate.shards.shard.shard1.password"));
        assertThatThrownBy(() -> Purses.factory(settings, "none").close())
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.IDENTITY))
                .hasMessageContaining("shard \"shard1\"")
                .hasMessageContaining("shard \"shard2\"");
    }

    private static void execute(ShardServer server, String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Whatever synchronous_commit the sessions have, which is off here: a prepared branch is on the synchronous standby. */
    @Test
    void aBranchIsPrepared_onlyOnceTheSynchronousStandbyHasIt() throws Exception {
        execute(cluster.server(0), "alter system set synchronous_standby_names = '*'");
        execute(cluster.server(0), "select pg_reload_conf()");
        await(() ->
                number(cluster.server(0), "select count(*) from pg_stat_replication where sync_state = 'sync'") == 1);
        cluster.replica(0, 0).suspend();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> transfer = thread.submit(this::transfer);
            await(() -> number(
                            cluster.server(0),
                            "select count(*) from pg_stat_activity where wait_event = 'SyncRep' and query like '%prepare"
                                    + " transaction%'")
                    == 1);
            assertThat(transfer.isDone()).isFalse();
            cluster.replica(0, 0).resume();
            transfer.get(60, TimeUnit.SECONDS);
        } finally {
            thread.shutdownNow();
        }
        assertThat(coins(0) + " " + coins(1)).isEqualTo("7 13");
    }
}
