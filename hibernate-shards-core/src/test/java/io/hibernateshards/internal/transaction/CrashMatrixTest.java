package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Bank.Told;
import io.hibernateshards.internal.transaction.FaultPoint.Fault;
import io.hibernateshards.internal.transaction.Relay.Link;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * Transfers between accounts on four servers, and counts of tallies without versions under locks on other servers, while
 * connections are cut and JVMs and servers are killed at every step of the commit and of recovery. Afterwards no coin and no
 * count is lost, no half of a transaction is there, and everybody was told the truth. A
 * round hits every {@link FaultPoint}, those that cost least twice, and those that cost most in fewer rounds:
 * {@code -Dshards.crash.rounds=N} for more or fewer than five of them, {@code -Dshards.crash.seed=N} for others
 * ({@link Effort}).
 *
 * <p>A fault counts if the branch that it was meant for was still connected when it came, and the step was just made; a lost
 * answer, if it was lost.
 */
class CrashMatrixTest {
    private static final int ROUNDS = Effort.of("shards.crash.rounds", 5, 10); // more than 500 faults
    private static final long SEED = Effort.seed("shards.crash.seed");
    private static final int SHARDS = 4;
    private static final int RECOVERY_MILLIS = 300;

    /** What a thread sets off at the next step of a kind that it makes itself. */
    private static final ThreadLocal<Map<Step, Consumer<ShardId>>> ARMED =
            ThreadLocal.withInitial(() -> new EnumMap<>(Step.class));

    private final LocalCluster cluster = LocalCluster.start(Layout.SERVERS, SHARDS);
    private final List<Relay> relays = cluster.shards().stream().map(Relay::new).toList();
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final Map<FaultPoint, Integer> hits = new ConcurrentHashMap<>();
    private final History history = new History();
    private final AtomicInteger recovered = new AtomicInteger();
    private final AtomicInteger transfers = new AtomicInteger();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final ExecutorService restarting = Executors.newSingleThreadExecutor();

    @Test
    void whateverCrashes_everyTransferIsWholeOrNotThere() throws Exception {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.RECOVERED) {
                recovered.incrementAndGet();
            }
            Consumer<ShardId> fault = ARMED.get().remove(step);
            if (fault != null) {
                fault.accept(shard);
            }
        };
        ExecutorService lanes = Executors.newCachedThreadPool();
        try (Bank bank = new Bank(Relay.settings(cluster, relays), "create", RECOVERY_MILLIS);
                Bank another = new Bank(Relay.settings(cluster, relays), "none", RECOVERY_MILLIS)) {
            bank.open();
            CompletionService<Boolean> faults = new ExecutorCompletionService<>(lanes);
            CompletionService<Boolean> others = new ExecutorCompletionService<>(lanes);
            Queue<FaultPoint> cuts =
                    points(Set.of(Fault.CUT, Fault.LOSE_ANSWER, Fault.CUT_ALL, Fault.TERMINATE, Fault.ERROR));
            Queue<FaultPoint> kills = points(Set.of(Fault.KILL_SERVER, Fault.FREEZE_SERVER));
            Queue<FaultPoint> crashes = points(Set.of(Fault.KILL_JVM, Fault.FREEZE_JVM));
            faults.submit(() -> hitAll(cuts, new Random(SEED + 1), bank));
            faults.submit(() -> hitAll(cuts, new Random(SEED + 2), bank));
            faults.submit(() -> hitAll(kills, new Random(SEED + 3), bank));
            faults.submit(() -> killJvms(crashes, new Random(SEED + 4), bank));
            others.submit(() -> transfer(another, new Random(SEED + 5)));
            others.submit(() -> transfer(another, new Random(SEED + 6)));
            try {
                await(faults, 4);
            } finally {
                stop.set(true);
            }
            await(others, 2);
            for (int i = 0; prepared() > 0 && i < 600; i++) {
                bank.factory.recoverTransactions();
                Thread.sleep(100); // a branch may wait for the end of a connection that its server still believes in
            }
            assertThat(prepared()).as("prepared transactions left").isZero();
            check();
        } finally {
            stop.set(true);
            lanes.shutdownNow();
            restarting.shutdownNow();
            TwoPhase.observer = Step.Observer.NONE;
            relays.forEach(Relay::close);
            cluster.close();
        }
    }

    /** Fails as soon as one of them does. */
    private static void await(CompletionService<Boolean> lanes, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            lanes.take().get();
        }
    }

    private static Queue<FaultPoint> points(Set<Fault> faults) {
        List<FaultPoint> points = new ArrayList<>();
        for (FaultPoint point : FaultPoint.all()) {
            boolean cheap = point.fault() == Fault.CUT || point.fault() == Fault.LOSE_ANSWER;
            if (faults.contains(point.fault())) {
                points.addAll(Collections.nCopies(cheap ? 2 * ROUNDS : rounds(point), point));
            }
        }
        Collections.shuffle(points, new Random(SEED));
        return new ConcurrentLinkedQueue<>(points);
    }

    /** What hangs takes its time, and a server or a JVM takes seconds to start. */
    private static int rounds(FaultPoint point) {
        return switch (point.fault()) {
            case FREEZE_SERVER, FREEZE_JVM -> (ROUNDS + 4) / 5;
            case KILL_SERVER, KILL_JVM -> (2 * ROUNDS + 4) / 5;
            default -> ROUNDS;
        };
    }

    private boolean transfer(Bank bank, Random dice) {
        while (!stop.get()) {
            if (dice.nextBoolean()) {
                transfer(bank, "other", bank.shards(2 + dice.nextInt(2), dice), dice, session -> {});
            } else {
                count(bank, "other", dice.nextInt(bank.tallies.groups()), session -> {});
            }
        }
        return true;
    }

    private void transfer(Bank bank, String name, List<Integer> shards, Random dice, Consumer<ShardedSession> read) {
        String transfer = name + "/" + transfers.incrementAndGet();
        told.put(transfer, bank.transfer(transfer, shards, dice, read));
    }

    private void count(Bank bank, String name, int group, Consumer<ShardedSession> read) {
        String count = name + "/" + transfers.incrementAndGet();
        told.put(count, bank.count(count, group, history, read));
    }

    /**
     * Commits three branches: a transfer, or a count under a lock, whose branch ends last.
     *
     * @param read is told of the session once it has read on all shards, and of these in the order in which it locks them
     */
    private void commit(Bank bank, String name, Random dice, BiConsumer<ShardedSession, List<Integer>> read) {
        if (dice.nextBoolean()) {
            List<Integer> shards = bank.shards(FaultPoint.BRANCHES, dice);
            transfer(bank, name, shards, dice, session -> read.accept(session, shards));
        } else {
            int group = dice.nextInt(bank.tallies.groups());
            count(bank, name, group, session -> read.accept(session, bank.tallies.shards(group)));
        }
    }

    /** Repeats a fault until it hits: others are at work, and break what it needs too. */
    private boolean hitAll(Queue<FaultPoint> points, Random dice, Bank bank) throws Exception {
        for (FaultPoint point = points.poll(); point != null && !stop.get(); point = points.poll()) {
            boolean hit = false;
            for (int attempt = 0; !hit && attempt < 1000 && !stop.get(); attempt++) {
                hit = point.isOfRecovery() ? hitRecovery(point, dice, bank) : hitCommit(point, dice, bank);
            }
            assertThat(hit).as("%s", point).isTrue();
            hits.merge(point, 1, Integer::sum);
        }
        return true;
    }

    private boolean hitCommit(FaultPoint point, Random dice, Bank bank) throws Exception {
        List<Blow> blows = new ArrayList<>();
        commit(bank, point.toString(), dice, (session, shards) -> {
            int shard = shards.get(FaultPoint.shard(point.victim()));
            Blow blow = new Blow(point, shard);
            blows.add(blow);
            Link link = relays.get(shard).link(port(session, shard));
            ARMED.get().put(point.step(), maker -> {
                if (maker.equals(shardId(shards.get(FaultPoint.shard(point.maker()))))) {
                    blow.strike(link);
                } // else another fault kept the first branch from making it
            });
        });
        ARMED.get().clear();
        return !blows.isEmpty() && blows.get(0).hasHit();
    }

    /** What a commit leaves to recovery is recovered at once, unless somebody else was faster. */
    private boolean hitRecovery(FaultPoint point, Random dice, Bank bank) throws Exception {
        commit(bank, point.toString(), dice, (session, shards) -> ARMED.get().put(Step.DECIDED, maker -> {
            throw new IllegalStateException("left to recovery");
        }));
        List<Blow> blows = new ArrayList<>();
        ARMED.get().put(point.step(), shard -> {
            Blow blow = new Blow(point, Integer.parseInt(shard.name().substring("shard".length())));
            blows.add(blow);
            blow.strike(null);
        });
        try {
            bank.factory.recoverTransactions();
        } catch (AssertionError thrown) {
            assertThat(point.fault()).isEqualTo(Fault.ERROR);
        }
        ARMED.get().clear();
        return !blows.isEmpty() && blows.get(0).hasHit();
    }

    private static ShardId shardId(int shard) {
        return ShardId.of("shard" + shard);
    }

    /** How the server calls the branch's connection, which is not used for that: a function may lock, and what locks first ends last. */
    private int port(ShardedSession session, int shard) {
        ShardedTransaction transaction = (ShardedTransaction) session.getTransaction();
        Branch<?> branch = transaction.branches().open().stream()
                .filter(open -> open.shard().equals(shardId(shard)))
                .findFirst()
                .orElseThrow();
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select client_port from pg_stat_activity where pid = "
                        + branch.connection().unwrap(PGConnection.class).getBackendPID())) {
            return row.next() ? row.getInt(1) : 0; // another fault has ended it
        } catch (SQLException e) {
            return 0;
        }
    }

    /** One fault, at its place and time. */
    private final class Blow {
        private final FaultPoint point;
        private final int shard;
        private boolean struck;
        private @Nullable Link losing;
        private @Nullable Future<?> restart;

        Blow(FaultPoint point, int shard) {
            this.point = point;
            this.shard = shard;
        }

        /** Does nothing if somebody else has broken the branch's connection before. Recovery's is not known. */
        void strike(@Nullable Link branch) {
            if (!point.isOfRecovery() && (branch == null || !branch.isOpen())) {
                return;
            }
            struck = true;
            switch (point.fault()) {
                case CUT -> cut(branch);
                case LOSE_ANSWER -> loseAnswer(branch);
                case CUT_ALL -> relays.get(shard).cut();
                case TERMINATE -> struck = terminate();
                case KILL_SERVER -> {
                    cluster.kill(shard);
                    restart = restarting.submit(() -> cluster.restart(shard));
                }
                case FREEZE_SERVER -> {
                    cluster.server(shard).suspend();
                    restart = restarting.submit(() -> {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RECOVERY_MILLIS));
                        cluster.server(shard).resume();
                    });
                }
                case ERROR -> throw new AssertionError("thrown at " + point);
                case KILL_JVM, FREEZE_JVM -> throw new IllegalStateException("not this one");
            }
        }

        private boolean terminate() {
            try (Connection connection = cluster.shards().get(shard).connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where application_name like 'hibernate-shards%' order by random() limit 1")) {
                return row.next() && row.getBoolean(1);
            } catch (SQLException e) {
                return false; // another fault has its server down
            }
        }

        private void cut(@Nullable Link branch) {
            if (branch != null) {
                branch.cut();
            }
        }

        private void loseAnswer(@Nullable Link branch) {
            losing = branch;
            if (branch != null) {
                branch.loseAnswer();
            }
        }

        boolean hasHit() throws Exception {
            if (restart != null) {
                restart.get();
            }
            return struck && (losing == null || losing.hasLostAnswer());
        }
    }

    private boolean killJvms(Queue<FaultPoint> points, Random dice, Bank bank) throws Exception {
        try (JvmLauncher launcher = new JvmLauncher()) {
            launcher.rehearse(CrashingJvm.class, arguments(CrashingJvm.NONE, 10, "rehearsal"));
            for (FaultPoint point = points.poll(); point != null && !stop.get(); point = points.poll()) {
                String name = point + "/" + transfers.incrementAndGet();
                int survives = point.isOfRecovery() ? dice.nextInt(3) : dice.nextInt(20);
                String step = point.step() + (point.fault() == Fault.FREEZE_JVM ? CrashingJvm.FREEZE : "");
                killJvm(launcher.start(CrashingJvm.class, arguments(step, survives, name)), point, bank);
                hits.merge(point, 1, Integer::sum);
            }
        }
        return true;
    }

    private List<String> arguments(String step, int survives, String name) {
        List<String> arguments = new ArrayList<>(List.of(step, String.valueOf(survives), name));
        cluster.settings().forEach((setting, value) -> {
            arguments.add(setting);
            arguments.add(value);
        });
        return arguments;
    }

    private void killJvm(Process jvm, FaultPoint point, Bank bank) throws IOException, InterruptedException {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                String[] words = line.split(" ", -1);
                if (words.length == 3 && words[0].equals("told")) {
                    told.put(words[1], Told.valueOf(words[2]));
                } else if (line.equals(CrashingJvm.FROZEN)) {
                    awaitStopped(jvm.pid());
                    bank.factory.recoverTransactions();
                    new ProcessBuilder("kill", "-CONT", String.valueOf(jvm.pid()))
                            .start()
                            .waitFor();
                }
            }
            assertThat(jvm.waitFor()).as("%s", point).isEqualTo(137);
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static void awaitStopped(long process) throws IOException {
        Path state = Path.of("/proc", String.valueOf(process), "stat");
        while (!Files.readString(state).contains(") T ")) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
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
                try (ResultSet row = statement.executeQuery("select writer, count(*) from Stroke group by writer")) {
                    while (row.next()) {
                        // one on each of two shards
                        sums.merge(row.getString(1), row.getInt(2), (one, other) -> one + other - 2);
                    }
                }
            }
        }
        Tallies.settle(cluster.shards(), history);
        List<String> problems = HistoryChecker.check(history);
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
                hits.values().stream().mapToInt(Integer::intValue).sum(),
                count(Told.COMMITTED),
                count(Told.ROLLED_BACK),
                recovered.get(),
                lost.size() + undead.size() + halves.size());
        System.out.printf(
                "crash matrix under locks: transactions=%d committed=%d versions=%d problems=%d%n",
                history.transactions().size(),
                history.transactions().stream()
                        .filter(one -> one.told() == History.Told.COMMITTED)
                        .count(),
                history.stored().size(),
                problems.size());
        printCoverage();
        Set<String> wrong = new HashSet<>(lost);
        wrong.addAll(undead);
        wrong.addAll(halves.keySet());
        for (Fault fault : Fault.values()) {
            System.out.printf(
                    "crash matrix %s: faults=%d lost=%d%n",
                    fault,
                    hits.entrySet().stream()
                            .filter(hit -> hit.getKey().fault() == fault)
                            .mapToInt(Map.Entry::getValue)
                            .sum(),
                    wrong.stream().filter(name -> name.contains("." + fault)).count());
        }
        assertThat(halves).as("half transfers").isEmpty();
        assertThat(lost).as("told to be committed, and not there").isEmpty();
        assertThat(undead).as("told to be rolled back, and there").isEmpty();
        assertThat(problems).as("under locks").isEmpty();
        assertThat(coins).as("sum over all accounts").isEqualTo(SHARDS * Bank.ACCOUNTS * Bank.COINS);
        assertThat(recovered.get()).as("something was left to recovery").isPositive();
        assertThat(FaultPoint.all()).allSatisfy(point -> assertThat(hits.getOrDefault(point, 0))
                .as("hits of %s", point)
                .isGreaterThanOrEqualTo(rounds(point)));
    }

    /** A line for each step: how often each fault hit each victim. */
    private void printCoverage() {
        for (Step step : Step.values()) {
            StringBuilder line = new StringBuilder("  at " + step + ":");
            FaultPoint.all().stream().filter(point -> point.step() == step).forEach(point -> line.append(' ')
                    .append(point.toString().substring(step.name().length() + 1))
                    .append('=')
                    .append(hits.getOrDefault(point, 0)));
            System.out.println(line);
        }
    }

    private long count(Told outcome) {
        return told.values().stream().filter(one -> one == outcome).count();
    }
}
