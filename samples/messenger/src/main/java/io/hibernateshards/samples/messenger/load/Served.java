package io.hibernateshards.samples.messenger.load;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/** An application in a JVM of its own. */
final class Served implements AutoCloseable {
    private final Process process;
    private final int port;

    private Served(Process process, int port) {
        this.process = process;
        this.port = port;
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    }

    /**
     * Starts one and waits until it listens.
     *
     * @param java the command
     * @param options of the JVM
     * @param application its main class
     * @param settings its properties, which are not visible in the list of processes
     * @param log what it prints
     */
    static Served start(String java, List<String> options, Class<?> application, Map<String, ?> settings, Path log)
            throws IOException, InterruptedException {
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), application.getName()));
        command.add("--server.port=" + port);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("SPRING_APPLICATION_JSON", new JsonMapper().writeValueAsString(settings));
        Served served = new Served(builder.start(), port);
        served.awaitListening(log);
        return served;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitListening(Path log) throws InterruptedException {
        while (process.isAlive()) {
            try (Socket socket = new Socket("localhost", port)) {
                if (socket.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        throw new IllegalStateException("the application has ended: see " + log);
    }

    /** What its JVM has computed so far; zero where the system does not tell. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Until it computes next to nothing, a minute at most: its compiler is behind with its work. */
    void awaitIdle() throws InterruptedException {
        long start = System.nanoTime();
        Duration before;
        do {
            before = cpu();
            TimeUnit.MILLISECONDS.sleep(500);
        } while (cpu().minus(before).toMillis() >= 50 && System.nanoTime() - start < TimeUnit.MINUTES.toNanos(1));
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
