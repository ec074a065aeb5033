package io.hibernateshards.internal.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the legs of one operation, one a shard, at the same time: one on the caller, the others on workers. When all
 * workers are busy the caller runs the rest itself, so that nothing ever waits for a worker.
 */
final class Legs implements AutoCloseable {
    private final ExecutorService workers;

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
                new ThreadPoolExecutor.CallerRunsPolicy());
    }

    private static Thread daemon(Runnable task) {
        Thread thread = WorkerThreads.FACTORY.newThread(task);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Runs all legs and waits for all of them, so that no child session is still in use afterwards. A leg is on its way
     * while the next one is still being made.
     *
     * @param leg makes the leg at an index, on the caller's thread
     * @param onFailure called once, as soon as a leg has failed, to cut the others short
     * @return their results in the order of the legs
     * @throws RuntimeException the first failure, later ones suppressed in it
     */
    <T extends @Nullable Object> List<T> run(
            int count, IntFunction<? extends Callable<? extends T>> leg, Runnable onFailure) {
        if (count == 1) {
            return oneResult(leg.apply(0));
        }
        Failure failure = new Failure(onFailure);
        List<FutureTask<T>> tasks = new ArrayList<>(count);
        try {
            for (int i = count - 1; i > 0; i--) {
                FutureTask<T> task = task(leg.apply(i), failure);
                tasks.add(0, task);
                workers.execute(task);
            }
            FutureTask<T> own = task(leg.apply(0), failure);
            tasks.add(0, own);
            own.run();
        } catch (RuntimeException | Error e) {
            tasks.forEach(Legs::join);
            throw e;
        }
        List<T> results = new ArrayList<>(count);
        for (FutureTask<T> task : tasks) {
            T result = join(task);
            results.add(result);
        }
        failure.rethrow();
        return results;
    }

    private static <T extends @Nullable Object> FutureTask<T> task(Callable<? extends T> leg, Failure failure) {
        return new FutureTask<>(() -> failure.watch(leg));
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

    /** Waits even when interrupted: a child session must not be handed back while a worker uses it. */
    @SuppressWarnings("NullAway") // a failed leg has no result; the failure is rethrown before anybody sees it
    private static <T extends @Nullable Object> T join(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    return null;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }

    /** The first failure of some legs. */
    private static final class Failure {
        private final Runnable onFailure;
        private final List<Throwable> seen = new ArrayList<>();

        Failure(Runnable onFailure) {
            this.onFailure = onFailure;
        }

        <T extends @Nullable Object> T watch(Callable<? extends T> leg) throws Exception {
            try {
                return leg.call();
            } catch (Throwable e) {
                if (add(e)) {
                    onFailure.run();
                }
                throw e;
            }
        }

        private synchronized boolean add(Throwable e) {
            seen.add(e);
            return seen.size() == 1;
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
