package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million rows of four shards, in order, by a JVM that could not hold them. */
class LongStreamsTest {
    private static final int ROWS = Effort.of(1_000_000, 1_000_000);

    private static LocalCluster cluster;

    @TempDir
    private Path directory = Path.of("");

    @Entity(name = "Reading")
    static class Reading {
        @Id
        @ShardKey
        @Nullable
        Long id;

        int amount;

        @Nullable
        String text;
    }

    @BeforeAll
    static void load() throws Exception {
        cluster = LocalCluster.shared(Layout.DATABASES, 4);
        factory(cluster.settings(), "create").close();
        for (int i = 0; i < 4; i++) {
            Shard shard = cluster.shards().get(i);
            try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                    Statement statement = connection.createStatement()) {
                // which shard a key belongs to is of no matter here
                statement.execute("insert into Reading (id, amount, text) select g * 4 + " + i
                        + ", g % 1000, 'row ' || g from generate_series(0, " + (ROWS / 4 - 1) + ") g");
                statement.execute("analyze");
            }
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static ShardedSessionFactory factory(Map<String, ?> settings, String ddl) {
        ShardedConfiguration configuration = new ShardedConfiguration().entities(Reading.class);
        settings.forEach((name, value) -> configuration.setting(name, value.toString()));
        return configuration.setting("hibernate.hbm2ddl.auto", ddl).build();
    }

    @Test
    void scalars_areReadInOrder_in64Megabytes() throws Exception {
        read("scalars");
    }

    @Test
    void entitiesOfAStatelessSession_areReadInOrder_in64Megabytes() throws Exception {
        read("stateless");
    }

    @Test
    void entitiesOfASessionThatIsCleared_areReadInOrder_in64Megabytes() throws Exception {
        read("cleared");
    }

    private void read(String what) throws Exception {
        Properties settings = new Properties();
        settings.putAll(cluster.settings());
        Path file = directory.resolve("settings.properties");
        try (var out = Files.newOutputStream(file)) {
            settings.store(out, null);
        }
        Path log = directory.resolve("log.txt");
        Process reader = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reader.class.getName(),
                        file.toString(),
                        what)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(reader.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(log)).contains("read " + ROWS + " rows in order");
            assertThat(reader.exitValue()).isZero();
        } finally {
            reader.destroyForcibly();
        }
    }

    /** The other JVM. */
    static final class Reader {
        private Reader() {}

        @SuppressWarnings("SystemOut") // is what the test reads
        public static void main(String[] arguments) throws Exception {
            Properties settings = new Properties();
            try (var in = Files.newInputStream(Path.of(arguments[0]))) {
                settings.load(in);
            }
            Map<String, String> all = new TreeMap<>();
            settings.stringPropertyNames().forEach(name -> all.put(name, settings.getProperty(name)));
            try (ShardedSessionFactory factory = factory(all, "none")) {
                long start = System.nanoTime();
                int rows =
                        switch (arguments[1]) {
                            case "scalars" -> scalars(factory);
                            case "stateless" -> stateless(factory);
                            default -> cleared(factory);
                        };
                System.out.println("read " + rows + " rows in order in "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
            }
        }

        private static int scalars(ShardedSessionFactory factory) {
            return factory.fromTransaction(session -> {
                try (Stream<Long> ids = session.createQuery("select r.id from Reading r order by r.id", Long.class)
                        .getResultStream()) {
                    long next = 0;
                    for (Iterator<Long> all = ids.iterator(); all.hasNext(); next++) {
                        check(all.next() == next);
                    }
                    return (int) next;
                }
            });
        }

        private static int stateless(ShardedSessionFactory factory) {
            try (StatelessSession session = factory.openStatelessSession()) {
                var transaction = session.beginTransaction();
                int count = inOrder(
                        session.createQuery("from Reading r order by r.amount desc, r.id", Reading.class)
                                .getResultStream(),
                        () -> {});
                transaction.commit();
                return count;
            }
        }

        private static int cleared(ShardedSessionFactory factory) {
            return factory.fromTransaction(session -> inOrder(
                    session.createQuery("from Reading r order by r.amount desc, r.id", Reading.class)
                            .getResultStream(),
                    session::clear));
        }

        private static int inOrder(Stream<Reading> readings, Runnable everyThousand) {
            int count = 0;
            Reading last = null;
            try (readings) {
                for (Reading reading : (Iterable<Reading>) readings::iterator) {
                    check(last == null
                            || last.amount > reading.amount
                            || last.amount == reading.amount && id(last) < id(reading));
                    last = reading;
                    if (++count % 1000 == 0) {
                        everyThousand.run();
                    }
                }
            }
            return count;
        }

        private static long id(Reading reading) {
            return Objects.requireNonNull(reading.id);
        }

        private static void check(boolean ordered) {
            if (!ordered) {
                throw new IllegalStateException("out of order");
            }
        }
    }
}
