package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.Effort;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.ShardServer;
import io.hibernateshards.internal.transaction.Bank.Told;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The part of the crash matrix after which a shard is another one than before: it is copied, it is a copy, or its standby
 * takes over without the last commits. What a crash has left by then is ended as it was decided all the same.
 */
class CopiedShardsTest {
    /** The order in which a transfer locks the shards: the last of them decides, the first is prepared last. */
    private static final List<Integer> LAST_DECIDES = List.of(2, 1, 0);

    private static final int ROUNDS = Math.max(1, Effort.of("shards.crash.rounds", 5, 10) / 5);
    private static final long SEED = Effort.seed("shards.crash.seed");
    private static final List<Step> PREPARED = List.of(Step.PREPARED, Step.ALL_PREPARED, Step.DECIDED);

    private final Random dice = new Random(SEED);
    private final Map<String, Told> told = new HashMap<>();

    /** How to reach the database of each shard now. */
    private final Map<Integer, String> urls = new TreeMap<>();

    private LocalCluster databases;

    @SuppressWarnings("NullAway.Init") // by the test that needs it
    private LocalCluster replicated;

    @BeforeEach
    void patient() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        databases = LocalCluster.shared(Layout.DATABASES, 3);
        for (int shard = 0; shard < 3; shard++) {
            urls.put(shard, databases.shards().get(shard).url());
        }
    }

    @AfterEach
    void stop() {
        TwoPhase.observer = Step.Observer.NONE;
        TwoPhase.patience = Duration.ofSeconds(5);
        databases.close();
        if (replicated != null) {
            replicated.close();
        }
    }

    private String url(int shard) {
        return Objects.requireNonNull(urls.get(shard));
    }

    private Connection connect(String url) throws SQLException {
        var any = databases.shards().get(0);
        return DriverManager.getConnection(url, any.user(), any.password());
    }

    private static String database(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    private void administer(String sql) throws SQLException {
        String own = url(0);
        try (Connection connection = connect(own.replaceFirst("/" + database(own), "/postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Transfers that a crash leaves at a step. */
    private void crash(Bank bank, String name, Step at, List<Integer> shards) {
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                throw new IllegalStateException("left to recovery");
            }
        };
        told.put(name, bank.transfer(name, shards, dice));
        TwoPhase.observer = Step.Observer.NONE;
    }

    /** A branch of a transaction that was never decided, as if its JVM had been killed once it was prepared. */
    private void leaveUndecided(int shard, int deciding, String name) throws SQLException {
        String log;
        try (Connection connection = connect(url(deciding));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select id from hibernate_shards.transaction_log where current")) {
            row.next();
            log = row.getString(1);
        }
        try (Connection connection = connect(url(shard));
                Statement statement = connection.createStatement()) {
            told.put(name, Told.ROLLED_BACK);
            statement.execute("begin; insert into Posting (id, account, transfer, amount) values ('" + name + "', '', '"
                    + name + "', 1); prepare transaction 'hibernate-shards/crash/0/0/" + name + "/" + log + "/shard"
                    + deciding + "/2-shard" + shard + "'");
        }
    }

    private static void recoverAll(Bank bank) {
        long start = System.nanoTime();
        do {
            bank.factory.recoverTransactions();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
        } while (!bank.factory.getInDoubtBranches().isEmpty());
    }

    private void check(String fault, int faults) throws SQLException {
        Map<String, Integer> sums = new TreeMap<>();
        int coins = 0;
        int prepared = 0;
        for (String url : urls.values()) {
            try (Connection connection = connect(url);
                    Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select coalesce(sum(coins), 0), (select count(*) from"
                        + " pg_prepared_xacts where database = current_database()) from Account")) {
                    row.next();
                    coins += row.getInt(1);
                    prepared += row.getInt(2);
                }
                try (ResultSet row =
                        statement.executeQuery("select transfer, sum(amount) from Posting group by transfer")) {
                    while (row.next()) {
                        sums.merge(row.getString(1), row.getInt(2), Integer::sum);
                    }
                }
            }
        }
        TreeSet<String> lost = new TreeSet<>();
        told.forEach((transfer, how) -> {
            if (how == Told.IN_DOUBT
                    || (how == Told.COMMITTED) != sums.containsKey(transfer)
                    || sums.getOrDefault(transfer, 0) != 0) {
                lost.add(transfer);
            }
        });
        System.out.printf("crash matrix %s: faults=%d lost=%d%n", fault, faults, lost.size());
        assertThat(lost).isEmpty();
        assertThat(prepared).isZero();
        assertThat(coins).isEqualTo(3 * Bank.ACCOUNTS * Bank.COINS);
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(databases.settings());
        urls.forEach((shard, url) -> settings.put("hibernate.shards.shard.shard" + shard + ".url", url));
        return settings;
    }

    /** The clone is refused as a shard, and the shards that there are end what was left. */
    @Test
    void aShardIsCloned_whileBranchesOfItsTransactionsAreLeft() throws SQLException {
        int faults = 0;
        for (int round = 0; round < ROUNDS; round++) {
            told.clear();
            String clone = database(url(0)) + "_clone" + round;
            try (Bank bank = new Bank(settings(), "create", 3_600_000)) {
                bank.open();
                for (Step step : List.of(Step.DECIDED, Step.ALL_PREPARED, Step.COMPLETED)) {
                    crash(bank, "CLONE." + step, step, LAST_DECIDES);
                    faults++;
                }
            }
            leaveUndecided(1, 0, "clone" + round);
            administer("create database " + clone + " template " + database(url(0)));
            Map<String, String> four = new HashMap<>(settings());
            String url = url(0).replaceFirst("/" + database(url(0)), "/" + clone);
            four.put("hibernate.shards.shards", "shard0,shard1,shard2,clone");
            four.put("hibernate.shards.shard.clone.url", url);
            four.put("hibernate.shards.shard.clone.username", four.get("hibernate.shards.shard.shard0.username"));
            four.put("hibernate.shards.shard.clone.password", four.get("hibernate.shards.shard.shard0.password"));
            assertThatThrownBy(() -> new Bank(four, "none", 3_600_000).close())
                    .hasMessageContaining("it is a copy of that shard");
            try (Bank bank = new Bank(settings(), "none", 3_600_000)) {
                recoverAll(bank);
            }
            check("CLONE", faults);
            administer("drop database " + clone + " with (force)");
        }
    }

    @Test
    void aShardIsRestoredFromACopy_whileBranchesOfItsTransactionsAreLeft() throws SQLException {
        int faults = 0;
        for (int round = 0; round < ROUNDS; round++) {
            told.clear();
            String own = database(url(0));
            try (Bank bank = new Bank(settings(), "create", 3_600_000)) {
                bank.open();
                for (Step step : List.of(Step.DECIDED, Step.ALL_PREPARED, Step.COMPLETED)) {
                    crash(bank, "RESTORE." + step, step, LAST_DECIDES);
                    faults++;
                }
            }
            leaveUndecided(1, 0, "restore" + round);
            administer("create database " + own + "_backup template " + own);
            administer("drop database " + own + " with (force)");
            administer("alter database " + own + "_backup rename to " + own);
            try (Bank bank = Adoption.start(settings(), adopting -> new Bank(adopting, "none", 3_600_000))) {
                recoverAll(bank);
                told.put("RESTORE.after", bank.transfer("RESTORE.after", LAST_DECIDES, dice));
            }
            check("RESTORE", faults);
        }
    }

    /** It has the branch, and neither its end nor anything later. */
    @Test
    void anAsynchronousStandbyTakesOver_withoutTheLastCommits() throws SQLException {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        replicated = LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, 1)
                .named(List.of("shard2"));
        urls.put(2, replicated.shards().get(0).url());
        Map<String, String> settings = new HashMap<>(databases.settings());
        settings.putAll(replicated.settings());
        settings.put("hibernate.shards.shards", "shard0,shard1,shard2");
        int faults = 0;
        try (Bank bank = new Bank(settings, "create", 3_600_000)) {
            bank.open();
            for (int round = 0; round < ROUNDS; round++) {
                for (Step at : PREPARED) {
                    failOver(bank, "FAILOVER." + at + "." + round, at);
                    faults++;
                }
            }
        }
        check("FAILOVER", faults);
    }

    private void failOver(Bank bank, String name, Step at) {
        ShardServer primary = replicated.primary(0);
        ShardServer standby = replicated.servers(0).stream()
                .filter(server -> !server.name().equals(primary.name()))
                .findFirst()
                .orElseThrow();
        TwoPhase.observer = (step, transaction, shard) -> {
            // the branch of the last shard is prepared last
            if (step == at && (at != Step.PREPARED || shard.name().equals("shard2"))) {
                replicated.awaitReplicas(0);
                standby.stop();
            }
        };
        told.put(name, bank.transfer(name, LAST_DECIDES, dice));
        assertThat(told).containsEntry(name, Told.COMMITTED);
        TwoPhase.observer = Step.Observer.NONE;
        primary.kill();
        standby.restart();
        standby.promote();
        urls.put(2, standby.url());
        primary.rejoin();
        long start = System.nanoTime();
        Told after = Told.ROLLED_BACK;
        for (int i = 0; after != Told.COMMITTED; i++) { // once it is seen who is the primary
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
            bank.factory.recoverTransactions();
            after = bank.transfer(name + ".after" + i, LAST_DECIDES, dice);
            told.put(name + ".after" + i, after);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        recoverAll(bank);
        replicated.awaitReplicas(0);
    }
}
