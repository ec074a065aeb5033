package io.hibernateshards.internal.transaction;

import io.hibernateshards.internal.transaction.Bank.Told;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Transfers until it is killed: by itself, with SIGKILL, at a given step of a commit. Arguments: the step, how many of these
 * it lives through, a name, and the settings of the shards. Prints what it was told of each transfer.
 */
final class CrashingJvm {
    private static final int THREADS = 3;

    private CrashingJvm() {}

    public static void main(String[] arguments) throws InterruptedException {
        Step at = Step.valueOf(arguments[0]);
        AtomicInteger left = new AtomicInteger(Integer.parseInt(arguments[1]));
        String name = arguments[2];
        Map<String, String> shards = new TreeMap<>();
        for (int i = 3; i < arguments.length; i += 2) {
            shards.put(arguments[i], arguments[i + 1]);
        }
        Bank bank = new Bank(shards, "none", 500);
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at && left.getAndDecrement() <= 0) {
                die();
            }
        };
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            String thread = name + "." + i + ".";
            Thread transferring = new Thread(() -> transfer(bank, thread));
            transferring.start();
            threads.add(transferring);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void transfer(Bank bank, String thread) {
        Random dice = new Random(thread.hashCode());
        for (int i = 0; i < 100_000; i++) {
            String transfer = thread + i;
            Told told = bank.transfer(transfer, bank.shards(2 + dice.nextInt(2), dice), dice);
            System.out.println("told " + transfer + " " + told);
        }
    }

    private static void die() {
        try {
            new ProcessBuilder(
                            "kill",
                            "-KILL",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start();
            Thread.sleep(60_000);
        } catch (IOException | InterruptedException e) {
            Runtime.getRuntime().halt(1);
        }
    }
}
