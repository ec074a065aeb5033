package io.hibernateshards.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Data directories by the process that made them, so that a server whose JVM was killed is found and removed at the next
 * start. Several JVMs may do so at once.
 */
final class Leftovers {
    private static final String PREFIX = "hibernate-shards-pg-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d{1,18})-.*");
    private static boolean cleared;

    private Leftovers() {}

    /** A new directory of this process. */
    static synchronized Path newDirectory() {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        if (!cleared) {
            clear(parent);
            cleared = true;
        }
        try {
            return Files.createTempDirectory(
                    parent, PREFIX + ProcessHandle.current().pid() + "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where in such a directory the server keeps its data. */
    static Path data(Path directory) {
        return directory.resolve("data");
    }

    /** Ends and removes the servers of JVMs that are gone. */
    static void clear(Path parent) {
        List<Path> directories;
        try (Stream<Path> files = Files.list(parent)) {
            directories = files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Path directory : directories) {
            Matcher name = NAME.matcher(directory.getFileName().toString());
            if (name.matches()
                    && Files.isWritable(directory)
                    && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                killPostmaster(directory);
                delete(directory);
            }
        }
    }

    /** SIGKILLs the postmaster of a directory and its children, if it runs. */
    static void killPostmaster(Path directory) {
        postmaster(directory).ifPresent(postmaster -> {
            signal("STOP", List.of(postmaster)); // else it may have another child before it is killed
            List<ProcessHandle> children = postmaster.descendants().toList();
            postmaster.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            await(postmaster);
            children.forEach(Leftovers::await);
        });
    }

    /** Sends a signal to the postmaster of a directory and then to its children, if it runs. */
    static void signalPostmaster(Path directory, String signal) {
        postmaster(directory).ifPresent(postmaster -> {
            signal(signal, List.of(postmaster));
            signal(signal, postmaster.descendants().toList());
        });
    }

    private static void signal(String signal, List<ProcessHandle> processes) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        processes.forEach(process -> command.add(String.valueOf(process.pid())));
        try {
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD) // one may have ended
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The process that the pid file names, if its command line says that it is the server of this very directory. */
    static Optional<ProcessHandle> postmaster(Path directory) {
        Path data = data(directory);
        try (Stream<String> lines = Files.lines(data.resolve("postmaster.pid"))) {
            return lines.findFirst()
                    .filter(line -> line.trim().matches("\\d{1,18}"))
                    .flatMap(line -> ProcessHandle.of(Long.parseLong(line.trim())))
                    .filter(process -> process.info()
                            .arguments()
                            .map(List::of)
                            .orElse(List.of())
                            .contains(data.toString()));
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // not started, or another JVM is removing it too
        }
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException e) {
            // another JVM removes it too; whatever is left goes at the next start
            directory.toFile().deleteOnExit();
        }
    }

    /** As {@link ProcessHandle#onExit}, which looks for processes that are not its own children three times a second. */
    private static void await(ProcessHandle process) {
        long start = System.nanoTime();
        while (runs(process)) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(10)) {
                throw new IllegalStateException("process " + process.pid() + " does not end");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Not if it has ended, but its parent, often the first process, has not asked yet. */
    static boolean runs(ProcessHandle process) {
        return process.isAlive() && !isZombie(process);
    }

    /** On Linux. */
    private static boolean isZombie(ProcessHandle process) {
        try {
            String state = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
            return state.startsWith(") Z", state.lastIndexOf(')'));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
