package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Bank.Told;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Transfers between accounts on four servers, while connections are cut and JVMs and servers are killed at every step of the
 * commit. Afterwards no coin is lost, no half of a transfer is there, and everybody was told the truth. {@code
 * -Dshards.crash.rounds=N} for more faults, {@code -Dshards.crash.seed=N} for others.
 */
class CrashMatrixTest {
    private static final int ROUNDS = Integer.getInteger("shards.crash.rounds", 1);
    private static final int CUTS_A_POINT = 5;
    private static final long SEED = Long.getLong("shards.crash.seed", 1);
    private static final int SHARDS = 4;

    /** What happens to a shard at a step. */
    private enum Fault {
        /** All its connections are cut. */
        CUT,
        /** All its connections are cut after its server has done what it is asked next, and before it can say so. */
        LOSE_ANSWER,
        /** Its server is killed, and started again. */
        KILL
    }

    private final LocalCluster cluster = LocalCluster.start(Layout.SERVERS, SHARDS);
    private final List<Relay> relays = cluster.shards().stream().map(Relay::new).toList();
    private final Random dice = new Random(SEED);
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final AtomicInteger recovered = new AtomicInteger();
    private final Map<Step, Integer> faults = new EnumMap<>(Step.class);

    /** What the next step of that kind that this thread makes sets off. */
    private static final ThreadLocal<Map<Step, Runnable>> ARMED =
            ThreadLocal.withInitial(() -> new EnumMap<>(Step.class));

    @Test
    void whateverCrashes_everyTransferIsWholeOrNotThere() throws Exception {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.RECOVERED) {
                recovered.incrementAndGet();
            }
            Runnable fault = ARMED.get().remove(step);
            if (fault != null) {
                fault.run();
            }
        };
        try (Bank bank = new Bank(relayed(), "create", 300)) {
            bank.open();
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> others = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                String thread = "other" + i + ".";
                Thread transferring = new Thread(() -> transfer(bank, thread, stop));
                transferring.start();
                others.add(transferring);
            }
            for (int round = 0; round < ROUNDS; round++) {
                cutConnections(bank, round);
                killServers(bank, round);
                killJvms(round);
            }
            stop.set(true);
            for (Thread thread : others) {
                thread.join();
            }
            for (int i = 0; prepared() > 0 && i < 600; i++) {
                bank.factory.recoverTransactions();
                Thread.sleep(100); // a server that was killed may still be starting
            }
            assertThat(prepared()).as("prepared transactions left").isZero();
            check();
        } finally {
            TwoPhase.observer = Step.Observer.NONE;
            relays.forEach(Relay::close);
            cluster.close();
        }
    }

    private Map<String, String> relayed() {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        for (int i = 0; i < SHARDS; i++) {
            Shard shard = cluster.shards().get(i);
            settings.put(
                    "hibernate.shards.shard." + shard.name() + ".url",
                    relays.get(i).url(shard));
        }
        return settings;
    }

    private void transfer(Bank bank, String thread, AtomicBoolean stop) {
        Random own = new Random(SEED + thread.hashCode());
        for (int i = 0; !stop.get(); i++) {
            String name = thread + i;
            told.put(name, bank.transfer(name, bank.shards(2 + own.nextInt(2), own), own));
        }
    }

    private static List<Step> points() {
        List<Step> points = new ArrayList<>(List.of(Step.values()));
        points.remove(Step.RECOVERED); // made by recovery's own thread
        return points;
    }

    private void cutConnections(Bank bank, int round) {
        for (int i = 0; i < CUTS_A_POINT; i++) {
            for (Step step : points()) {
                for (int victim = 0; victim < 2; victim++) {
                    fail(bank, step, victim, Fault.CUT, "cut" + round + "." + i);
                    fail(bank, step, victim, Fault.LOSE_ANSWER, "lost" + round + "." + i);
                }
            }
        }
    }

    private void killServers(Bank bank, int round) {
        for (Step step : points()) {
            fail(bank, step, dice.nextInt(2), Fault.KILL, "killed" + round);
        }
    }

    /** Repeats the transfer until it gets as far as the step: others are at work, and break what it needs too. */
    private void fail(Bank bank, Step step, int victim, Fault fault, String name) {
        boolean fired = false;
        for (int attempt = 0; !fired && attempt < 100; attempt++) {
            List<Integer> shards = bank.shards(2, dice);
            int shard = shards.get(victim);
            ARMED.get().put(step, () -> {
                switch (fault) {
                    case CUT -> relays.get(shard).cut();
                    case LOSE_ANSWER -> relays.get(shard).loseAnswer();
                    case KILL -> cluster.kill(shard);
                }
            });
            String transfer = name + "." + step + "." + victim + "." + attempt;
            told.put(transfer, bank.transfer(transfer, shards, dice));
            fired = ARMED.get().remove(step) == null;
            if (fired && fault == Fault.KILL) {
                cluster.restart(shard);
            }
        }
        assertThat(fired).as("%s at %s", fault, step).isTrue();
        faults.merge(step, 1, Integer::sum);
    }

    private void killJvms(int round) throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> jvms = new ArrayList<>();
            for (Step step : points()) {
                for (int i = 0; i < 2; i++) {
                    String name = "jvm" + round + "." + step + "." + i;
                    int survives = dice.nextInt(20);
                    jvms.add(two.submit(() -> {
                        killJvm(step, survives, name);
                        return true;
                    }));
                    faults.merge(step, 1, Integer::sum);
                }
            }
            for (Future<?> jvm : jvms) {
                jvm.get();
            }
        } finally {
            two.shutdownNow();
        }
    }

    private void killJvm(Step step, int survives, String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CrashingJvm.class.getName(),
                step.name(),
                String.valueOf(survives),
                name));
        cluster.settings().forEach((setting, value) -> {
            command.add(setting);
            command.add(value);
        });
        Process jvm = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                String[] words = line.split(" ", -1);
                if (words.length == 3 && words[0].equals("told")) {
                    told.put(words[1], Told.valueOf(words[2]));
                }
            }
            assertThat(jvm.waitFor()).as("killed at %s", step).isEqualTo(137);
        } finally {
            jvm.destroyForcibly();
        }
    }

    // ---- what is left

    private int prepared() {
        int prepared = 0;
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select count(*) from pg_prepared_xacts")) {
                row.next();
                prepared += row.getInt(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return prepared;
    }

    private void check() throws SQLException {
        int coins = 0;
        Map<String, Integer> sums = new TreeMap<>();
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select sum(coins) from Account")) {
                    row.next();
                    coins += row.getInt(1);
                }
                try (ResultSet row = statement.executeQuery("select name from Account a where coins <> " + Bank.COINS
                        + " + (select coalesce(sum(amount), 0) from Posting p where p.account = a.name)")) {
                    assertThat(row.next())
                            .as("accounts that differ from their postings")
                            .isFalse();
                }
                try (ResultSet row =
                        statement.executeQuery("select transfer, sum(amount) from Posting group by transfer")) {
                    while (row.next()) {
                        sums.merge(row.getString(1), row.getInt(2), Integer::sum);
                    }
                }
            }
        }
        Map<String, Integer> halves = new TreeMap<>(sums);
        halves.values().removeIf(sum -> sum == 0);
        List<String> lost = told.entrySet().stream()
                .filter(one -> one.getValue() == Told.COMMITTED && !sums.containsKey(one.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        List<String> undead = told.entrySet().stream()
                .filter(one -> one.getValue() == Told.ROLLED_BACK && sums.containsKey(one.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        System.out.printf(
                "crash matrix: faults=%d commits=%d rollbacks=%d recovered=%d lost=%d%n",
                faults.values().stream().mapToInt(Integer::intValue).sum(),
                count(Told.COMMITTED),
                count(Told.ROLLED_BACK),
                recovered.get(),
                lost.size() + undead.size() + halves.size());
        assertThat(halves).as("half transfers").isEmpty();
        assertThat(lost).as("told to be committed, and not there").isEmpty();
        assertThat(undead).as("told to be rolled back, and there").isEmpty();
        assertThat(coins).as("sum over all accounts").isEqualTo(SHARDS * Bank.ACCOUNTS * Bank.COINS);
        assertThat(recovered.get()).as("something was left to recovery").isPositive();
        assertThat(points()).allSatisfy(step -> assertThat(faults.get(step)).isGreaterThanOrEqualTo(5));
    }

    private long count(Told outcome) {
        return told.values().stream().filter(one -> one == outcome).count();
    }
}
