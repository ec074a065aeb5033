package io.hibernateshards.internal.transaction;

import io.hibernateshards.Killed;
import io.hibernateshards.internal.transaction.Bank.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Transfers until it is killed: by itself, with SIGKILL, at a given step, the first time that a transaction makes it.
 * Arguments: the step, or the step and {@value #FREEZE}, to hang there with SIGSTOP and to kill itself once it has gone on, how many of these it lives through, a name, and the settings of the shards. Prints what it was told of
 * each transfer. For the step {@value #NONE} it ends by itself, after so many transfers.
 */
final class CrashingJvm {
    static final String NONE = "NONE";
    static final String FREEZE = ".FREEZE";

    /** What it prints before it hangs. */
    static final String FROZEN = "frozen";

    private static final AtomicBoolean HUNG = new AtomicBoolean();
    private static final int THREADS = 3;

    private CrashingJvm() {}

    public static void main(String[] arguments) throws InterruptedException {
        int survives = Integer.parseInt(arguments[1]);
        String name = arguments[2];
        Map<String, String> shards = new TreeMap<>();
        for (int i = 3; i < arguments.length; i += 2) {
            shards.put(arguments[i], arguments[i + 1]);
        }
        boolean lives = arguments[0].equals(NONE);
        try (Bank bank = bank(shards)) {
            if (!lives) {
                Step step = Step.valueOf(arguments[0].replace(FREEZE, ""));
                Runnable crash = arguments[0].endsWith(FREEZE) ? CrashingJvm::freeze : Killed::now;
                TwoPhase.observer = crashAt(step, new AtomicInteger(survives), crash);
            }
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                String thread = name + "." + i + ".";
                Thread transferring = new Thread(() -> transfer(bank, thread, lives ? survives : 100_000));
                transferring.start();
                threads.add(transferring);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (HUNG.get()) {
                Killed.now();
            }
        }
    }

    /** Hangs once, whichever thread makes the step first, and returns once somebody has sent SIGCONT. */
    private static void freeze() {
        if (!HUNG.compareAndSet(false, true)) { // what is at work now is finished
            return;
        }
        System.out.println(FROZEN);
        System.out.flush();
        try {
            new ProcessBuilder(
                            "kill",
                            "-STOP",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server may just be down. */
    private static Bank bank(Map<String, String> shards) {
        for (int attempt = 1; ; attempt++) {
            try {
                return new Bank(shards, "none", 300);
            } catch (RuntimeException e) {
                if (attempt == 100) {
                    throw e;
                }
            }
        }
    }

    private static Step.Observer crashAt(Step at, AtomicInteger left, Runnable crash) {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        return (step, transaction, shard) -> {
            if (step == at && seen.add(transaction) && left.getAndDecrement() <= 0 && !HUNG.get()) {
                crash.run();
            }
            if (FaultPoint.isOfRecovery(at) && step == Step.DECIDED) {
                throw new IllegalStateException("left to recovery");
            }
        };
    }

    private static void transfer(Bank bank, String thread, int times) {
        Random dice = new Random(thread.hashCode());
        for (int i = 0; i < times && !HUNG.get(); i++) {
            String transfer = thread + i;
            Told told = dice.nextBoolean()
                    ? bank.transfer(transfer, bank.shards(FaultPoint.BRANCHES, dice), dice)
                    : bank.count(transfer, dice.nextInt(bank.tallies.groups()), new History(), session -> {});
            System.out.println("told " + transfer + " " + told);
        }
    }
}
