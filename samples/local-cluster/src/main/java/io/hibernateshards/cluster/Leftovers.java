package io.hibernateshards.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Data directories by the process that made them, so that a server whose JVM was killed is found and removed at the next
 * start.
 */
final class Leftovers {
    private static final String PREFIX = "hibernate-shards-pg-";
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

    private static void clear(Path parent) {
        try (Stream<Path> directories = Files.list(parent)) {
            for (Path directory : directories
                    .filter(d -> d.getFileName().toString().startsWith(PREFIX) && Files.isWritable(d))
                    .toList()) {
                String pid = directory
                        .getFileName()
                        .toString()
                        .substring(PREFIX.length())
                        .replaceFirst("-.*", "");
                if (ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    killPostmaster(directory);
                    EmbeddedServer.delete(directory);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILLs the postmaster of a data directory and its children, if it runs. */
    static void killPostmaster(Path directory) {
        Path file = directory.resolve("data").resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            Optional<ProcessHandle> postmaster =
                    ProcessHandle.of(Long.parseLong(lines.get(0).trim()));
            if (postmaster.isPresent() && isPostgres(postmaster.get())) {
                List<ProcessHandle> children = postmaster.get().descendants().toList();
                postmaster.get().destroyForcibly();
                children.forEach(ProcessHandle::destroyForcibly);
                EmbeddedServer.await(postmaster.get());
                children.forEach(EmbeddedServer::await);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> command.contains("postgres"))
                .orElse(true);
    }
}
