package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hibernate's schema settings, as an application gives them. */
class SchemaSettingsTest {
    private static final int SHARDS = 4;

    private static ShardedSessionFactory start(LocalCluster cluster, String action, String... more) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", action)
                .entities(Note.class, Ledger.class);
        for (int i = 0; i < more.length; i += 2) {
            configuration.setting(more[i], more[i + 1]);
        }
        return configuration.build();
    }

    /** The first column on one shard. */
    private static List<String> column(LocalCluster cluster, int shard, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private static void execute(LocalCluster cluster, int shard, String... statements) throws SQLException {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void assertTablesOnAll(LocalCluster cluster, String... tables) throws SQLException {
        for (int shard = 0; shard < SHARDS; shard++) {
            assertThat(
                            column(
                                    cluster,
                                    shard,
                                    "select table_name::text from information_schema.tables where table_schema = current_schema()"))
                    .containsExactlyInAnyOrder(tables);
        }
    }

    private static ShardingException schemaFailure(Runnable start) {
        ShardingException failure = catchThrowableOfType(ShardingException.class, start::run);
        assertThat(failure.code()).isEqualTo(ShardErrorCode.SCHEMA);
        return failure;
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"SCHEMAS", "DATABASES"})
    void actions_reachEveryShard(Layout layout) throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(layout, SHARDS)) {
            start(cluster, "none").close();
            assertTablesOnAll(cluster);

            start(cluster, "create").close();
            assertTablesOnAll(cluster, "note", "ledger");
            execute(cluster, 2, "insert into note (id, author, text) values (1, 'x', 'y')");
            start(cluster, "validate").close();

            execute(cluster, 1, "alter table ledger drop column amount");
            execute(cluster, 3, "drop table note");
            assertThat(schemaFailure(() -> start(cluster, "validate")))
                    .hasMessageContaining("2 of 4 shards")
                    .hasMessageContaining("shard \"shard1\"")
                    .hasMessageContaining("Ledger: column amount is missing")
                    .hasMessageContaining("shard \"shard3\"")
                    .hasMessageContaining("Note: the table is missing")
                    .hasMessageContaining("done on [shard0, shard2]");

            start(cluster, "update").close();
            assertTablesOnAll(cluster, "note", "ledger");
            assertThat(column(cluster, 2, "select text from note")).containsExactly("y");
            start(cluster, "validate").close();

            start(cluster, "create").close();
            assertThat(column(cluster, 2, "select text from note")).isEmpty();

            start(cluster, "drop").close();
            assertTablesOnAll(cluster);

            try (ShardedSessionFactory factory = start(cluster, "create-drop")) {
                assertTablesOnAll(cluster, "note", "ledger");
                factory.inTransaction(session -> session.persist(new Note("ada", "x")));
            }
            for (int shard = 0; shard < SHARDS; shard++) {
                assertThat(column(
                                cluster,
                                shard,
                                "select relname from pg_class where relname in ('note', 'ledger')"
                                        + " and relnamespace = current_schema()::regnamespace"))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"SCHEMAS", "DATABASES"})
    void schemaManager_worksOnEveryShard(Layout layout) throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(layout, SHARDS);
                ShardedSessionFactory factory = start(cluster, "none", "hibernate.shards.id.worker", "1")) {
            factory.getSchemaManager().create(false);
            assertTablesOnAll(cluster, "note", "ledger");
            factory.getSchemaManager().validateMappedObjects();
            for (int i = 0; i < 20; i++) {
                String author = "author" + i;
                factory.inTransaction(session -> session.persist(new Note(author, "x")));
            }
            assertThat(notes(factory)).hasSize(20);
            factory.getSchemaManager().truncate();
            assertThat(notes(factory)).isEmpty();
            execute(cluster, 2, "alter table note drop column text");
            assertThatThrownBy(() -> factory.getSchemaManager().validate()).hasMessageContaining("shard \"shard2\"");
            factory.getSchemaManager().drop(false);
            assertTablesOnAll(cluster);
        }
    }

    private static List<String> notes(ShardedSessionFactory factory) {
        return factory.fromTransaction(session ->
                session.createQuery("select n.text from Note n", String.class).list());
    }

    @Test
    void idsFetchedBeforeSequencesWereMadeAnew_areForgotten() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, SHARDS);
                ShardedSessionFactory factory = start(cluster, "create")) {
            Long first = persisted(factory);
            assertThat(persisted(factory)).isNotEqualTo(first);
            factory.getSchemaManager().drop(false);
            factory.getSchemaManager().create(false);
            assertThat(persisted(factory)).isEqualTo(first);
        }
    }

    private static Long persisted(ShardedSessionFactory factory) {
        Ledger ledger = new Ledger("ada");
        factory.inTransaction(session -> session.persist(ledger));
        return ledger.id;
    }

    @Test
    void loadScript_putsEachRowOnItsShardOnly() throws SQLException {
        for (String setting : List.of("hibernate.hbm2ddl.import_files", "jakarta.persistence.sql-load-script-source")) {
            try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, SHARDS);
                    ShardedSessionFactory factory = start(cluster, "create", setting, "notes.sql")) {
                assertThat(notes(factory)).hasSize(4);
                for (String author : List.of("ada", "grace", "barbara", "radia")) {
                    ShardId owner = factory.locate(Note.class, author);
                    for (int shard = 0; shard < SHARDS; shard++) {
                        assertThat(column(cluster, shard, "select 1 from note where author = '" + author + "'"))
                                .hasSize(owner.name().equals("shard" + shard) ? 1 : 0);
                    }
                }
                assertThat(factory.unwrap(SessionFactoryImplementor.class).getProperties())
                        .doesNotContainKeys(setting, "hibernate.hbm2ddl.auto");
            }
        }
    }

    @Test
    void guardInTheDatabase_refusesARowThatSqlMisplaces() throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, SHARDS);
                ShardedSessionFactory factory = start(cluster, "create", "hibernate.shards.guard.database", "check")) {
            int owner =
                    Integer.parseInt(factory.locate(Note.class, "ada").name().substring("shard".length()));
            String insert = "insert into note (id, author, text) values (1, 'ada', 'raw')";
            for (int shard = 0; shard < SHARDS; shard++) {
                int at = shard;
                if (shard != owner) {
                    assertThatThrownBy(() -> execute(cluster, at, insert))
                            .hasMessageContaining("does not belong to this shard");
                }
            }
            execute(cluster, owner, insert);
            assertThat(notes(factory)).containsExactly("raw");
            factory.inTransaction(session -> session.persist(new Note("grace", "by session")));
            assertThat(notes(factory)).hasSize(2);
        }
    }

    @Test
    void scriptsOfTheSchema_areWritten(@TempDir Path directory) throws SQLException, IOException {
        Path script = directory.resolve("create.sql");
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, SHARDS)) {
            start(
                            cluster,
                            "none",
                            "jakarta.persistence.schema-generation.scripts.action",
                            "create",
                            "jakarta.persistence.schema-generation.scripts.create-target",
                            script.toString())
                    .close();
            assertTablesOnAll(cluster);
            assertThat(Files.readString(script))
                    .containsIgnoringCase("create table note")
                    .contains("create sequence");
        }
    }
}
