package io.hibernateshards.internal.transaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which the branches of one transaction end: those that only read; those that have written; those that hold
 * locks and have written nothing. So no lock is released before what it protects is stored on other shards. Within a group the
 * branch that locked last ends first, so that of nested locks the outermost is released last.
 *
 * <p>What a branch has written is known by the statements that it was sent, but for the functions that selects call. There
 * the server is asked, if it matters: where another branch has written, or may have.
 */
final class CommitOrder {
    private static final Comparator<Branch<?>> LAST_LOCKED_FIRST =
            Comparator.comparingInt(branch -> -(branch.place() == 0 ? Integer.MAX_VALUE : branch.place()));

    private final ShardedTransaction transaction;
    private final List<Branch<?>> readers = new ArrayList<>();
    private final List<Branch<?>> holders = new ArrayList<>();

    /** The order as far as the statements tell. Sends nothing. */
    CommitOrder(List<? extends Branch<?>> open, ShardedTransaction transaction) {
        this.transaction = transaction;
        for (Branch<?> branch : open) {
            if (!branch.hasWritten()) {
                (branch.mayHoldLocks() ? holders : readers).add(branch);
            }
        }
        holders.sort(LAST_LOCKED_FIRST);
    }

    /** Those that have written nothing and hold no lock. */
    List<Branch<?>> readers() {
        return readers;
    }

    /** Those that have written; the one that locked last comes first. */
    List<Branch<?>> written() {
        return transaction.writers().stream().sorted(LAST_LOCKED_FIRST).toList();
    }

    /** Those that may hold locks, and have written nothing as far as is known; the one that locked last comes first. */
    List<Branch<?>> holders() {
        return holders;
    }

    /** Whether one branch alone has written or may have. */
    boolean isOneAlone() {
        return transaction.writers().size() + holders.size() <= 1;
    }

    /** A reader has written by its server's account. */
    void hasWritten(Branch<?> reader) {
        readers.remove(reader);
        transaction.hasWrittenUnseen(reader);
    }

    /**
     * Has the servers of those that may hold locks say whether they have written. One round trip each. Their place depends on it,
     * as what they have written is to be stored before a lock that another took first is released.
     *
     * @param prepared whether all will be prepared in any case: then only those are asked that have called functions
     * @throws io.hibernateshards.ShardingException if one has lost its locks
     */
    void checkHolders(boolean prepared) {
        List<Branch<?>> written = holders.stream()
                .filter(branch -> !prepared || branch.hasCalledFunctions())
                .filter(Branch::checkWritten)
                .toList();
        holders.removeAll(written);
        written.forEach(transaction::hasWrittenUnseen);
    }

    /** Has all servers say so where another branch has written, or may have. */
    void checkAll() {
        if (isOneAlone() && transaction.writers().isEmpty()) {
            return;
        }
        List<Branch<?>> written = readers.stream().filter(Branch::checkNumbered).toList();
        written.forEach(this::hasWritten);
        if (!isOneAlone()) {
            checkHolders(false);
        }
    }
}
