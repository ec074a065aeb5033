package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import jakarta.persistence.PersistenceConfiguration;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.hibernate.SessionFactory;
import org.hibernate.boot.Metadata;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.jpa.HibernatePersistenceConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    private final LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 2);

    @AfterEach
    void close() {
        cluster.close();
    }

    private Map<String, Object> settings(Object... more) {
        Map<String, Object> settings = new LinkedHashMap<>(cluster.settings());
        settings.put("hibernate.hbm2ddl.auto", "create");
        settings.put("hibernate.shards.pool.maximum-pool-size", 5);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        return settings;
    }

    /** Ids, both shards, a merged query, the worker number; and that closing it leaves nothing behind. */
    private void assertWorks(Supplier<? extends EntityManagerFactory> start) throws Exception {
        OwnThreads threads = new OwnThreads();
        EntityManagerFactory started = start.get();
        assertThat(started).isInstanceOf(ShardedSessionFactory.class).isInstanceOf(SessionFactory.class);
        ShardedSessionFactory factory = started.unwrap(ShardedSessionFactory.class);
        assertThat(factory).isSameAs(started).isSameAs(started.unwrap(SessionFactory.class));
        assertThat(factory.unwrap(SessionFactoryImplementor.class)).isNotNull();
        assertThat(factory.getTopology().shards()).containsExactly(ShardId.of("shard0"), ShardId.of("shard1"));
        for (String author : List.of("ada", "grace", "barbara", "frances", "radia", "karen")) {
            factory.inTransaction(session -> session.persist(new Note(author, "hello")));
        }
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.createQuery("select n.author from Note n order by n.author", String.class)
                            .list())
                    .containsExactly("ada", "barbara", "frances", "grace", "karen", "radia");
            assertThat(session.usedShards()).hasSize(2);
        }
        assertThat(threads.running()).anyMatch(name -> name.startsWith("shard-shard0"));
        assertThat(leasedWorkers()).isEqualTo(1);
        started.close();
        assertThat(started.isOpen()).isFalse();
        threads.assertGone();
        assertThat(leasedWorkers()).isZero();
        assertThat(connections()).isZero();
    }

    private int leasedWorkers() throws SQLException {
        return number("select count(*) from hibernate_shards.worker_lease where expires > clock_timestamp()");
    }

    /** What the pools hold of the server's connections. */
    private int connections() throws Exception {
        String sql = "select count(*) from pg_stat_activity where datname = current_database()"
                + " and application_name like 'hibernate-shards%'";
        for (int i = 0; i < 1200 && number(sql) > 0; i++) {
            Thread.sleep(50);
        }
        return number(sql);
    }

    private int number(String sql) throws SQLException {
        try (Connection connection = cluster.shards().get(0).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    private int tables(String name) throws SQLException {
        return number("select count(*) from pg_tables where tablename = '" + name + "'");
    }

    // ---- ways to start

    @Test
    void java_startsAShardedFactory() throws Exception {
        assertWorks(() -> {
            ShardedConfiguration configuration = new ShardedConfiguration();
            for (Shard shard : cluster.shards()) {
                configuration.shard(shard.name(), shard.url(), shard.user(), shard.password());
            }
            return configuration
                    .entities(Note.class)
                    .setting("hibernate.hbm2ddl.auto", "create")
                    .build();
        });
    }

    @Test
    void persistenceUnit_startsAShardedFactory() throws Exception {
        assertWorks(() -> Persistence.createEntityManagerFactory("sharded", settings()));
    }

    @Test
    void hibernatesBootstrap_startsAShardedFactory() throws Exception {
        assertWorks(() -> new MetadataSources(new StandardServiceRegistryBuilder()
                        .applySettings(settings())
                        .build())
                .addAnnotatedClass(Note.class)
                .buildMetadata()
                .getSessionFactoryBuilder()
                .applyName("notes")
                .build());
    }

    @Test
    void metadata_cannotBuildHibernatesOwnClass() {
        try (StandardServiceRegistry registry =
                new StandardServiceRegistryBuilder().applySettings(settings()).build()) {
            Metadata metadata =
                    new MetadataSources(registry).addAnnotatedClass(Note.class).buildMetadata();
            assertThatThrownBy(metadata::buildSessionFactory)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("Instead: metadata.getSessionFactoryBuilder().build()");
        }
    }

    @Test
    void hibernatesConfiguration_startsAShardedFactory() throws Exception {
        assertWorks(() -> {
            Configuration configuration = new Configuration().addAnnotatedClass(Note.class);
            settings().forEach((name, value) -> configuration.setProperty(name, value.toString()));
            return configuration.buildSessionFactory();
        });
    }

    @Test
    void persistenceConfiguration_startsAShardedFactory() throws Exception {
        assertWorks(() -> new PersistenceConfiguration("shop")
                .provider(ShardedPersistenceProvider.class.getName())
                .managedClass(Note.class)
                .properties(settings())
                .createEntityManagerFactory());
        assertWorks(() -> new HibernatePersistenceConfiguration("shop")
                .managedClass(Note.class)
                .properties(settings())
                .createEntityManagerFactory());
    }

    @Test
    void twoFactories_liveSideBySide() throws Exception {
        try (LocalCluster other = LocalCluster.shared(Layout.SCHEMAS, 1);
                ShardedSessionFactory first = new ShardedConfiguration()
                        .settings(other.settings())
                        .setting("hibernate.hbm2ddl.auto", "create")
                        .entities(Note.class)
                        .build()) {
            assertWorks(() -> Persistence.createEntityManagerFactory("sharded", settings()));
            Note note = new Note("ada", "still there");
            first.inTransaction(session -> session.persist(note));
            assertThat(first.<Note>fromSession(session -> session.find(Note.class, note.id)))
                    .isNotNull();
        }
    }

    // ---- who is not meant

    private Map<String, Object> plain() {
        Shard shard = cluster.shards().get(0);
        return Map.of(
                "jakarta.persistence.jdbc.url", shard.url(),
                "jakarta.persistence.jdbc.user", shard.user(),
                "jakarta.persistence.jdbc.password", shard.password(),
                "hibernate.hbm2ddl.auto", "create",
                "hibernate.shards.spring.console.enabled", "true"); // the starter's, as a system property of the JVM
    }

    private static void assertPlain(EntityManagerFactory started) {
        try (started) {
            assertThat(started)
                    .isNotInstanceOf(ShardedSessionFactory.class)
                    .isInstanceOf(SessionFactoryImplementor.class);
            started.runInTransaction(session -> session.persist(new Unplaced(1L)));
            assertThat(started.<Unplaced>callInTransaction(session -> session.find(Unplaced.class, 1L)))
                    .isNotNull();
        }
    }

    @Test
    void plainFactories_areLeftAlone() {
        assertPlain(Persistence.createEntityManagerFactory("plain", plain()));
        Configuration configuration = new Configuration().addAnnotatedClass(Unplaced.class);
        plain().forEach((name, value) -> configuration.setProperty(name, value.toString()));
        assertPlain(configuration.buildSessionFactory());
        assertPlain(new PersistenceConfiguration("other")
                .managedClass(Unplaced.class)
                .properties(plain())
                .createEntityManagerFactory());
    }

    @Test
    void unitOfAnotherProvider_isIgnored() {
        ShardedPersistenceProvider provider = new ShardedPersistenceProvider();
        assertThat(provider.createEntityManagerFactory("plain", settings())).isNull();
        assertThat(provider.createEntityManagerFactory("nowhere", settings())).isNull();
        assertThat(provider.createEntityManagerFactory(new PersistenceConfiguration("x")
                        .provider("com.example.Provider")
                        .properties(settings())))
                .isNull();
        assertThat(provider.generateSchema("plain", settings())).isFalse();
    }

    @Test
    void providerInTheMap_overridesTheUnits() throws Exception {
        assertThat(new ShardedPersistenceProvider()
                        .createEntityManagerFactory(
                                "sharded", Map.of("jakarta.persistence.provider", "com.example.Provider")))
                .isNull();
    }

    // ---- what does not start

    private static ShardingException sharding(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShardingException ours) {
                return ours;
            }
        }
        throw new AssertionError("no error of ours", failure);
    }

    private void assertFails(ShardErrorCode code, String message, Supplier<?> start) throws Exception {
        OwnThreads threads = new OwnThreads();
        ShardingException failure = sharding(catchThrowable(start::get));
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(message);
        threads.assertGone();
        assertThat(connections()).isZero();
    }

    @Test
    void unitWithoutShards_isAnErrorOfItsSettings() throws Exception {
        assertFails(
                ShardErrorCode.CONFIGURATION,
                "hibernate.shards.shards is missing",
                () -> Persistence.createEntityManagerFactory("without-shards"));
        assertFails(
                ShardErrorCode.CONFIGURATION,
                "hibernate.shards.shards is missing",
                () -> Persistence.createEntityManagerFactory("without-shards", plain()));
        assertFails(
                ShardErrorCode.CONFIGURATION, "hibernate.shards.shards is missing", () -> new PersistenceConfiguration(
                                "x")
                        .provider(ShardedPersistenceProvider.class.getName())
                        .properties(plain())
                        .createEntityManagerFactory());
    }

    @Test
    void jtaUnit_withoutTransactionManager_isRefused() throws Exception {
        assertFails(
                ShardErrorCode.CONFIGURATION,
                "no transaction manager is found",
                () -> Persistence.createEntityManagerFactory(
                        "jta",
                        settings(
                                "hibernate.transaction.jta.platform",
                                "org.hibernate.engine.transaction.jta.platform.internal.NoJtaPlatform")));
    }

    @Test
    void badSettings_leaveNothingBehind() throws Exception {
        Map<String, Object> bad = settings("hibernate.shards.guard.database", "maybe");
        String message = "hibernate.shards.guard.database";
        assertFails(
                ShardErrorCode.CONFIGURATION, message, () -> Persistence.createEntityManagerFactory("sharded", bad));
        assertFails(ShardErrorCode.CONFIGURATION, message, () -> new ShardedConfiguration()
                .settings(bad)
                .entities(Note.class)
                .build());
        assertFails(ShardErrorCode.CONFIGURATION, message, () -> new StandardServiceRegistryBuilder()
                .applySettings(bad)
                .build());
    }

    @Test
    void mappingThatCannotBeSharded_leavesNothingBehind() throws Exception {
        assertFails(
                ShardErrorCode.MAPPING,
                "Unplaced",
                () -> Persistence.createEntityManagerFactory("unplaced", settings()));
        assertFails(ShardErrorCode.MAPPING, "Unplaced", () -> new ShardedConfiguration()
                .settings(settings())
                .entities(Unplaced.class)
                .build());
    }

    @Test
    void mappingThatHibernateRefuses_leavesNothingBehind() throws Exception {
        OwnThreads threads = new OwnThreads();
        assertThat(catchThrowable(() -> Persistence.createEntityManagerFactory("unmappable", settings())))
                .hasStackTraceContaining("noEntity");
        threads.assertGone();
        assertThat(catchThrowable(() -> new ShardedConfiguration()
                        .settings(settings())
                        .entities(Unmappable.class)
                        .build()))
                .hasStackTraceContaining("noEntity");
        threads.assertGone();
        assertThat(connections()).isZero();
    }

    @Test
    void schemaThatDiffers_leavesNothingBehind() throws Exception {
        Map<String, Object> validate = settings("hibernate.hbm2ddl.auto", "validate");
        assertFails(ShardErrorCode.SCHEMA, "shard1", () -> Persistence.createEntityManagerFactory("sharded", validate));
        assertFails(ShardErrorCode.SCHEMA, "shard0", () -> new ShardedConfiguration()
                .settings(validate)
                .entities(Note.class)
                .build());
        StandardServiceRegistry registry =
                new StandardServiceRegistryBuilder().applySettings(validate).build();
        assertFails(ShardErrorCode.SCHEMA, "shard0", () -> new MetadataSources(registry)
                .addAnnotatedClass(Note.class)
                .buildMetadata()
                .getSessionFactoryBuilder()
                .build());
        StandardServiceRegistryBuilder.destroy(registry);
    }

    // ---- JPA's schema generation

    @Test
    void generateSchema_reachesAllShards() throws Exception {
        OwnThreads threads = new OwnThreads();
        Map<String, Object> create = settings();
        create.remove("hibernate.hbm2ddl.auto");
        create.put("jakarta.persistence.schema-generation.database.action", "create");
        Persistence.generateSchema("sharded", create);
        assertThat(tables("note")).isEqualTo(2);
        create.put("jakarta.persistence.schema-generation.database.action", "drop");
        Persistence.generateSchema("sharded", create);
        assertThat(tables("note")).isZero();
        threads.assertGone();
        assertThat(connections()).isZero();
    }
}
