package io.hibernateshards.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdBits;
import java.io.StringReader;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.hibernate.tool.schema.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadScriptTest {
    private static Map<String, Object> script(String... statements) {
        return Map.of(
                "jakarta.persistence.sql-load-script-source", new StringReader(String.join(";\n", statements) + ";"));
    }

    private static SchemaShards shards() {
        return SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, 4));
    }

    @ParameterizedTest
    @EnumSource(Guard.class)
    void everyShardKeepsTheRowsThatAreItsOwn(Guard guard) throws SQLException {
        try (SchemaShards shards = shards()) {
            StringBuilder customers = new StringBuilder("insert into customer (id, name) values ");
            StringBuilder purchases = new StringBuilder("insert into purchase (id, customer_id) values ");
            for (int bucket = 0; bucket < 8192; bucket += 1024) {
                long id = IdBits.sequence(1, bucket);
                customers.append(String.format(Locale.ROOT, "%s(%d, 'b%d')", bucket == 0 ? "" : ", ", id, bucket));
                purchases.append(String.format(Locale.ROOT, "%s(%d, %d)", bucket == 0 ? "" : ", ", bucket, id));
            }
            shards.schemas(
                            guard,
                            script(
                                    "insert into country values ('AT')",
                                    customers.toString(),
                                    purchases.toString(),
                                    "insert into \"Document Store\" (\"order\", id)"
                                            + " values ('acme', '00000000-0000-0000-0000-000000000001')",
                                    "insert into setting values (1)",
                                    "insert into setting_choice (setting_id, choices) values (1, 'on')"),
                            SchemaModel.entities())
                    .run(Action.CREATE);

            int acme = shards.topology().indexOf(new HashFunction().bucket(new Object[] {"acme"}));
            for (int shard = 0; shard < 4; shard++) {
                int first = shard * 2048;
                assertThat(shards.column(shard, "select code from country")).containsExactly("AT");
                assertThat(shards.column(shard, "select name from customer order by id"))
                        .containsExactly("b" + first, "b" + (first + 1024));
                assertThat(shards.column(shard, "select id from purchase order by id"))
                        .containsExactly(String.valueOf(first), String.valueOf(first + 1024));
                assertThat(shards.column(shard, "select id from \"Document Store\""))
                        .hasSize(shard == acme ? 1 : 0);
                assertThat(shards.column(shard, "select tgname from pg_trigger where tgname like 'hs_a_load%'"))
                        .isEmpty();
            }
            assertThat(shards.column(1, "select choices from setting_choice")).containsExactly("on");
            assertThat(shards.tables(0)).doesNotContain("setting");
            shards.schemas(guard, SchemaModel.entities()).run(Action.VALIDATE);
        }
    }

    @Test
    void aRowThatSqlCannotPlace_isRefused_andNothingIsLoaded() throws SQLException {
        try (SchemaShards shards = shards()) {
            ShardSchemas schemas = shards.schemas(
                    Guard.NONE,
                    script(
                            "insert into country values ('AT')",
                            "insert into page values (1, '00000000-0000-0000-0000-000000000001')"),
                    SchemaModel.entities());
            assertThatThrownBy(() -> schemas.run(Action.CREATE))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("failed on 4 of 4 shards")
                    .hasMessageContaining("load script: insert into page")
                    .hasMessageContaining("SQL cannot tell the shard of a row of page");
            for (int shard = 0; shard < 4; shard++) {
                assertThat(shards.column(shard, "select code from country")).isEmpty();
                assertThat(shards.tables(shard)).contains("page");
            }
        }
    }

    @Test
    void truncate_loadsAgain() throws SQLException {
        try (SchemaShards shards = shards()) {
            shards.schemas(Guard.CHECK, SchemaModel.entities()).run(Action.CREATE);
            for (String code : List.of("AT", "CH")) {
                shards.schemas(
                                Guard.CHECK,
                                script("insert into country values ('" + code + "')"),
                                SchemaModel.entities())
                        .manager()
                        .truncate();
                assertThat(shards.column(3, "select code from country")).containsExactly(code);
            }
        }
    }
}
