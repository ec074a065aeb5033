package io.hibernateshards.samples.messenger.load;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A closed loop: each client has a connection, and sends its next request when it has the answer to the last one. Who is told
 * to come again does so after a second. On virtual threads, where the JVM has them.
 */
final class Clients {
    private static final int CONNECTING = 256;

    private final String name;
    private final Known known;
    private final Served server;

    /**
     * Clients.
     *
     * @param name of what they ask
     * @param known whom and what they know
     * @param server that they ask
     */
    Clients(String name, Known known, Served server) {
        this.name = name;
        this.known = known;
        this.server = server;
    }

    String name() {
        return name;
    }

    Served server() {
        return server;
    }

    /** Adds what so many clients see in so many seconds, from when all are connected until the last answer has come. */
    void run(Mix mix, int count, double seconds, Figures figures) throws InterruptedException, ExecutionException {
        CountDownLatch connected = new CountDownLatch(count);
        CountDownLatch begin = new CountDownLatch(1);
        Semaphore connecting = new Semaphore(CONNECTING);
        ExecutorService threads = threads();
        try {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                SplittableRandom random = new SplittableRandom();
                clients.add(threads.submit(() -> {
                    KeptConnection connection = null;
                    try {
                        connecting.acquire();
                        try {
                            connection = connect(figures);
                        } finally {
                            connecting.release();
                            connected.countDown();
                        }
                        begin.await();
                        connection = loop(connection, mix, random, seconds, figures);
                    } finally {
                        if (connection != null) {
                            connection.close();
                        }
                    }
                    return null;
                }));
            }
            connected.await();
            long start = System.nanoTime();
            Duration cpu = server.cpu();
            begin.countDown();
            for (Future<?> client : clients) {
                client.get();
            }
            figures.took((System.nanoTime() - start) / 1e9, server.cpu().minus(cpu));
        } finally {
            threads.shutdownNow();
        }
    }

    private @Nullable KeptConnection loop(
            @Nullable KeptConnection connection, Mix mix, SplittableRandom random, double seconds, Figures figures)
            throws IOException, InterruptedException {
        KeptConnection current = connection;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            if (current == null) {
                TimeUnit.MILLISECONDS.sleep(100);
                current = connect(figures);
            } else if (!ask(current, mix.next(random), random, figures)) {
                current.close();
                current = null;
            }
        }
        return current;
    }

    private @Nullable KeptConnection connect(Figures figures) {
        try {
            return new KeptConnection(server.port());
        } catch (IOException e) {
            figures.failed("connect: " + e.getMessage());
            return null;
        }
    }

    /** Whether the connection can be used again. */
    private boolean ask(KeptConnection connection, Route route, SplittableRandom random, Figures figures)
            throws InterruptedException {
        String request = route.request(known, random);
        long start = System.nanoTime();
        try {
            int status = connection.ask(request);
            if (status / 100 == 2) {
                figures.served(route, System.nanoTime() - start);
            } else if (status == 503) {
                figures.busy();
                TimeUnit.SECONDS.sleep(1); // what Retry-After says
            } else {
                figures.failed(route + " " + status);
            }
            return !connection.isEnded();
        } catch (IOException e) {
            figures.failed(route + ": " + e.getMessage());
            return false;
        }
    }

    private static ExecutorService threads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException e) {
            return Executors.newCachedThreadPool();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }
}
