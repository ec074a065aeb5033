package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.transaction.History.Told;
import io.hibernateshards.internal.transaction.History.Version;
import org.junit.jupiter.api.Test;

/** Histories that nobody would like to see. */
class HistoryCheckerTest {
    private final History history = new History();

    private void stored(String row, int number, String writer) {
        history.stored(new Version(row, number, writer));
        history.last(new Version(row, number, writer));
    }

    private void change(String name, String row, int number, String based) {
        history.begin(name, false)
                .read(row, number - 1, based)
                .wrote(row, number)
                .end(Told.COMMITTED);
        stored(row, number, name);
    }

    @Test
    void aGoodHistory_hasNoProblems() {
        change("t1", "a", 1, "");
        change("t2", "a", 2, "t1");
        history.begin("both", false)
                .read("a", 2, "t2")
                .read("b", 0, "")
                .wrote("a", 3)
                .wrote("b", 1)
                .end(Told.UNKNOWN);
        stored("a", 3, "both");
        stored("b", 1, "both");
        history.begin("gone", false)
                .read("a", 3, "both")
                .read("b", 1, "both")
                .wrote("a", 4)
                .wrote("b", 2)
                .end(Told.UNKNOWN);
        history.begin("reader", false).read("a", 2, "t2").read("b", 1, "both").end(Told.COMMITTED);
        assertThat(HistoryChecker.check(history)).isEmpty();
    }

    @Test
    void ofAnUnknownTransaction_oneShardIsThere() {
        history.begin("t", false)
                .read("a", 0, "")
                .read("b", 0, "")
                .wrote("a", 1)
                .wrote("b", 1)
                .end(Told.UNKNOWN);
        stored("a", 1, "t");
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("half: t was told UNKNOWN");
    }

    @Test
    void aCommittedTransaction_isNotThere() {
        history.begin("t", false).read("a", 0, "").wrote("a", 1).end(Told.COMMITTED);
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("half: t was told COMMITTED");
    }

    @Test
    void anAbortedTransaction_isThere() {
        history.begin("t", false).read("a", 0, "").wrote("a", 1).end(Told.ABORTED);
        stored("a", 1, "t");
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("half: t was told ABORTED");
    }

    @Test
    void twoTransactionsStoredTheSameVersion() {
        change("t1", "a", 1, "");
        change("t2", "a", 1, "");
        assertThat(HistoryChecker.check(history))
                .singleElement()
                .asString()
                .startsWith("lost: ")
                .contains("t1", "t2");
    }

    @Test
    void aVersionIsMissing() {
        change("t1", "a", 1, "");
        change("t3", "a", 3, "t2");
        assertThat(HistoryChecker.check(history))
                .anyMatch(problem -> problem.startsWith("lost: version 2 of a is missing"))
                .anyMatch(problem -> problem.startsWith("dirty: t3 read"));
    }

    @Test
    void theLastVersionIsNotTheRowsOwn() {
        change("t1", "a", 1, "");
        change("t2", "a", 2, "t1");
        history.last(new Version("a", 1, "t1"));
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("lost: a is");
    }

    @Test
    void aVersionIsBasedOnAnOlderOne() {
        change("t1", "a", 1, "");
        history.begin("t2", false).read("a", 0, "").wrote("a", 2).end(Told.COMMITTED);
        stored("a", 2, "t2");
        assertThat(HistoryChecker.check(history)).singleElement().asString().contains("is not based on");
    }

    @Test
    void whatWasRolledBackWasRead() {
        history.begin("t1", false).read("a", 0, "").wrote("a", 1).end(Told.ABORTED);
        history.begin("reader", false).read("a", 1, "t1").end(Told.COMMITTED);
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("dirty: reader read");
    }

    @Test
    void aRowChangedWithoutAnyTransaction() {
        history.last(new Version("a", 1, "nobody"));
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("lost: nobody stored");
    }

    private void skew(boolean serializable) {
        history.begin("t1", serializable)
                .read("a", 0, "")
                .read("b", 0, "")
                .wrote("a", 1)
                .end(Told.COMMITTED);
        history.begin("t2", serializable)
                .read("a", 0, "")
                .read("b", 0, "")
                .wrote("b", 1)
                .end(Told.COMMITTED);
        stored("a", 1, "t1");
        stored("b", 1, "t2");
    }

    @Test
    void writeSkew_isACycle_ifBothAreSerializable() {
        skew(true);
        assertThat(HistoryChecker.check(history)).containsExactly("cycle: [t1, t2]");
    }

    @Test
    void writeSkew_isAllowedAtReadCommitted() {
        skew(false);
        assertThat(HistoryChecker.check(history)).isEmpty();
    }

    @Test
    void aReaderBetween_closesACycleOfThree() {
        history.begin("t1", true)
                .read("a", 0, "")
                .read("b", 0, "")
                .wrote("b", 1)
                .end(Told.COMMITTED);
        history.begin("t2", true).read("a", 0, "").wrote("a", 1).end(Told.COMMITTED);
        history.begin("reader", true).read("a", 1, "t2").read("b", 0, "").end(Told.COMMITTED);
        stored("a", 1, "t2");
        stored("b", 1, "t1");
        assertThat(HistoryChecker.check(history))
                .singleElement()
                .asString()
                .startsWith("cycle: ")
                .contains("t1", "t2", "reader");
    }

    @Test
    void whoHoldsTheLock_readsWhatWasToldToBeCommitted() {
        change("t1", "a", 1, "");
        change("t2", "a", 2, "t1");
        history.begin("plain", false).read("a", 1, "t1").end(Told.COMMITTED);
        history.begin("sees", false).locked().read("a", 2, "t2").end(Told.COMMITTED);
        assertThat(HistoryChecker.check(history)).isEmpty();
        history.begin("late", false).locked().read("a", 1, "t1").end(Told.ABORTED);
        assertThat(HistoryChecker.check(history)).singleElement().asString().startsWith("stale: late read");
    }

    @Test
    void twoHoldersOfALock_whoCountedTheSame_haveLostOne() {
        history.begin("t1", false).locked().read("a", 0, "").wrote("a", 1).end(Told.COMMITTED);
        history.begin("t2", false).locked().read("a", 0, "").wrote("a", 1).end(Told.COMMITTED);
        stored("a", 1, "t1");
        stored("a", 1, "t2");
        assertThat(HistoryChecker.check(history))
                .anyMatch(problem -> problem.startsWith("lost: "))
                .anyMatch(problem -> problem.startsWith("stale: t2"));
    }
}
