package io.hibernateshards.internal.replica;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.replica.Counters.Counting;
import io.hibernateshards.internal.replica.Ledger.Acknowledged;
import io.hibernateshards.internal.replica.Ledger.Count;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Writers that count rows up, each its own, and publish what was acknowledged; readers that check what they read against
 * what was published before they began. Runs until the ledger says that it is to stop.
 */
final class CounterLoad {
    /** What readers promise to see, and how they ask for it. */
    record Check(Consistency asked, Consistency promised) {
        static Check of(Consistency level) {
            return new Check(level, level);
        }
    }

    static final List<Check> ALL = List.of(
            Check.of(Consistency.SESSION),
            Check.of(Consistency.SESSION),
            Check.of(Consistency.bounded(Duration.ofMillis(300))),
            Check.of(Consistency.bounded(Duration.ofSeconds(2))),
            Check.of(Consistency.STRONG),
            Check.of(Consistency.EVENTUAL));

    /** Leaves the machine to the readers. */
    private static final long WRITER_PAUSE = TimeUnit.MILLISECONDS.toNanos(8);

    private static final int WRITERS = 2;
    private static final int READERS = 4;
    private static final int BATCH = 8;

    private final ShardedSessionFactory factory;
    private final Ledger ledger;
    private final List<Check> checks;
    private final int[] rows;
    private final long seed;
    private final ShardId[] shards;

    /** Of the rows that this JVM knows. */
    CounterLoad(ShardedSessionFactory factory, Ledger ledger, List<Check> checks, int[] rows, long seed) {
        this.factory = factory;
        this.ledger = ledger;
        this.checks = checks;
        this.rows = rows.clone();
        this.seed = seed;
        shards = new ShardId[2 * Counters.ROWS];
        for (int row : rows) {
            shards[row] = factory.locate(Counters.entity(row), Counters.id(row));
        }
    }

    /** Arguments: the ledger's file, the seed, the number of this JVM, of how many, the rows. Settings by standard input. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> settings = new HashMap<>();
        Properties properties = new Properties();
        properties.load(System.in);
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        Ledger ledger = new Ledger(Path.of(arguments[0]), 2 * Counters.ROWS);
        int[] rows = IntStream.range(0, Integer.parseInt(arguments[4])).toArray();
        try (ShardedSessionFactory factory = Counters.factory(settings)) {
            new CounterLoad(factory, ledger, ALL, rows, Long.parseLong(arguments[1]))
                    .run(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
        }
    }

    /** Writes its share of the rows, and reads all of them. */
    void run(int jvm, int jvms) throws InterruptedException {
        ledger.add(Count.STARTED, 1);
        List<Thread> threads = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int mine = jvm * WRITERS + writer;
            int[] own = Arrays.stream(rows)
                    .filter(row -> row % (jvms * WRITERS) == mine)
                    .toArray();
            threads.add(new Thread(() -> write(own, new Random(seed + mine)), "writer-" + mine));
        }
        for (int reader = 0; reader < READERS; reader++) {
            int mine = jvm * READERS + reader;
            threads.add(new Thread(() -> read(new Random(seed - 1 - mine)), "reader-" + mine));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private boolean runs() {
        return ledger.count(Count.STOPPED) == 0;
    }

    // ---- writers

    private void write(int[] own, Random dice) {
        while (runs()) {
            int first = own[dice.nextInt(own.length)];
            int second = own[dice.nextInt(own.length)];
            int[] chosen = first == second || dice.nextInt(5) > 0 ? new int[] {first} : new int[] {first, second};
            long[] values = Arrays.stream(chosen).mapToLong(ledger::attempt).toArray();
            try (ShardedSession session = factory.openSession()) {
                session.inTransaction(transaction -> {
                    for (int i = 0; i < chosen.length; i++) {
                        session.find(Counters.entity(chosen[i]), Counters.id(chosen[i])).reached = values[i];
                    }
                });
                ConsistencyToken token = session.getConsistencyToken();
                boolean several = Arrays.stream(chosen)
                                .mapToObj(row -> shards[row])
                                .distinct()
                                .count()
                        > 1;
                for (int i = 0; i < chosen.length; i++) {
                    OptionalLong position = token.position(shards[chosen[i]]);
                    if (position.isEmpty() && several && !token.equals(ConsistencyToken.NONE)) {
                        // its server died when the transaction was committed on the other; recovery will tell it
                        ledger.add(Count.UNTOLD_WRITES, 1);
                    } else {
                        ledger.acknowledge(chosen[i], values[i], position.orElseThrow());
                    }
                }
                ledger.add(Count.WRITES, 1);
            } catch (RuntimeException e) {
                failed(e, Count.FAILED_WRITES);
            }
            LockSupport.parkNanos(WRITER_PAUSE);
        }
    }

    // ---- readers

    private void read(Random dice) {
        while (runs()) {
            Check check = checks.get(dice.nextInt(checks.size()));
            boolean inTransaction = dice.nextInt(4) == 0;
            Map<Integer, Long> told = new LinkedHashMap<>();
            ConsistencyToken token = ConsistencyToken.NONE;
            while (told.size() < Math.min(BATCH, rows.length)) {
                int row = rows[dice.nextInt(rows.length)];
                Acknowledged one = ledger.newest(row, dice.nextInt(3) == 0 ? dice.nextInt(20) : 0);
                if (told.putIfAbsent(row, one.value()) == null) {
                    token = token.merge(ConsistencyToken.of(shards[row], one.position()));
                }
            }
            try (ShardedSession session = factory.withOptions()
                    .readOnly(true)
                    .consistency(check.asked())
                    .openSession()) {
                if (check.asked().equals(Consistency.SESSION)) {
                    session.acceptConsistencyToken(ConsistencyToken.parse(token.toString()));
                }
                if (inTransaction) {
                    long began = System.nanoTime();
                    session.inTransaction(
                            transaction -> told.forEach((row, value) -> check(session, check, row, value, began)));
                } else {
                    told.forEach((row, value) -> check(session, check, row, value, System.nanoTime()));
                }
            } catch (RuntimeException e) {
                failed(e, Count.UNAVAILABLE);
            }
        }
    }

    /** Reads one row. */
    private void check(ShardedSession session, Check check, int row, long told, long began) {
        Duration staleness = check.promised().staleness();
        long least;
        if (staleness != null) {
            least = ledger.acknowledgedBy(row, began - staleness.toNanos());
        } else if (check.promised().equals(Consistency.STRONG)) {
            least = ledger.newest(row, 0).value();
        } else {
            least = check.promised().equals(Consistency.SESSION) ? told : 0;
        }
        Counting counter = session.find(Counters.entity(row), Counters.id(row));
        long now = System.nanoTime();
        long most = ledger.attempted(row);
        ledger.add(row < Counters.ROWS ? Count.READS : Count.CACHED_READS, 1);
        if (counter == null || counter.reached < least || counter.reached > most) {
            ledger.add(Count.VIOLATIONS, 1);
            System.out.println("violation: row " + row + " on " + shards[row] + " read at " + check.asked()
                    + " was " + (counter == null ? "not there" : counter.reached) + ", promised " + check.promised()
                    + " = " + least + " to " + most + "; began " + (now - began) / 1000
                    + " us before, transaction " + session.isJoinedToTransaction() + "; seed " + seed
                    + "; " + ledger.history(row, now));
        }
    }

    // ---- both

    /** That a server is gone is what the test is about; anything else is an error of its own. */
    private void failed(RuntimeException e, Count count) {
        ledger.add(count, 1);
        if (!isUnavailable(e)) {
            System.out.println("unexpected: seed " + seed + " " + chain(e));
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }

    private static String chain(Throwable e) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            text.append(cause)
                    .append(cause instanceof SQLException sql ? " [" + sql.getSQLState() + "]" : "")
                    .append(" <- ");
        }
        return text.toString().replace('\n', ' ');
    }

    private static boolean isUnavailable(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShardingException sharding
                    && (sharding.code() == ShardErrorCode.SHARD_UNAVAILABLE
                            || sharding.code() == ShardErrorCode.IN_DOUBT)) {
                return true;
            }
            if (cause instanceof SQLException sql && isOfServer(sql.getSQLState())) {
                return true;
            }
        }
        return String.valueOf(e.getMessage()).startsWith("rollback failed"); // of what another exception has told
    }

    /** It is gone, is not the primary any more, has cancelled what stood in the way of its replay, or a lock is kept. */
    private static boolean isOfServer(String state) {
        return state != null
                && (state.startsWith("08")
                        || state.startsWith("57P")
                        || List.of("25006", "40001", "55P03").contains(state));
    }
}
