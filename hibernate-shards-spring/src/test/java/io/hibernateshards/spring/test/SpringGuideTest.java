package io.hibernateshards.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.test.annotation.DirtiesContext.HierarchyMode;
import org.springframework.test.context.TestContextManager;

/** Follows docs/spring.md from the fresh application on, commit by commit. */
class SpringGuideTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final ClassLoader own = Thread.currentThread().getContextClassLoader();

    /** The guide's application has neither on its class path. */
    private static final List<String> ABSENT = List.of("spring.liquibase.enabled", "spring.flyway.enabled");

    @BeforeAll
    static void leaveOut() {
        ABSENT.forEach(property -> System.setProperty(property, "false"));
    }

    @AfterAll
    static void putBack() {
        ABSENT.forEach(System::clearProperty);
    }

    private interface Work {
        void on(ClassLoader loader) throws Exception;
    }

    @Test
    void everyStep_appliesCompilesAndRuns() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "spring.md"));
        List<String> diffs = fences(page, "diff");
        assertThat(diffs).hasSize(10);
        copy(Path.of("src", "test", "resources", "guide"), directory);
        try (LocalCluster plain = LocalCluster.shared(Layout.DATABASES, 1);
                LocalCluster four =
                        LocalCluster.shared(Layout.DATABASES, 4).named(List.of("one", "two", "three", "four"))) {
            Shard old = plain.shards().get(0);
            List<String> single = List.of(
                    "--spring.datasource.url=" + old.url(),
                    "--spring.datasource.username=" + old.user(),
                    "--spring.datasource.password=" + old.password());
            step(
                    diffs,
                    1,
                    loader -> run(loader, single, context -> {
                        assertThat(sharded(context)).isFalse();
                        shop(context, "open");
                        trade(context, "a");
                    }));
            step(diffs, 2, loader -> {});
            step(diffs, 3, loader -> {});
            step(diffs, 4, loader -> run(loader, single, context -> trade(context, "b")));

            List<String> one = List.of(
                    "--hibernate.shards.shard.one.url=" + old.url(), "--hibernate.shards.username=" + old.user());
            step(diffs, 5, loader -> {
                run(loader, one, context -> assertThat(sharded(context)).isTrue());
                try (Connection connection = old.connect();
                        Statement statement = connection.createStatement()) {
                    statement.execute(fences(page, "sql").get(0));
                }
                run(loader, one, context -> {
                    assertThat(shop(context, "articlesOf", "a@example.org")).isEqualTo(List.of("lamp"));
                    trade(context, "c");
                });
            });
            step(diffs, 6, loader -> test(loader, "purchases_areFoundOnAnyShard"));
            step(diffs, 7, loader -> test(loader, "queries_askTheShardsThatTheyShould"));
            step(diffs, 8, loader -> {
                test(loader, "queries_askTheShardsThatTheyShould");
                test(loader, "purchases_areFoundOnAnyShard");
            });

            List<String> all = new ArrayList<>();
            four.settings().forEach((name, value) -> all.add("--" + name + "=" + value));
            List<String> importing = new ArrayList<>(all);
            importing.add("--hibernate.shards.spring.import.url=" + old.url());
            importing.add("--hibernate.shards.spring.import.username=" + old.user());
            step(diffs, 9, loader -> {
                run(loader, importing, context -> assertThat(context.isActive()).isFalse());
                run(loader, all, context -> trade(context, "d"));
            });
            step(
                    diffs,
                    10,
                    loader -> run(loader, all, context -> {
                        trade(context, "e");
                        for (String who : List.of("a", "b", "c", "d", "e")) {
                            assertThat(shop(context, "articlesOf", who + "@example.org"))
                                    .isEqualTo(List.of("lamp"));
                        }
                        assertThat((BigDecimal) shop(context, "turnover")).isEqualByComparingTo("45");
                    }));
        }
    }

    private static List<String> fences(String page, String language) {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    /** Applies, compiles, and works with a class loader of its own. */
    private void step(List<String> diffs, int number, Work work) throws Exception {
        Patch.apply(diffs.get(number - 1), directory);
        Path classes = Files.createDirectories(directory.resolve("classes" + number));
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory.resolve("src"))) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .forEach(file -> sources.put(file.getFileName().toString().replace(".java", ""), text(file)));
        }
        Compiled.into(classes, sources);
        copy(directory.resolve("src/main/resources"), classes);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, own)) {
            Thread.currentThread().setContextClassLoader(loader);
            work.on(loader);
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface InContext {
        void in(ConfigurableApplicationContext context) throws Exception;
    }

    private static void run(ClassLoader loader, List<String> arguments, InContext work) throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(
                        loader.loadClass("shop.ShopApplication"))
                .resourceLoader(new DefaultResourceLoader(loader))
                .web(WebApplicationType.NONE)
                .run(arguments.toArray(String[]::new))) {
            work.in(context);
        }
    }

    private static boolean sharded(ConfigurableApplicationContext context) {
        return context.getBean(EntityManagerFactory.class).unwrap(org.hibernate.SessionFactory.class)
                instanceof ShardedSessionFactory;
    }

    private static void trade(ConfigurableApplicationContext context, String who) throws Exception {
        shop(context, "register", who, who + "@example.org");
        shop(context, "buy", who + "@example.org", "lamp", BigDecimal.TEN);
        assertThat(shop(context, "articlesOf", who + "@example.org")).isEqualTo(List.of("lamp"));
    }

    private static Object shop(ConfigurableApplicationContext context, String method, Object... arguments)
            throws Exception {
        Object shop = context.getBean("shop");
        Class<?>[] types = Stream.of(arguments).map(Object::getClass).toArray(Class<?>[]::new);
        return shop.getClass().getMethod(method, types).invoke(shop, arguments);
    }

    /** Runs one method of the guide's test as JUnit 6 would. */
    private static void test(ClassLoader loader, String method) throws Exception {
        Class<?> type = loader.loadClass("shop.ShopTest");
        LocalShards wanted = type.getAnnotation(LocalShards.class);
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object test = constructor.newInstance();
        TestContextManager manager = new TestContextManager(type);
        try {
            manager.prepareTestInstance(test);
            var run = type.getDeclaredMethod(method);
            run.setAccessible(true);
            run.invoke(test);
        } finally {
            manager.getTestContext().markApplicationContextDirty(HierarchyMode.EXHAUSTIVE);
            WantedShards.of(wanted, type.getName()).close();
        }
    }
}
