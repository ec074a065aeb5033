package io.hibernateshards.oracle;

import io.hibernateshards.oracle.Asking.Difference;
import io.hibernateshards.oracle.Unit.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;

/** Some rows and questions about them. A failed round shrinks to one question, then to a simpler one, then to fewer rows. */
final class Round {
    /** Each with sessions of its own, so that no core waits for a server's answer. */
    private static final int LANES = 2;

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "oracle");
        thread.setDaemon(true);
        return thread;
    });

    final List<Unit> units;
    final List<Question> questions;
    private final boolean shrunk;
    private Question failed;

    Round(List<Unit> units, List<Question> questions) {
        this(units, questions, false);
    }

    private Round(List<Unit> units, List<Question> questions, boolean shrunk) {
        this.units = units;
        this.questions = questions;
        this.shrunk = shrunk;
    }

    static Round of(Random random, Schema schema, int questions) {
        Queries queries = new Queries(random, schema);
        int size = 20 + random.nextInt(40);
        List<Unit> units = IntStream.rangeClosed(1, size)
                .mapToObj(id -> new Unit(kind(random), id, random.nextLong(), 3))
                .toList();
        return new Round(
                units,
                IntStream.range(0, questions).mapToObj(i -> queries.next()).toList());
    }

    private static Kind kind(Random random) {
        return random.nextInt(3) == 0 ? Kind.CUSTOMER : Values.of(random, Unit.KINDS);
    }

    void ask(Sides sides, Tally tally) {
        sides.load(units);
        Queue<Question> open = new ConcurrentLinkedQueue<>(questions);
        List<CompletableFuture<Void>> lanes = IntStream.range(0, Math.min(LANES, questions.size()))
                .mapToObj(lane -> CompletableFuture.runAsync(() -> askAll(open, sides, tally), THREADS))
                .toList();
        try {
            CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Difference difference) {
                failed = difference.question;
                if (!shrunk) {
                    tally.different();
                }
                throw difference;
            }
            throw e;
        }
    }

    /** Until there are no more, or one of the lanes has found a difference. */
    private static void askAll(Queue<Question> open, Sides sides, Tally tally) {
        try (Asking asking = new Asking(sides, tally)) {
            for (Question question = open.poll(); question != null; question = open.poll()) {
                asking.ask(question);
            }
        } catch (Throwable e) {
            open.clear();
            throw e;
        }
    }

    Shrinkable<Round> shrinkable() {
        Round round = this;
        return new Shrinkable<>() {
            @Override
            public Round value() {
                return round;
            }

            @Override
            public Stream<Shrinkable<Round>> shrink() {
                return round.simpler().map(Round::shrinkable);
            }

            @Override
            public ShrinkingDistance distance() {
                return ShrinkingDistance.of(
                        questions.size(),
                        questions.stream().mapToInt(q -> q.toString().length()).sum(),
                        units.stream().mapToInt(unit -> 1 + unit.children()).sum());
            }
        };
    }

    private Stream<Round> simpler() {
        if (questions.size() > 1) {
            return failed == null ? Stream.empty() : Stream.of(new Round(units, List.of(failed), true));
        }
        return Stream.concat(
                questions.get(0).simpler().map(question -> new Round(units, List.of(question), true)),
                fewer().map(rows -> new Round(rows, questions, true)));
    }

    /** Without a half, a quarter ... and at last without one; then with less in one. */
    private Stream<List<Unit>> fewer() {
        List<List<Unit>> all = new ArrayList<>();
        for (int length = units.size() / 2; length > 0; length /= 2) {
            for (int from = 0; from < units.size(); from += length) {
                List<Unit> rest = new ArrayList<>(units);
                rest.subList(from, Math.min(units.size(), from + length)).clear();
                all.add(rest);
            }
        }
        for (int i = 0; i < units.size(); i++) {
            if (units.get(i).children() > 0) {
                List<Unit> less = new ArrayList<>(units);
                less.set(i, units.get(i).childless());
                all.add(less);
            }
        }
        return all.stream();
    }

    @Override
    public String toString() {
        if (questions.size() > 1) {
            return questions.size() + " questions about " + units.size() + " units of rows";
        }
        StringBuilder words = new StringBuilder(questions.get(0).toString());
        if (units.size() <= 6) {
            units.forEach(unit -> words.append("\n  ").append(unit).append(": ").append(unit.rows()));
        } else {
            words.append("\n  ").append(units);
        }
        return words.toString();
    }
}
