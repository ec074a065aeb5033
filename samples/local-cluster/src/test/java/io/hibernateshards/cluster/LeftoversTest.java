package io.hibernateshards.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.cluster.LocalCluster.Layout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
    /** What the killed JVM runs. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, 1)) {
                System.out.println("started " + cluster.servers(0).size());
                Thread.sleep(TimeUnit.MINUTES.toMillis(5));
            }
        }
    }

    @Test
    void clear_afterJvmWasKilled_endsItsServersAndRemovesTheirFiles(@TempDir Path parent) throws Exception {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        Process jvm = startVictim(parent);
        List<ProcessHandle> servers = servers(parent);
        assertThat(servers).hasSize(2);

        Leftovers.clear(parent);
        assertThat(servers)
                .as("the owner lives: nothing to clear")
                .allMatch(ProcessHandle::isAlive)
                .hasSameSizeAs(servers(parent));

        jvm.destroyForcibly().waitFor();
        assertThat(servers).as("the servers outlive their JVM").allMatch(ProcessHandle::isAlive);
        Leftovers.clear(parent);

        assertThat(servers).noneMatch(Leftovers::runs);
        assertThat(directories(parent)).isEmpty();
    }

    @Test
    void clear_otherFiles_areLeftAlone(@TempDir Path parent) throws IOException {
        Files.createDirectory(parent.resolve("hibernate-shards-pg-notes"));
        Files.createDirectory(parent.resolve("hibernate-shards-pg-1-init-lives"));

        Leftovers.clear(parent);

        assertThat(directories(parent)).hasSize(2);
    }

    private static Process startVictim(Path parent) throws IOException {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-Djava.io.tmpdir=" + parent,
                        "-Dot.epg.working-dir=" + Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader output = new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8));
        assertThat(output.readLine()).isEqualTo("started 2");
        return jvm;
    }

    private static List<ProcessHandle> servers(Path parent) throws IOException {
        return directories(parent).stream()
                .flatMap(directory -> Leftovers.postmaster(directory).stream())
                .toList();
    }

    private static List<Path> directories(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.filter(file -> file.getFileName().toString().startsWith("hibernate-shards-pg-"))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
