package io.hibernateshards.internal.transaction;

import io.hibernateshards.internal.transaction.History.Told;
import io.hibernateshards.internal.transaction.History.Transaction;
import io.hibernateshards.internal.transaction.History.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds what must not be in a history:
 *
 * <ul>
 *   <li>a <b>half</b> transaction: after quiescence some of its versions are there and others not, or all of one that was told
 *       to be rolled back, or not all of one that was told to be committed;
 *   <li>a <b>lost</b> update: two transactions stored the same version of a row, or one of them is missing in their chain,
 *       or one was based on another version than the one before;
 *   <li>a <b>dirty</b> read: of a version that was never committed, or a second, different one of the same number;
 *   <li>a <b>stale</b> read: of a version under a lock, though a later one was stored by a transaction that had been told to be
 *       committed before;
 *   <li>a <b>cycle</b> of transactions at level SERIALIZABLE, each of which comes before the next: its version was read or
 *       replaced by it, or it read a version that the next replaced.
 * </ul>
 */
final class HistoryChecker {
    private final History history;
    private final Set<Version> stored;
    private final Map<String, TreeMap<Integer, List<Version>>> chains = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();

    private HistoryChecker(History history) {
        this.history = history;
        stored = new HashSet<>(history.stored());
        history.stored().forEach(version -> chains.computeIfAbsent(version.row(), row -> new TreeMap<>())
                .computeIfAbsent(version.number(), number -> new ArrayList<>())
                .add(version));
    }

    /** A line for each problem, which begins with its kind. */
    static List<String> check(History history) {
        HistoryChecker checker = new HistoryChecker(history);
        checker.halves();
        checker.lostUpdates();
        checker.dirtyReads();
        checker.staleReads();
        checker.cycles();
        return checker.problems;
    }

    private void halves() {
        for (Transaction one : history.transactions()) {
            long there = one.written().stream().filter(stored::contains).count();
            boolean none = there == 0;
            boolean all = there == one.written().size();
            boolean wrong =
                    switch (one.told()) {
                        case COMMITTED -> !all;
                        case ABORTED -> !none;
                        case UNKNOWN -> !all && !none;
                    };
            if (wrong) {
                problems.add("half: " + one.name() + " was told " + one.told() + ", and of its versions "
                        + one.written() + " there are " + there);
            }
        }
    }

    private void lostUpdates() {
        chains.forEach((row, chain) -> {
            int expected = 1;
            for (Map.Entry<Integer, List<Version>> link : chain.entrySet()) {
                if (link.getKey() != expected) {
                    problems.add("lost: version " + expected + " of " + row + " is missing before " + link.getValue());
                }
                if (link.getValue().size() > 1) {
                    problems.add("lost: " + link.getValue() + " are the same version");
                }
                expected = link.getKey() + 1;
            }
            Version end = history.last().get(row);
            if (end == null || !chain.lastEntry().getValue().contains(end)) {
                problems.add("lost: " + row + " is " + end + " in the end, not " + chain.lastEntry());
            }
        });
        history.last().values().stream()
                .filter(end -> end.number() > 0 && !chains.containsKey(end.row()))
                .forEach(end -> problems.add("lost: nobody stored " + end));
        for (Transaction one : committed()) {
            for (Version written : one.written()) {
                boolean based = one.read().stream()
                        .anyMatch(read -> read.row().equals(written.row())
                                && read.number() == written.number() - 1
                                && isThere(read));
                if (!based) {
                    problems.add("lost: " + written + " is not based on the version before, but on " + one.read());
                }
            }
        }
    }

    private void dirtyReads() {
        for (Transaction one : history.transactions()) {
            for (Version read : one.read()) {
                if (!isThere(read)) {
                    problems.add("dirty: " + one.name() + " read " + read + ", which was never committed");
                }
            }
        }
    }

    private void staleReads() {
        List<Transaction> told = history.transactions().stream()
                .filter(one -> one.told() == Told.COMMITTED && !one.written().isEmpty())
                .sorted(Comparator.comparingLong(Transaction::returned))
                .toList();
        Map<String, Version> known = new HashMap<>();
        int next = 0;
        for (Transaction one : history.transactions()) { // in the order in which they were begun
            for (; next < told.size() && told.get(next).returned() < one.invoked(); next++) {
                for (Version written : told.get(next).written()) {
                    known.merge(written.row(), written, (a, b) -> a.number() > b.number() ? a : b);
                }
            }
            for (Version read : one.locked() ? one.read() : List.<Version>of()) {
                Version before = known.get(read.row());
                if (before != null && before.number() > read.number()) {
                    problems.add("stale: " + one.name() + " read " + read + " under a lock, though " + before
                            + " had been told to be committed");
                }
            }
        }
    }

    private boolean isThere(Version version) {
        return version.number() == 0 || stored.contains(version);
    }

    /** Those whose versions are there, whatever they were told; those that only read, if they were told so. */
    private List<Transaction> committed() {
        return history.transactions().stream()
                .filter(one ->
                        one.written().isEmpty() ? one.told() == Told.COMMITTED : stored.containsAll(one.written()))
                .toList();
    }

    private void cycles() {
        List<Transaction> all =
                committed().stream().filter(Transaction::serializable).toList();
        Map<String, Map<Integer, String>> writers = new HashMap<>();
        all.forEach(
                one -> one.written().forEach(version -> writers.computeIfAbsent(version.row(), row -> new HashMap<>())
                        .put(version.number(), one.name())));
        Map<String, Set<String>> before = new LinkedHashMap<>();
        for (Transaction one : all) {
            for (Version written : one.written()) {
                follow(before, one.name(), writer(writers, written, 1)); // ww
            }
            for (Version read : one.read()) {
                follow(before, writer(writers, read, 0), one.name()); // wr
                follow(before, one.name(), writer(writers, read, 1)); // rw
            }
        }
        Set<String> done = new HashSet<>();
        before.keySet().forEach(name -> visit(name, before, new LinkedHashSet<>(), done));
    }

    private static String writer(Map<String, Map<Integer, String>> writers, Version version, int later) {
        return writers.getOrDefault(version.row(), Map.of()).getOrDefault(version.number() + later, "");
    }

    private static void follow(Map<String, Set<String>> before, String one, String next) {
        if (!one.isEmpty() && !next.isEmpty() && !one.equals(next)) {
            before.computeIfAbsent(one, name -> new LinkedHashSet<>()).add(next);
        }
    }

    private void visit(String name, Map<String, Set<String>> before, Set<String> path, Set<String> done) {
        if (done.contains(name)) {
            return;
        }
        if (!path.add(name)) {
            List<String> cycle = new ArrayList<>(path);
            problems.add("cycle: " + cycle.subList(cycle.indexOf(name), cycle.size()));
            return;
        }
        before.getOrDefault(name, Set.of()).forEach(next -> visit(next, before, path, done));
        path.remove(name);
        done.add(name);
    }
}
