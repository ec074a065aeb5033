package io.hibernateshards.spring.autoconfigure.aot;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.aot.AbstractAotProcessor.Settings;

/** Has Spring generate an application's context ahead of time, as its build plugins do, and starts it from that. */
class AotTest {
    private static LocalCluster cluster;

    @TempDir
    private Path directory = Path.of("");

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void application_startsFromWhatWasGenerated() throws Exception {
        Path sources = directory.resolve("sources");
        Path classes = directory.resolve("classes");
        process(sources, classes);
        Files.writeString(classes.resolve("spring.properties"), "spring.aot.enabled=true\n");
        compile(sources, classes);

        assertThat(run(classes + File.pathSeparator + classPath(), directory.resolve("output")))
                .contains("generated true, shards 2, stars 190, titles [note18, note19]");
    }

    /** None of what is used only if it is there. */
    @Test
    void application_startsWithNothingButTheStarter() throws Exception {
        Pattern optional =
                Pattern.compile("micrometer-(core|registry|jakarta|tracing)|context-propagation|actuat|tomcat|servlet"
                        + "|webmvc|spring-web|spring-boot-(health|micrometer|test|web)|security|flyway|liquibase|jackson|local-cluster"
                        + "|junit|assertj|archunit|selenium|spring-test|restclient|http-converter");
        String alone = Stream.of(classPath().split(File.pathSeparator))
                .filter(entry -> !optional.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(alone.length()).isLessThan(classPath().length());

        assertThat(run(alone, directory.resolve("output")))
                .contains("generated false, shards 2, stars 190, titles [note18, note19]");
    }

    /** No server is asked: the URLs lead nowhere. */
    private static void process(Path sources, Path classes) {
        List<String> arguments = new ArrayList<>(COMMON);
        arguments.addAll(List.of(
                "--hibernate.shards.shards=shard0,shard1",
                "--hibernate.shards.shard.shard0.url=jdbc:postgresql://localhost:1/x",
                "--hibernate.shards.shard.shard1.url=jdbc:postgresql://localhost:1/y"));
        Settings settings = Settings.builder()
                .sourceOutput(sources)
                .resourceOutput(classes)
                .classOutput(classes)
                .groupId("notes")
                .artifactId("notes")
                .build();
        new SpringApplicationAotProcessor(NotesApplication.class, settings, arguments.toArray(String[]::new)).process();
    }

    private static final List<String> COMMON = List.of(
            "--spring.main.banner-mode=off",
            "--spring.jpa.hibernate.ddl-auto=create-drop",
            "--spring.flyway.enabled=false",
            "--spring.liquibase.enabled=false");

    private static void compile(Path sources, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (Stream<Path> files = Files.walk(sources);
                StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(all).anyMatch(file -> file.endsWith("NotesApplication__ApplicationContextInitializer.java"));
            assertThat(compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp", classPath()),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(all))
                            .call())
                    .isTrue();
        }
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** In a JVM of its own: generated classes see package-private ones, so one loader must have them all. */
    private static String run(String classPath, Path output) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                NotesApplication.class.getName()));
        command.addAll(COMMON);
        for (Map.Entry<String, String> setting : cluster.settings().entrySet()) {
            command.add("--" + setting.getKey() + "=" + setting.getValue());
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(output);
    }
}
