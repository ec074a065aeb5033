package io.hibernateshards.spring.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.autoconfigure.HibernateShardsAutoConfiguration;
import io.hibernateshards.spring.autoconfigure.ShardedDataSourceAutoConfiguration;
import io.hibernateshards.spring.migration.parcels.Parcel;
import jakarta.persistence.EntityManagerFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import liquibase.integration.spring.SpringLiquibase;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationInitializer;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Both tools, on three shards of a real server. */
class MigrationTest {
    private static final String ONE = "spring.flyway.locations=classpath:migrations/flyway/first";
    private static final String ALL =
            "spring.flyway.locations=classpath:migrations/flyway/first,classpath:migrations/flyway/second";
    private static final ShardId BAD = ShardId.of("shard1");

    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 3);

    @AfterEach
    void drop() {
        cluster.close();
    }

    /** {@code validate}, so that it fails if the schema is not there when the entity manager factory starts. */
    private ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ShardedDataSourceAutoConfiguration.class,
                        HibernateShardsAutoConfiguration.class,
                        ShardedFlywayAutoConfiguration.class,
                        ShardedLiquibaseAutoConfiguration.class,
                        FlywayAutoConfiguration.class,
                        LiquibaseAutoConfiguration.class,
                        DataSourceAutoConfiguration.class,
                        HibernateJpaAutoConfiguration.class))
                .withUserConfiguration(Parcel.Application.class)
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=validate")
                .withPropertyValues(cluster.settings().entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .toArray(String[]::new));
    }

    private ApplicationContextRunner flyway(String locations) {
        return application().withPropertyValues("spring.liquibase.enabled=false", locations);
    }

    private ApplicationContextRunner liquibase(String changeLog) {
        return application()
                .withPropertyValues(
                        "spring.flyway.enabled=false",
                        "spring.liquibase.change-log=classpath:/migrations/liquibase/" + changeLog);
    }

    // ---- Flyway

    @Test
    void flyway_migratesAllShards_beforeTheEntityManagerFactoryStarts() {
        flyway(ALL).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(EntityManagerFactory.class)).isInstanceOf(ShardedSessionFactory.class);
            assertThat(context.getBean(ShardedFlyway.class).versions())
                    .hasSize(3)
                    .allSatisfy((shard, version) -> assertThat(version).isEqualTo("version 3"));
            assertThat(context).hasSingleBean(FlywayMigrationInitializer.class);
            assertThat(context.getBeanProvider(DataSource.class).getIfUnique()).isNotNull();
        });
        assertThat(onEach("select count(*) from flyway_schema_history where success"))
                .containsExactly(4L, 4L, 4L);
    }

    @Test
    void flyway_aShardThatFailsHalfWay_isNamedWithAllOthers_andTheRerunCompletes() {
        flyway(ONE).withPropertyValues("spring.jpa.hibernate.ddl-auto=none").run(context -> assertThat(context)
                .hasNotFailed());
        on(1, "insert into parcel values ('p', -1)");

        flyway(ALL).run(context -> {
            assertThat(context).getFailure().rootCause().isInstanceOf(SQLException.class);
            assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("HS-003 Flyway failed on 1 of 3 shards")
                    .hasStackTraceContaining("shard \"shard0\": ")
                    .hasStackTraceContaining("shard \"shard1\": ")
                    .hasStackTraceContaining("V2__weights.sql")
                    .hasStackTraceContaining("weight_positive")
                    .hasStackTraceContaining("it is at version 1")
                    .hasStackTraceContaining("shard \"shard2\": ")
                    .hasStackTraceContaining("goes on from where it is");
        });
        assertThat(number(1, "select max(version::int) from flyway_schema_history"))
                .isEqualTo(1);

        on(1, "update parcel set weight = 1");
        flyway(ALL).run(context -> assertThat(context).hasNotFailed());
        assertThat(onEach("select count(*) from flyway_schema_history where success"))
                .containsExactly(4L, 4L, 4L);
    }

    @Test
    void flyway_installsTheGuard_byItsScript(@TempDir Path folder) {
        flyway(ALL).run(context -> Files.writeString(folder.resolve("V4__guard.sql"), guardScript(context)));

        guardedBy(flyway(ALL + ",filesystem:" + folder));
    }

    @Test
    void flyway_aNewShard_catchesUp() {
        for (int shard : List.of(0, 1)) {
            Shard there = cluster.shards().get(shard);
            Flyway.configure()
                    .dataSource(there.url(), there.user(), there.password())
                    .locations("classpath:migrations/flyway/first")
                    .load()
                    .migrate();
        }
        flyway(ALL).run(context -> assertThat(context).hasNotFailed());
        assertThat(onEach("select count(*) from flyway_schema_history where success"))
                .containsExactly(4L, 4L, 4L);
    }

    @Test
    void flyway_historiesThatContradictEachOther_areLeftAsTheyAre() {
        flyway(ONE).withPropertyValues("spring.jpa.hibernate.ddl-auto=none").run(context -> assertThat(context)
                .hasNotFailed());
        on(2, "update flyway_schema_history set checksum = 7 where version = '1'");

        flyway(ALL).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Flyway has changed nothing")
                .hasMessageContaining("shard \"shard2\": 1 has the checksum 7 and on shard \"shard0\" "));
        assertThat(onEach("select max(version::int) from flyway_schema_history"))
                .containsExactly(1L, 1L, 1L);
    }

    @Test
    void flyway_strategyOfTheApplication_isAppliedToEachShard() {
        Queue<String> migrated = new ConcurrentLinkedQueue<>();
        flyway(ALL)
                .withBean(FlywayMigrationStrategy.class, () -> flyway -> {
                    migrated.add(flyway.getConfiguration().getDataSource().toString());
                    flyway.migrate();
                })
                .run(context -> assertThat(context).hasNotFailed());

        assertThat(migrated).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void flyway_ofTheApplication_wins() {
        Shard first = cluster.shards().get(0);
        flyway(ONE)
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
                .withBean(Flyway.class, () -> Flyway.configure()
                        .dataSource(first.url(), first.user(), first.password())
                        .load())
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShardedFlyway.class));
    }

    @Test
    void flyway_urlOfItsOwn_isRefused() {
        flyway(ALL)
                .withPropertyValues("spring.flyway.url=jdbc:postgresql://elsewhere/x")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("spring.flyway.url cannot be set"));
    }

    @Test
    void flyway_user_isTheOneWhoMigrates() {
        on(0, "create role migrator_" + ProcessHandle.current().pid() + " login superuser");
        try {
            flyway(ALL)
                    .withPropertyValues(
                            "spring.flyway.user=migrator_"
                                    + ProcessHandle.current().pid(),
                            "spring.flyway.password=")
                    .run(context -> assertThat(context).hasNotFailed());
            assertThat(onEach("select count(distinct installed_by) from flyway_schema_history"
                            + " where installed_by like 'migrator_%'"))
                    .containsExactly(1L, 1L, 1L);
        } finally {
            cluster.shards().forEach(shard -> {
                int index = cluster.shards().indexOf(shard);
                on(
                        index,
                        "reassign owned by migrator_" + ProcessHandle.current().pid() + " to current_user");
            });
            on(0, "drop role migrator_" + ProcessHandle.current().pid());
        }
    }

    @Test
    void flyway_switchedOff_doesNothing() {
        flyway(ALL)
                .withPropertyValues("spring.flyway.enabled=false", "spring.jpa.hibernate.ddl-auto=none")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShardedFlyway.class));
    }

    @Test
    void flyway_askedToStop_changesNothingMore() {
        flyway(ONE).withPropertyValues("spring.jpa.hibernate.ddl-auto=none").run(context -> {
            MigrationTool tool = new ShardedFlyway.Tool(
                    Flyway.configure()
                            .locations("classpath:migrations/flyway/first", "classpath:migrations/flyway/second")
                            .load(),
                    null);
            ShardDatabase shard = ShardDatabase.all(context.getEnvironment(), "spring.flyway", null, null)
                    .get(0);

            assertThatThrownBy(() -> tool.migrate(shard, () -> true))
                    .hasStackTraceContaining("stopped before V2__weights.sql");
            assertThat(tool.history(shard).version()).isEqualTo("version 1");
        });
    }

    // ---- Liquibase

    @Test
    void liquibase_updatesAllShards_beforeTheEntityManagerFactoryStarts() {
        liquibase("all.xml").run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(EntityManagerFactory.class)).isInstanceOf(ShardedSessionFactory.class);
            assertThat(context.getBean(ShardedLiquibase.class).versions())
                    .hasSize(3)
                    .allSatisfy((shard, version) -> assertThat(version).contains("sender::bert"));
            assertThat(context).hasSingleBean(SpringLiquibase.class);
        });
        assertThat(onEach("select count(*) from databasechangelog")).containsExactly(3L, 3L, 3L);
    }

    @Test
    void liquibase_aShardThatFailsHalfWay_isNamedWithAllOthers_andTheRerunCompletes() {
        liquibase("first.xml")
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
                .run(context -> assertThat(context).hasNotFailed());
        on(1, "insert into parcel values ('p', -1)");

        liquibase("all.xml").run(context -> assertThat(context.getStartupFailure())
                .hasStackTraceContaining("HS-003 Liquibase failed on 1 of 3 shards")
                .hasStackTraceContaining("shard \"shard0\": ")
                .hasStackTraceContaining("weight_positive")
                .hasStackTraceContaining("parcel::anna")
                .hasStackTraceContaining("shard \"shard2\": "));
        assertThat(number(1, "select count(*) from databasechangelog")).isEqualTo(1);

        on(1, "update parcel set weight = 1");
        liquibase("all.xml").run(context -> assertThat(context).hasNotFailed());
        assertThat(onEach("select count(*) from databasechangelog")).containsExactly(3L, 3L, 3L);
    }

    @Test
    void liquibase_historiesThatContradictEachOther_areLeftAsTheyAre() {
        liquibase("first.xml")
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
                .run(context -> assertThat(context).hasNotFailed());
        on(2, "update databasechangelog set md5sum = '9:00000000000000000000000000000000'");

        liquibase("all.xml").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("Liquibase has changed nothing")
                .hasMessageContaining("shard \"shard2\": "));
        assertThat(onEach("select count(*) from databasechangelog")).containsExactly(1L, 1L, 1L);
    }

    @Test
    void liquibase_properties_holdForEachShard() {
        liquibase("all.xml")
                .withPropertyValues(
                        "spring.liquibase.database-change-log-table=changes",
                        "spring.liquibase.database-change-log-lock-table=change_lock",
                        "spring.liquibase.tag=v1")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(onEach("select count(*) from changes")).containsExactly(3L, 3L, 3L);
    }

    @Test
    void liquibase_installsTheGuard_byItsScript(@TempDir Path folder) {
        Path script = folder.resolve("guard.sql");
        liquibase("all.xml")
                .run(context -> Files.writeString(
                        script,
                        "--liquibase formatted sql\n--changeset guard:1 splitStatements:false\n"
                                + guardScript(context)));

        guardedBy(liquibase("all.xml").withPropertyValues("spring.liquibase.change-log=" + script.toUri()));
    }

    @Test
    void liquibase_askedToStop_changesNothingMore() {
        liquibase("first.xml")
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
                .run(context -> {
                    MigrationTool tool = new ShardedLiquibase.Tool(
                            liquibase -> liquibase.setChangeLog("classpath:/migrations/liquibase/all.xml"),
                            context,
                            "liquibase");
                    ShardDatabase shard = ShardDatabase.all(context.getEnvironment(), "spring.liquibase", null, null)
                            .get(0);

                    assertThatThrownBy(() -> tool.migrate(shard, () -> true)).hasStackTraceContaining("stopped before");
                    assertThat(tool.history(shard).steps()).hasSize(1);
                });
    }

    @Test
    void noShards_leaveBootsOwnToolsAlone() {
        Shard first = cluster.shards().get(0);
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ShardedFlywayAutoConfiguration.class,
                        ShardedLiquibaseAutoConfiguration.class,
                        FlywayAutoConfiguration.class,
                        DataSourceAutoConfiguration.class))
                .withPropertyValues(
                        ALL,
                        "spring.datasource.url=" + first.url(),
                        "spring.datasource.username=" + first.user(),
                        "spring.datasource.password=" + first.password())
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(ShardedFlyway.class)
                        .hasSingleBean(FlywayMigrationInitializer.class));
    }

    // ---- the guard's script

    private static String guardScript(AssertableApplicationContext context) {
        ShardedSessionFactory shards = (ShardedSessionFactory) context.getBean(EntityManagerFactory.class);
        List<String> scripts = shards.getTopology().shards().stream()
                .map(shards::guardScript)
                .distinct()
                .toList();
        assertThat(scripts).hasSize(1);
        return scripts.get(0);
    }

    private void guardedBy(ApplicationContextRunner migration) {
        migration.withPropertyValues("hibernate.shards.guard.database=check").run(context -> {
            assertThat(context).hasNotFailed(); // validate finds all triggers
            ShardedSessionFactory shards = (ShardedSessionFactory) context.getBean(EntityManagerFactory.class);
            int owner = shards.getTopology().shards().indexOf(shards.locate(Parcel.class, "p"));
            on(owner, "insert into parcel (code, weight) values ('p', 1)");
            assertThatThrownBy(() -> on((owner + 1) % 3, "insert into parcel (code, weight) values ('p', 1)"))
                    .hasStackTraceContaining("does not belong to this shard");
        });
    }

    // ---- what is stopped

    @Test
    void migration_onceOneShardFails_stopsTheOthersAndTellsOfEach() {
        application()
                .withPropertyValues("spring.flyway.enabled=false", "spring.liquibase.enabled=false")
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
                .run(context -> {
                    List<ShardDatabase> shards =
                            ShardDatabase.all(context.getEnvironment(), "spring.flyway", null, null);
                    assertThatThrownBy(() -> ShardMigration.run(new OneFails(), shards))
                            .isInstanceOf(ShardingException.class)
                            .hasMessageContaining("Fake failed on 1 of 3 shards")
                            .hasMessageContaining(
                                    "shard \"shard0\": stopped before the second, as another shard failed;"
                                            + " it is at the start")
                            .hasMessageContaining("shard \"shard1\": no space; it is at the start")
                            .hasMessageContaining("shard \"shard2\": stopped before the second")
                            .hasMessageContaining("Correct what the message says");
                });
    }

    @Test
    void migration_withAShardThatCannotBeReached_changesNothing() {
        flyway(ALL)
                .withPropertyValues("hibernate.shards.shard.shard1.url=jdbc:postgresql://localhost:1/x")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("Flyway could not read what has been done on 1 of 3 shards")
                        .hasStackTraceContaining("Nothing was changed"));
        assertThat(number(0, "select count(*) from information_schema.tables where table_name = 'parcel'"))
                .isZero();
    }

    /** The second shard fails once the others are at work, and those work until they are asked to stop. */
    private static final class OneFails implements MigrationTool {
        private final CountDownLatch atWork = new CountDownLatch(2);

        @Override
        public String name() {
            return "Fake";
        }

        @Override
        public History history(ShardDatabase shard) {
            return new History("the start", List.of(), step -> false);
        }

        @Override
        public void migrate(ShardDatabase shard, BooleanSupplier stop) throws InterruptedException {
            if (shard.shard().equals(BAD)) {
                atWork.await();
                throw new IllegalStateException("no space");
            }
            atWork.countDown();
            while (!stop.getAsBoolean()) {
                Thread.onSpinWait();
            }
            throw new Stopped("the second");
        }
    }

    // ---- what the servers have

    private List<Long> onEach(String sql) {
        return List.of(number(0, sql), number(1, sql), number(2, sql));
    }

    private long number(int shard, String sql) {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void on(int shard, String sql) {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
