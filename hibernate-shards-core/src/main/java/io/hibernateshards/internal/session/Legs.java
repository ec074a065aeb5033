package io.hibernateshards.internal.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the legs of one operation, one a shard, at the same time: one on the caller, the others on workers. When all
 * workers are busy the caller runs the rest itself, so that nothing ever waits for a worker.
 */
final class Legs implements AutoCloseable {
    private final ExecutorService workers;
    private final Watch watch = new Watch();

    /**
     * @param parallelism the most workers at a time, over all sessions of the factory
     */
    Legs(int parallelism) {
        workers = new ThreadPoolExecutor(
                0,
                parallelism,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Legs::daemon,
                (leg, executor) -> leg.run()); // a factory that was closed has legs that wait for each other as well
    }

    private static Thread daemon(Runnable task) {
        Thread thread = WorkerThreads.FACTORY.newThread(task);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Runs all legs and waits for all of them, so that no child session is still in use afterwards. A leg is on its way
     * while the next one is still being made. Legs are made in their order, each on the caller's thread, which runs the
     * last: what they must have before they run, connections above all, is taken in the same order by everybody.
     *
     * @param leg makes the leg at an index
     * @param cancellation cancels what the others are doing: when a leg has failed, and when the caller is interrupted; made
     *     if there are several
     * @return their results in the order of the legs
     * @throws RuntimeException the first failure, later ones suppressed in it
     */
    <T extends @Nullable Object> List<T> run(
            int count, IntFunction<? extends Callable<? extends T>> leg, Supplier<Cancellation> cancellation) {
        if (count == 1) {
            return oneResult(leg.apply(0));
        }
        Run run = new Run(cancellation.get());
        List<FutureTask<T>> tasks = new ArrayList<>(count);
        List<T> results = new ArrayList<>(count);
        watch.add(run);
        try {
            for (int i = 0; i < count; i++) {
                FutureTask<T> task = task(leg.apply(i), run);
                tasks.add(task);
                if (i < count - 1) {
                    workers.execute(task);
                } else {
                    task.run();
                }
            }
        } catch (RuntimeException | Error e) {
            run.fail(e);
        } finally {
            for (FutureTask<T> task : tasks) {
                T result = run.join(task);
                results.add(result);
            }
            watch.remove(run);
            run.done();
        }
        run.rethrow();
        return results;
    }

    /** Looks after something until it is removed again. */
    Watch watch() {
        return watch;
    }

    private static <T extends @Nullable Object> FutureTask<T> task(Callable<? extends T> leg, Run run) {
        return new FutureTask<>(() -> run.call(leg));
    }

    private static <T extends @Nullable Object> List<T> oneResult(Callable<? extends T> leg) {
        List<T> result = new ArrayList<>(1);
        try {
            result.add(leg.call());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new HibernateException(e);
        }
        return result;
    }

    @Override
    public void close() {
        workers.shutdown(); // legs end by themselves once their connections are closed
        watch.close();
    }

    /** Some legs at work. */
    private static final class Run implements Watch.Watched {
        private final Thread caller = Thread.currentThread();
        private final Cancellation cancellation;
        private final List<Throwable> seen = new ArrayList<>(0);
        private volatile boolean failed;
        private volatile boolean interrupted;

        Run(Cancellation cancellation) {
            this.cancellation = cancellation;
        }

        @Override
        public void look() {
            if (isCut()) {
                cancellation.request();
            }
        }

        private boolean isCut() {
            if (caller.isInterrupted()) {
                interrupted = true;
            }
            return failed || interrupted;
        }

        <T extends @Nullable Object> T call(Callable<? extends T> leg) throws Exception {
            if (failed || interrupted) {
                throw new CancellationException("another shard has failed, or the caller was interrupted");
            }
            try {
                return leg.call();
            } catch (Throwable e) {
                fail(e);
                throw e;
            }
        }

        synchronized void fail(Throwable e) {
            boolean first = seen.isEmpty();
            seen.add(e);
            failed = true;
            if (first) {
                cancellation.request();
            }
        }

        /** Nothing is cancelled from now on: the next statement of a child is not this run's. */
        void done() {
            cancellation.end();
        }

        /** Waits even when interrupted: a child session must not be handed back while a worker uses it. */
        @SuppressWarnings("NullAway") // a failed leg has no result; the failure is rethrown before anybody sees it
        <T extends @Nullable Object> T join(FutureTask<T> task) {
            boolean again = false;
            try {
                while (true) {
                    try {
                        return task.get();
                    } catch (InterruptedException e) {
                        again = true;
                        interrupted = true;
                    } catch (ExecutionException | CancellationException e) {
                        return null;
                    }
                }
            } finally {
                if (again) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        synchronized void rethrow() {
            if (seen.isEmpty()) {
                return;
            }
            Throwable first = seen.get(0);
            for (Throwable later : seen.subList(1, seen.size())) {
                if (later != first) {
                    first.addSuppressed(later);
                }
            }
            if (interrupted) {
                throw new InterruptedOperationException(first);
            }
            if (first instanceof RuntimeException e) {
                throw e;
            }
            if (first instanceof Error e) {
                throw e;
            }
            throw new HibernateException(first);
        }
    }

    /** Virtual threads where the JDK has them. Looked up once: they are an API of Java 21, this is compiled for 17. */
    private static final class WorkerThreads {
        static final ThreadFactory FACTORY = find();

        private static ThreadFactory find() {
            try {
                Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
                Class<?> type = Class.forName("java.lang.Thread$Builder");
                Object named = type.getMethod("name", String.class, long.class).invoke(builder, "shards-", 0L);
                return (ThreadFactory) type.getMethod("factory").invoke(named);
            } catch (ReflectiveOperationException before21) {
                return Executors.defaultThreadFactory();
            }
        }
    }
}
