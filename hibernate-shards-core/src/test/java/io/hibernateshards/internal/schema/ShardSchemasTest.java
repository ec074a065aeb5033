package io.hibernateshards.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.topology.IdBits;
import jakarta.persistence.SchemaValidationException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.relational.SchemaManager;
import org.hibernate.tool.schema.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardSchemasTest {
    private static final List<String> EVERYWHERE = List.of(
            "Document Store",
            "country",
            "customer",
            "customer_tag",
            "page",
            "profile",
            "profile_label",
            "purchase",
            "truck",
            "vehicle",
            "visit");

    private static SchemaShards shards(Layout layout) {
        return SchemaShards.of(LocalCluster.shared(layout, 4));
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void create_makesTablesOnEveryShard_andThoseOfOneShardOnlyThere(Layout layout) throws SQLException {
        try (SchemaShards shards = shards(layout)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            schemas.run(Action.CREATE);
            for (int shard = 0; shard < 4; shard++) {
                List<String> expected = new ArrayList<>(EVERYWHERE);
                if (shard == 1) {
                    expected.addAll(List.of("setting", "setting_choice"));
                }
                assertThat(shards.tables(shard)).containsExactlyInAnyOrderElementsOf(expected);
                assertThat(shards.sequences(shard)).contains("customer_shard_seq", "setting_seq");
            }
            schemas.run(Action.VALIDATE);
            schemas.run(Action.CREATE);
            schemas.run(Action.DROP);
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.tables(shard)).isEmpty();
                assertThat(shards.sequences(shard)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void validate_namesTheShardsAndEveryDifference(Layout layout) throws SQLException {
        try (SchemaShards shards = shards(layout)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            schemas.run(Action.CREATE);
            shards.execute(
                    1,
                    "drop table setting_choice",
                    "alter table customer drop column balance",
                    "alter table customer alter column name type varchar(20)",
                    "alter table \"Document Store\" alter column \"order\" type text",
                    "alter table purchase alter column id type integer");
            shards.execute(
                    3,
                    "drop sequence customer_shard_seq",
                    "alter table customer alter column balance type numeric(12,1)",
                    "alter table customer alter column since type timestamptz(3)");

            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.SCHEMA))
                    .message()
                    .contains("schema validate failed on 2 of 4 shards")
                    .containsSubsequence(
                            "shard \"shard1\":", "shard \"shard3\":", "done on [shard0, shard2]", "hbm2ddl.auto=update")
                    .contains("setting_choice: the table is missing")
                    .contains("customer: column balance is missing, the mapping needs numeric(12,2): alter table ")
                    .contains("customer: column name is varchar(20), the mapping needs varchar(255)")
                    .contains("customer alter column name type varchar(255)")
                    .contains("purchase: column id is int4, the mapping needs bigint")
                    .contains("customer_shard_seq is missing: create sequence ")
                    .contains("customer: column balance is numeric(12,1), the mapping needs numeric(12,2)")
                    .contains("customer: column since is timestamptz(3), the mapping needs timestamp(6) with time zone")
                    .doesNotContain("Document Store")
                    .satisfies(message -> assertThat(message.lines().filter(line -> line.startsWith("    ")))
                            .hasSize(7));
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void update_addsOnlyWhatIsMissing_eachWhereItIs(Layout layout) throws SQLException {
        try (SchemaShards shards = shards(layout)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            schemas.run(Action.CREATE);
            for (int shard = 0; shard < 4; shard++) {
                shards.execute(shard, "insert into country values ('AT')");
            }
            shards.execute(
                    2, "alter table customer drop column balance", "drop table customer_tag, purchase, customer");
            shards.execute(2, "drop sequence customer_shard_seq");
            shards.execute(3, "alter table customer drop column since");

            schemas.run(Action.UPDATE);

            schemas.run(Action.VALIDATE);
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.column(shard, "select code from country")).containsExactly("AT");
                assertThat(shards.tables(shard)).hasSize(shard == 1 ? 13 : 11);
                assertThat(shards.column(
                                shard,
                                "select count(*) from pg_constraint where contype = 'f'"
                                        + " and conrelid = 'purchase'::regclass"))
                        .containsExactly("1");
            }
        }
    }

    @Test
    void update_fillsEmptySchemasOfOneDatabase_besideOneThatIsFull() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            schemas.run(Action.CREATE);
            for (int shard : new int[] {0, 3}) {
                String schema = shards.column(shard, "select current_schema()").get(0);
                shards.execute(shard, "drop schema " + schema + " cascade", "create schema " + schema);
            }
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            assertThat(shards.sequences(0)).isEqualTo(shards.sequences(1)).contains("customer_shard_seq");
            assertThat(shards.tables(3)).containsExactlyInAnyOrderElementsOf(EVERYWHERE);
        }
    }

    @Test
    void validate_doesNotTakeAnotherSchemaForThisOne() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            schemas.run(Action.CREATE);
            // JDBC's patterns would find it: an underscore stands for any character
            String schema = shards.column(0, "select current_schema()").get(0);
            String alike = schema.replace('_', 'x');
            shards.execute(
                    0,
                    "create schema " + alike,
                    "create table " + alike + ".customer (like customer)",
                    "drop table customer_tag, purchase, customer");
            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .hasMessageContaining("customer: the table is missing");
        }
    }

    @Test
    void drop_leavesOtherTablesAlone() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            for (Guard guard : Guard.values()) {
                ShardSchemas schemas = shards.schemas(guard, SchemaModel.entities());
                shards.execute(
                        2,
                        "create table legacy (id int primary key)",
                        "insert into legacy values (1)",
                        "create sequence legacy_seq");
                schemas.run(Action.CREATE);
                schemas.run(Action.DROP);
                assertThat(shards.tables(2)).containsExactly("legacy");
                assertThat(shards.sequences(2)).containsExactly("legacy_seq");
                assertThat(shards.column(2, "select id from legacy")).containsExactly("1");
                assertThat(shards.column(
                                2, "select proname from pg_proc where pronamespace = current_schema()::regnamespace"))
                        .isEmpty();
                shards.execute(2, "drop table legacy", "drop sequence legacy_seq");
            }
        }
    }

    @Test
    void create_withAShardDown_namesIt_andDoesTheOthers() throws SQLException {
        try (SchemaShards shards = SchemaShards.of(LocalCluster.start(Layout.SERVERS, 3))) {
            shards.cluster().kill(1);
            ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.entities());
            assertThatThrownBy(() -> schemas.run(Action.CREATE))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("schema create failed on 1 of 3 shards")
                    .hasMessageContaining("shard \"shard1\":\n    Connection to localhost:")
                    .hasMessageContaining("done on [shard0, shard2]");
            assertThat(shards.tables(0)).containsAll(EVERYWHERE);
            assertThat(shards.tables(2)).containsAll(EVERYWHERE);
        }
    }

    @Test
    void create_reportsEveryStatementThatFailed() throws SQLException {
        try (SchemaShards shards = shards(Layout.DATABASES)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            shards.execute(2, "create table country (code int)", "create table page (id int)");
            assertThatThrownBy(() -> schemas.manager().create(false))
                    .hasMessageContaining("failed on 1 of 4 shards")
                    .hasMessageContaining("relation \"country\" already exists")
                    .hasMessageContaining("relation \"page\" already exists");
        }
    }

    @Test
    void twoJvmsThatUpdateAtOnce_waitForEachOther() throws Exception {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            List<Callable<Void>> jvms = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.entities());
                jvms.add(() -> {
                    schemas.run(Action.UPDATE);
                    return null;
                });
            }
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try {
                for (Future<Void> one : threads.invokeAll(jvms)) {
                    one.get();
                }
            } finally {
                threads.shutdownNow();
            }
            shards.schemas(Guard.CHECK, SchemaModel.entities()).run(Action.VALIDATE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"we\"ird", "\"", "a.b", "Upper_Case%", "größe \\ '"})
    void theNameOfASchema_isTakenAsItIs(String name) throws SQLException {
        try (SchemaShards shards = shards(Layout.DATABASES)) {
            String quoted = '"' + name.replace("\"", "\"\"") + '"';
            for (int shard = 0; shard < 4; shard++) {
                shards.execute(
                        shard,
                        "create schema " + quoted,
                        "do $$ begin execute 'alter database ' || quote_ident(current_database())"
                                + " || $n$ set search_path = " + quoted + "$n$; end $$");
            }
            ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.entities());
            schemas.run(Action.CREATE);
            assertThat(shards.column(0, "select current_schema()")).containsExactly(name);
            schemas.run(Action.VALIDATE);
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            shards.execute(2, "drop table customer_tag");
            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .hasMessageContaining("customer_tag: the table is missing");
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            schemas.run(Action.DROP);
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.tables(shard)).isEmpty();
            }
        }
    }

    @Test
    void aSchemaThatDoesNotExist_isNamed() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            String schema = shards.column(1, "select current_schema()").get(0);
            shards.execute(1, "drop schema " + schema);
            assertThatThrownBy(() ->
                            shards.schemas(Guard.NONE, SchemaModel.entities()).run(Action.CREATE))
                    .hasMessageContaining("shard \"shard1\":")
                    .hasMessageContaining(schema)
                    .hasMessageContaining("create it");
        }
    }

    @Test
    void manager_worksOnEveryShard() throws Exception {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            SchemaManager manager =
                    shards.schemas(Guard.NONE, SchemaModel.entities()).manager();
            manager.create(false);
            manager.validate();
            for (int shard = 0; shard < 4; shard++) {
                shards.execute(
                        shard,
                        "insert into country values ('AT')",
                        "insert into vehicle values (1)",
                        "insert into truck (id, axles) values (1, 2)");
            }
            manager.truncateTable("truck");
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.column(shard, "select 1 from truck")).isEmpty();
                assertThat(shards.column(shard, "select 1 from country")).hasSize(1);
            }
            manager.truncate();
            manager.resynchronizeGenerators();
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.column(shard, "select 1 from country")).isEmpty();
            }
            shards.execute(2, "drop table truck");
            assertThatThrownBy(manager::validate)
                    .isInstanceOf(SchemaValidationException.class)
                    .hasMessageContaining("shard \"shard2\":")
                    .hasMessageContaining("truck: the table is missing");
            manager.drop(false);
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.tables(shard)).isEmpty();
            }
        }
    }

    @Test
    void resynchronizeGenerators_movesSequencesPastTheIdsThatAreThere_neverBack() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            ShardSchemas schemas = shards.schemas(Guard.NONE, SchemaModel.entities());
            AtomicInteger told = new AtomicInteger();
            schemas.onSequencesChanged(told::incrementAndGet);
            schemas.run(Action.CREATE);
            shards.execute(0, "insert into customer (id, name) values (" + IdBits.sequence(1000, 7) + ", 'x')");
            shards.execute(1, "select nextval('customer_shard_seq')", "select nextval('customer_shard_seq')");
            schemas.manager().resynchronizeGenerators();
            assertThat(shards.column(0, "select nextval('customer_shard_seq')")).containsExactly("1001");
            assertThat(shards.column(1, "select nextval('customer_shard_seq')")).containsExactly("129");
            assertThat(shards.column(2, "select nextval('customer_shard_seq')")).containsExactly("1");
            assertThat(told).hasValue(2);
        }
    }

    @Test
    void forSchema_isThatSchemaOnEveryShard() throws SQLException {
        try (SchemaShards shards = shards(Layout.DATABASES)) {
            ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.entities());
            for (int shard = 0; shard < 4; shard++) {
                shards.execute(shard, "create schema \"Archive\"");
            }
            SchemaManager archive = schemas.manager().forSchema("\"Archive\"");
            archive.create(false);
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.tables(shard)).isEmpty();
                assertThat(shards.column(shard, "select code from \"Archive\".country"))
                        .isEmpty();
            }
            archive.drop(false);
            assertThatThrownBy(() -> shards.column(2, "select code from \"Archive\".country"))
                    .hasMessageContaining("does not exist");
            SchemaManager standard = schemas.manager().forSchema("public");
            standard.create(false);
            assertThat(shards.tables(3)).contains("country");
            assertThatThrownBy(() -> schemas.manager().forCatalog("other"))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("forCatalog");
        }
    }

    @Test
    void twoShardsOfOneSchema_areNamed() throws SQLException {
        try (SchemaShards shards = shards(Layout.SCHEMAS)) {
            SchemaManager common =
                    shards.schemas(Guard.NONE, SchemaModel.entities()).manager().forSchema("public");
            assertThatThrownBy(() -> common.create(false))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("failed on 3 of 4 shards")
                    .hasMessageContaining("it is the same schema as shard \"shard");
        }
    }

    @Test
    void actionOf_readsTheSettingsAsHibernateDoes() {
        assertThat(ShardSchemas.actionOf(Map.of())).isEqualTo(Action.NONE);
        assertThat(ShardSchemas.actionOf(Map.of("hibernate.hbm2ddl.auto", "create-drop")))
                .isEqualTo(Action.CREATE_DROP);
        assertThat(ShardSchemas.actionOf(Map.of("hibernate.hbm2ddl.auto", Action.UPDATE)))
                .isEqualTo(Action.UPDATE);
        assertThat(ShardSchemas.actionOf(Map.of(
                        "hibernate.hbm2ddl.auto", "update",
                        "jakarta.persistence.schema-generation.database.action", "drop-and-create")))
                .isEqualTo(Action.CREATE);
    }
}
