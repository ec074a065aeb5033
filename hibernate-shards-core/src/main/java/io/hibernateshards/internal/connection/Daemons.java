package io.hibernateshards.internal.connection;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what nobody waits for, or waits with a bound; a hanging server keeps one. */
final class Daemons {
    private static final ThreadPoolExecutor THREADS =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
            });

    private Daemons() {}

    static void run(String name, Runnable task) {
        THREADS.execute(() -> {
            Thread.currentThread().setName(name);
            task.run();
        });
    }
}
