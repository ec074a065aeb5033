package io.hibernateshards.spring.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.actuate.Person;
import jakarta.persistence.EntityManagerFactory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/**
 * The page in a browser: with rows and traffic, with a shard down, and without the application, in this order. Needs
 * Chromium, so it runs with {@code -Dshards.chromium=true} only. {@code -Dshards.screenshot=<file>} keeps what it looks like.
 */
@Tag("chromium")
@EnabledIfSystemProperty(named = "shards.chromium", matches = "true")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChromiumTest {
    private static LocalCluster cluster;
    private static ServletWebServerApplicationContext application;
    private static ChromeDriver browser;
    private static @Nullable Thread traffic;

    @BeforeAll
    static void start(@TempDir Path profile) {
        cluster = LocalCluster.start(Layout.SERVERS, 4, Collation.C, ServerOptions.FAST, 1);
        application = ConsoleApplication.start(cluster, "hibernate.shards.spring.hot-keys.show-ids=true");
        ChromeOptions options = new ChromeOptions();
        options.setBinary("/usr/bin/chromium");
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--window-size=1360,1500",
                "--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                        .build(),
                options);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        try {
            if (browser != null) {
                browser.quit();
            }
            stopTraffic();
        } finally {
            if (application != null) {
                application.close();
            }
            cluster.close();
        }
    }

    private static String url() {
        return "http://localhost:"
                + Objects.requireNonNull(application.getWebServer()).getPort() + "/shards";
    }

    private static void await(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.MINUTES.toNanos(2)) {
                throw new AssertionError("not within two minutes; the page says: " + text("body"));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static String text(String selector) {
        return String.join(" ", texts(selector));
    }

    /** In one go: the page draws anew every two seconds. */
    private static List<String> texts(String selector) {
        return all(selector, "innerText");
    }

    @SuppressWarnings("unchecked")
    private static List<String> all(String selector, String property) {
        return (List<String>) Objects.requireNonNull(browser.executeScript(
                "return [...document.querySelectorAll(arguments[0])].map(one => " + "one." + property + ")", selector));
    }

    private static String state() {
        return all("body", "dataset.state").get(0);
    }

    private static void screenshot(String suffix) throws IOException {
        String file = System.getProperty("shards.screenshot");
        if (file != null) {
            Files.write(Path.of(file + suffix + ".png"), browser.getScreenshotAs(OutputType.BYTES));
        }
    }

    /** Nobody but the page itself may have run or loaded anything. */
    private static void assertNothingWasRefused() {
        assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
                .filteredOn(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .isEmpty();
    }

    @Test
    @Order(1)
    void page_withoutRowsAndTraffic_saysSo() {
        browser.get(url());
        assertThat(state()).isIn("loading", "live");
        await(() -> state().equals("live"));
        await(() -> text("#chart-rate").equals("nothing was asked yet"));
        assertThat(text("#hot")).isEqualTo("no key is hot");
        assertThat(texts("#shards tbody tr")).hasSize(4);
        assertNothingWasRefused();
    }

    @Test
    @Order(2)
    void page_withTraffic_showsItLiveWithoutMovingAnything() throws IOException {
        List<Long> people = store();
        Thread started = new Thread(() -> ask(people), "traffic");
        started.start();
        traffic = started;
        browser.get(url());
        browser.executeScript(
                "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => { window.moved"
                        + " += entry.value; })).observe({type: 'layout-shift', buffered: true})");
        await(() -> !text("#tile-p99").equals("–") && !text("#hot").equals("no key is hot"));
        await(() -> all("#chart-latency path", "tagName").size() == 4);
        String rate = text("#tile-ops");
        await(() -> !text("#tile-ops").equals(rate));
        if (System.getProperty("shards.screenshot") != null) {
            await(() -> all("#chart-rate path", "getAttribute('d')").get(0).split("L").length > 30);
        }
        assertThat(text("#tile-up")).isEqualTo("4 of 4");
        await(() -> text("#tile-rows").startsWith("8,"));
        assertThat(texts("#servers tbody tr")).hasSize(8);
        assertThat(all("main svg[role=img]", "getAttribute('aria-label')"))
                .hasSizeGreaterThan(3)
                .allMatch(label -> label != null && label.contains("shard0"));
        assertThat(texts("thead th:not([scope])")).isEmpty();
        screenshot("");
        assertThat(String.valueOf(browser.executeScript("return window.moved")))
                .satisfies(moved ->
                        assertThat(Double.parseDouble(moved)).as("layout shift").isLessThan(0.1));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
        screenshot("-dark");
        browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        assertNothingWasRefused();
    }

    @Test
    @Order(3)
    void page_thatIsHidden_pausesAndGoesOn() {
        browser.executeScript("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
                + "document.dispatchEvent(new Event('visibilitychange'))");
        assertThat(text("#live")).isEqualTo("paused");
        browser.executeScript("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");
        await(() -> text("#live").startsWith("live"));
    }

    @Test
    @Order(4)
    void page_withAShardDown_tellsWhichAndShowsTheOthers() throws IOException {
        cluster.kill(2);
        cluster.replica(2, 0).kill();
        await(() -> text("#problem").contains("Shard shard2 is down."));
        assertThat(text("#tile-up")).isEqualTo("3 of 4");
        assertThat(texts("#shards .why"))
                .singleElement()
                .asString()
                .contains("shard \"shard2\"")
                .doesNotContain("password");
        assertThat(state()).isEqualTo("live");
        screenshot("-down");
    }

    @Test
    @Order(5)
    void page_withoutItsApplication_saysThatItIsOld() throws Exception {
        stopTraffic();
        application.close();
        await(() -> state().equals("error"));
        assertThat(text("#problem")).contains("cannot be asked", "What you see is old");
        assertThat(texts("#servers tbody tr")).hasSizeGreaterThanOrEqualTo(8);
        screenshot("-gone");
    }

    private static ShardedSessionFactory factory() {
        return application.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class);
    }

    private static List<Long> store() {
        List<Long> people = new ArrayList<>();
        try (ShardedSession session = factory().openSession()) {
            session.beginTransaction();
            for (int i = 0; i < 8000; i++) {
                Person person = new Person("person " + i);
                session.persist(person);
                people.add(person.getId());
            }
            session.getTransaction().commit();
        }
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("analyze");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return people;
    }

    /** Finds, some of them of few, some by replicas, and queries of one shard and of all. */
    private static void ask(List<Long> people) {
        Random random = new Random(7);
        ShardedSessionFactory factory = factory();
        while (!Thread.currentThread().isInterrupted()) {
            int kind = random.nextInt(40);
            try (ShardedSession session =
                    factory.withOptions().readOnly(kind % 2 == 0).openSession()) {
                session.find(
                        Person.class,
                        people.get(random.nextInt(10) < 3 ? random.nextInt(5) : random.nextInt(people.size())));
                if (kind == 0) {
                    session.createSelectionQuery("select count(p) from Person p", Long.class)
                            .getSingleResult();
                } else if (kind == 1) {
                    session.beginTransaction();
                    session.find(Person.class, people.get(random.nextInt(people.size())))
                            .rename("renamed " + random.nextInt());
                    session.find(Person.class, people.get(random.nextInt(people.size())))
                            .rename("renamed " + random.nextInt());
                    session.getTransaction().commit();
                }
                Thread.sleep(random.nextInt(3));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (application.isClosed()) {
                    return;
                }
            }
        }
    }

    private static void stopTraffic() throws InterruptedException {
        Thread running = traffic;
        if (running != null) {
            running.interrupt();
            running.join();
        }
    }
}
