package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.transaction.Cells.Cell;
import io.hibernateshards.internal.transaction.History.Recording;
import io.hibernateshards.internal.transaction.History.Told;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Concurrent transactions on three shards, recorded, and checked once all is quiet. */
class HistoryTest {
    private static final int THREADS = 6;
    private static final int TRANSACTIONS = Effort.of(300, 1_000);

    private final History history = new History();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void transactions_areWhole_loseNoUpdate_andAreSerializableWhereAsked(boolean cuts) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean stop = new AtomicBoolean();
        try (Cells cells = new Cells("two-phase")) {
            CompletionService<Boolean> clients = new ExecutorCompletionService<>(threads);
            for (int i = 0; i < THREADS; i++) {
                String client = "client" + i;
                clients.submit(() -> work(cells, client));
            }
            if (cuts) {
                threads.execute(() -> cut(cells, stop));
            }
            for (int i = 0; i < THREADS; i++) {
                clients.take().get();
            }
            stop.set(true);
            cells.settle(history);
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        List<String> problems = HistoryChecker.check(history);
        System.out.printf(
                "history: cuts=%s transactions=%d committed=%d aborted=%d unknown=%d versions=%d problems=%d%n",
                cuts,
                history.transactions().size(),
                count(Told.COMMITTED, false) + count(Told.COMMITTED, true),
                count(Told.ABORTED, false) + count(Told.ABORTED, true),
                count(Told.UNKNOWN, false) + count(Told.UNKNOWN, true),
                history.stored().size(),
                problems.size());
        assertThat(problems).isEmpty();
        assertThat(history.transactions()).hasSize(THREADS * TRANSACTIONS);
        assertThat(history.transactions())
                .filteredOn(one -> one.locked() && one.told() == Told.COMMITTED)
                .hasSizeGreaterThan(TRANSACTIONS / 10);
        assertThat(count(Told.COMMITTED, false)).isGreaterThan(TRANSACTIONS / 2);
        assertThat(count(Told.COMMITTED, true)).isGreaterThan(TRANSACTIONS / 10);
        assertThat(history.stored()).hasSizeGreaterThan(TRANSACTIONS / 2);
    }

    private long count(Told told, boolean serializable) {
        return history.transactions().stream()
                .filter(one -> one.told() == told && one.serializable() == serializable)
                .count();
    }

    private static void cut(Cells cells, AtomicBoolean stop) {
        Random dice = new Random(1);
        while (!stop.get()) {
            cells.relays.get(dice.nextInt(Cells.SHARDS)).cut();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50 + dice.nextInt(200)));
        }
    }

    private boolean work(Cells cells, String client) {
        Random dice = new Random(client.hashCode());
        for (int i = 0; i < TRANSACTIONS; i++) {
            String name = client + "." + i;
            switch (dice.nextInt(5)) {
                case 0 ->
                    run(cells, name, false, work -> {
                        for (String cell : some(cells, dice)) {
                            Cells.read(work.session, cell, work.recording);
                        }
                    });
                case 1 -> run(cells, name, true, work -> oneShard(cells, work, dice));
                case 2 ->
                    run(cells, name, false, work -> {
                        List<Tallies.Tally> read =
                                cells.tallies.read(work.session, dice.nextInt(cells.tallies.groups()), work.recording);
                        Tallies.count(work.session, read, name, work.recording);
                    });
                default ->
                    run(cells, name, false, work -> {
                        for (String cell : some(cells, dice)) {
                            Cells.change(work.session, cell, name, work.recording);
                        }
                    });
            }
        }
        return true;
    }

    /** One cell of each of one to three shards, in an order that all follow. */
    private static List<String> some(Cells cells, Random dice) {
        List<Integer> shards =
                new ArrayList<>(IntStream.range(0, Cells.SHARDS).boxed().toList());
        Collections.shuffle(shards, dice);
        return shards.subList(0, 1 + dice.nextInt(Cells.SHARDS)).stream()
                .sorted()
                .map(shard -> cells.names.get(shard).get(dice.nextInt(Cells.CELLS)))
                .toList();
    }

    /** Reads two cells or more and changes at most one of them, as write skew would need. */
    private static void oneShard(Cells cells, Work work, Random dice) {
        int shard = dice.nextInt(Cells.SHARDS);
        work.session
                .createNativeMutationQuery("set transaction isolation level serializable")
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .executeUpdate();
        List<String> own = new ArrayList<>(cells.names.get(shard).subList(Cells.CELLS, 2 * Cells.CELLS));
        Collections.shuffle(own, dice);
        Cells.read(work.session, own.get(0), work.recording);
        if (dice.nextBoolean()) {
            Cells.read(work.session, own.get(1), work.recording);
        }
        if (dice.nextInt(3) > 0) {
            Cells.change(work.session, own.get(2), work.name, work.recording);
        } else {
            Cells.read(work.session, own.get(2), work.recording);
        }
    }

    private record Work(ShardedSession session, String name, Recording recording) {}

    private void run(Cells cells, String name, boolean serializable, Consumer<Work> operations) {
        Recording recording = history.begin(name, serializable);
        Told told;
        boolean committing = false;
        ShardedSession session = cells.factory.openSession();
        try {
            session.beginTransaction();
            operations.accept(new Work(session, name, recording));
            committing = true;
            session.getTransaction().commit();
            told = Told.COMMITTED;
        } catch (RuntimeException failure) {
            boolean inDoubt = failure instanceof ShardingException known && known.code() == ShardErrorCode.IN_DOUBT;
            // the answer to the commit of one shard alone may be lost, as on one server
            boolean lost = committing && recording.writes() == 1 && isCut(failure);
            told = inDoubt || lost ? Told.UNKNOWN : Told.ABORTED;
        }
        try {
            session.close();
        } catch (RuntimeException cut) {
            // its connection is gone, and what it had not committed with it
        }
        recording.end(told);
    }

    private static boolean isCut(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException known
                    && String.valueOf(known.getSQLState()).startsWith("08")) {
                return true;
            }
        }
        return false;
    }

    // ---- that it finds what is wrong

    @Test
    void bestEffort_cutBetweenTwoCommits_isHalf() throws Exception {
        try (Cells cells = new Cells("best-effort")) {
            Recording recording = history.begin("t", false);
            try (ShardedSession session = cells.factory.openSession()) {
                session.beginTransaction();
                Cells.change(session, cells.names.get(0).get(0), "t", recording);
                Cells.change(session, cells.names.get(1).get(0), "t", recording);
                session.flush();
                Relay.Link second = link(cells, session, 0);
                // it checks its constraints, then it commits
                link(cells, session, 1).afterAnswers(2, second::cut);
                assertThatThrownBy(session.getTransaction()::commit)
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(ShardErrorCode.PARTIAL_COMMIT));
            }
            recording.end(Told.UNKNOWN);
            cells.settle(history);
        }
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("half: t ");
    }

    private static Relay.Link link(Cells cells, ShardedSession session, int shard) {
        int port = session.createNativeQuery("select inet_client_port()", Integer.class)
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .getSingleResult();
        return Objects.requireNonNull(cells.relays.get(shard).link(port));
    }

    @Test
    void withoutVersions_anUpdateIsLost() throws Exception {
        try (Cells cells = new Cells("two-phase");
                ShardedSession one = cells.factory.openSession();
                ShardedSession two = cells.factory.openSession()) {
            String name = cells.names.get(2).get(0);
            one.beginTransaction();
            two.beginTransaction();
            Recording first = history.begin("one", false);
            Recording second = history.begin("two", false);
            Cell seenByOne = Cells.read(one, name, first);
            Cell seenByTwo = Cells.read(two, name, second);
            Cells.changeUnchecked(one, ShardId.of("shard2"), seenByOne, "one", first);
            one.getTransaction().commit();
            first.end(Told.COMMITTED);
            Cells.changeUnchecked(two, ShardId.of("shard2"), seenByTwo, "two", second);
            two.getTransaction().commit();
            second.end(Told.COMMITTED);
            cells.settle(history);
        }
        assertThat(HistoryChecker.check(history))
                .singleElement()
                .asString()
                .startsWith("lost: ")
                .contains("one", "two");
    }
}
