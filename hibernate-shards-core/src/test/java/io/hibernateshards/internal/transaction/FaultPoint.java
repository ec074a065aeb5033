package io.hibernateshards.internal.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a commit of three branches, or recovery, is hit, and how.
 *
 * @param step which has just been made
 * @param fault what happens next
 * @param victim whose branch is hit: 0 decides, 1 and 2 are prepared and committed in this order
 */
record FaultPoint(Step step, Fault fault, int victim) {
    static final int BRANCHES = 3;

    enum Fault {
        /** The branch's connection is cut: what it is asked next does not reach its server. */
        CUT,
        /** The branch's connection is cut once its server has done what it is asked next, and before it can say so. */
        LOSE_ANSWER,
        /** All connections to the branch's server are cut. */
        CUT_ALL,
        /** A process of the branch's server is terminated by an administrator, whichever connection of ours it serves. */
        TERMINATE,
        /** The branch's server is killed, and started again. */
        KILL_SERVER,
        /** The branch's server hangs with all its connections (SIGSTOP), and goes on a moment later. */
        FREEZE_SERVER,
        /** The JVM is killed. */
        KILL_JVM,
        /** The JVM hangs (SIGSTOP), and goes on once the recovery of others has seen what it left. */
        FREEZE_JVM,
        /** The JVM throws an error, as if it had no memory left. */
        ERROR;

        /** Whether it hits the whole JVM, whichever branch. */
        boolean isOfJvm() {
            return this == KILL_JVM || this == FREEZE_JVM || this == ERROR;
        }
    }

    static List<FaultPoint> all() {
        List<FaultPoint> all = new ArrayList<>();
        for (Step step : Step.values()) {
            for (Fault fault : Fault.values()) {
                victims(step, fault)
                        .mapToObj(victim -> new FaultPoint(step, fault, victim))
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static IntStream victims(Step step, Fault fault) {
        boolean own = fault == Fault.CUT || fault == Fault.LOSE_ANSWER;
        if (fault.isOfJvm()) {
            return IntStream.of(0);
        } else if (isOfRecovery(step)) {
            return own ? IntStream.empty() : IntStream.of(1);
        } else if (fault == Fault.FREEZE_SERVER) {
            return IntStream.of(0, 1); // it takes its time
        } else if (fault == Fault.LOSE_ANSWER && step == Step.DECIDED) {
            return IntStream.of(1, 2); // the deciding branch is asked nothing more
        } else if (fault == Fault.LOSE_ANSWER && step == Step.COMPLETED) {
            return IntStream.of(2);
        }
        return IntStream.range(0, BRANCHES);
    }

    static boolean isOfRecovery(Step step) {
        return step == Step.LEARNED || step == Step.RECOVERED;
    }

    boolean isOfRecovery() {
        return isOfRecovery(step);
    }

    /** Which of the shards, in the order in which they are written, has a branch: the one that is written last decides. */
    static int shard(int branch) {
        return BRANCHES - 1 - branch;
    }

    /** Which branch makes the step, the first time that it is made in a commit. */
    int maker() {
        return step == Step.PREPARED || step == Step.COMPLETED ? 1 : 0;
    }

    @Override
    public String toString() {
        return step + "." + fault + (fault.isOfJvm() ? "" : "." + victim);
    }
}
