package io.hibernateshards.internal.transaction;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Starts many JVMs with the class path of this one. They share the classes that a first one has loaded, which saves more than
 * half of their start; for that, directories of classes must be jars.
 */
final class JvmLauncher implements AutoCloseable {
    private final Path directory;
    private final String classPath;

    JvmLauncher() {
        try {
            directory = Files.createTempDirectory("hibernate-shards-jvms");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty()) {
                jars.add(Files.isDirectory(Path.of(entry)) ? jar(entry, jars.size()) : entry);
            }
        }
        classPath = String.join(File.pathSeparator, jars);
    }

    private String jar(String classes, int number) {
        String jar = directory.resolve(number + ".jar").toString();
        int failed = ToolProvider.findFirst("jar")
                .orElseThrow(() -> new IllegalStateException("no tool jar"))
                .run(System.out, System.err, "--create", "--file", jar, "-C", classes, ".");
        if (failed != 0) {
            throw new IllegalStateException("could not make a jar of " + classes);
        }
        return jar;
    }

    /** Runs what the others will, to its end. */
    void rehearse(Class<?> main, List<String> arguments) throws InterruptedException {
        int code = start("-XX:ArchiveClassesAtExit=" + archive(), main, arguments, ProcessBuilder.Redirect.DISCARD)
                .waitFor();
        if (code != 0) {
            throw new IllegalStateException(main + " ended with " + code);
        }
    }

    Process start(Class<?> main, List<String> arguments) {
        return start("-XX:SharedArchiveFile=" + archive(), main, arguments, ProcessBuilder.Redirect.PIPE);
    }

    private Path archive() {
        return directory.resolve("classes.jsa");
    }

    private Process start(String sharing, Class<?> main, List<String> arguments, ProcessBuilder.Redirect output) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                sharing,
                "-cp",
                classPath,
                main.getName()));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(output)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
