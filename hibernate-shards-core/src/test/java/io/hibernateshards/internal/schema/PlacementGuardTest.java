package io.hibernateshards.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdBits;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hibernate.tool.schema.Action;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlacementGuardTest {
    private static final int SHARDS = 4;

    private final HashFunction hash = new HashFunction();
    private SchemaShards shards;

    @BeforeAll
    void create() {
        shards = SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, SHARDS));
        ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.entities());
        schemas.run(Action.CREATE);
        schemas.run(Action.UPDATE);
        schemas.run(Action.VALIDATE);
    }

    @AfterAll
    void close() {
        shards.close();
    }

    /** The statement is accepted by the owner of the bucket and refused by all others. */
    private void onlyOn(int bucket, String table, String sql) throws SQLException {
        int owner = shards.topology().indexOf(bucket);
        for (int shard = 0; shard < SHARDS; shard++) {
            int here = shard;
            if (here == owner) {
                shards.execute(here, sql);
            } else {
                assertThatThrownBy(() -> shards.execute(here, sql))
                        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState())
                                .isEqualTo("HS012"))
                        .message()
                        .contains(table, "a row of bucket " + bucket + " does not belong to this shard");
            }
        }
    }

    @Test
    void rowsAreAcceptedOnTheirShardOnly_byTheBucketThatIdsCarry() throws SQLException {
        for (int bucket : new int[] {0, 2047, 2048, 5000, 8191}) {
            long customer = IdBits.sequence(bucket, bucket);
            onlyOn(
                    bucket,
                    "customer",
                    String.format(Locale.ROOT, "insert into customer (id, name) values (%d, 'x')", customer));
            onlyOn(
                    bucket,
                    "customer_tag",
                    String.format(Locale.ROOT, "insert into customer_tag values (%d, 'x')", customer));
            // the purchase's own id does not matter
            onlyOn(
                    bucket,
                    "purchase",
                    String.format(
                            Locale.ROOT, "insert into purchase (id, customer_id) values (%d, %d)", bucket, customer));
        }
    }

    @Test
    void script_guardsAsTheSchemaToolDoes_andKnowsItsShard() throws SQLException {
        try (SchemaShards others = SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, 2))) {
            others.schemas(Guard.NONE, SchemaModel.entities()).run(Action.CREATE);
            ShardSchemas guarded = others.schemas(Guard.CHECK, SchemaModel.entities());
            List<ShardId> names = others.topology().shards();
            for (int shard = 0; shard < 2; shard++) {
                String script = guarded.guardScript(names.get(shard));
                int here = shard;
                assertThatThrownBy(() -> others.execute(here, "set hibernate_shards.shard = 'nobody'; " + script))
                        .hasMessageContaining("the parameter hibernate_shards.shard does not name a shard")
                        .hasMessageContaining("set hibernate_shards.shard = 'shard0'");
                for (int again = 0; again < 2; again++) {
                    others.execute(here, "set hibernate_shards.shard = '" + names.get(shard) + "'; " + script);
                }
            }
            guarded.run(Action.VALIDATE);
            for (int bucket : new int[] {0, 8191}) {
                int owner = others.topology().indexOf(bucket);
                String insert = "insert into customer (id, name) values (" + IdBits.sequence(7, bucket) + ", 'x')";
                others.execute(owner, insert);
                assertThatThrownBy(() -> others.execute(1 - owner, insert))
                        .hasMessageContaining("a row of bucket " + bucket + " does not belong to this shard");
            }
        }
    }

    @Test
    void rowsAreAcceptedOnTheirShardOnly_byTheHashOfTheirKey() throws SQLException {
        for (String tenant : List.of("", "acme", "größe", "日本")) {
            int bucket = hash.bucket(new Object[] {tenant});
            onlyOn(
                    bucket,
                    "\"Document Store\"",
                    "insert into \"Document Store\" (\"order\", id) values ('" + tenant + "', '" + UUID.randomUUID()
                            + "')");
        }
        for (long id = -3; id < 4; id++) {
            int bucket = hash.bucket(new Object[] {id});
            onlyOn(bucket, "vehicle", "insert into vehicle values (" + id + ")");
            onlyOn(bucket, "truck", "insert into truck (id, axles) values (" + id + ", 2)");
        }
    }

    @Test
    void compositeKeys_areReadInTheirOwnOrder() throws SQLException {
        for (long number = 1; number < 6; number++) {
            int bucket = hash.bucket(new Object[] {"eu", number});
            onlyOn(bucket, "profile", "insert into profile (region, number) values ('eu', " + number + ")");
            onlyOn(
                    bucket,
                    "profile_label",
                    "insert into profile_label (l_region, l_number, labels) values ('eu', " + number + ", 'x')");
            onlyOn(
                    bucket,
                    "visit",
                    "insert into visit (id, of_region, of_number) values (" + number + ", 'eu', " + number + ")");
        }
    }

    @Test
    void aKeyThatIsChangedOrNull_isRefused() throws SQLException {
        int bucket = hash.bucket(new Object[] {"moving"});
        int owner = shards.topology().indexOf(bucket);
        int other = (owner + 1) % SHARDS;
        String elsewhere = "a";
        while (shards.topology().indexOf(hash.bucket(new Object[] {elsewhere})) != other) {
            elsewhere += "a";
        }
        String key = elsewhere;
        shards.execute(
                owner,
                "insert into \"Document Store\" (\"order\", id) values ('moving', '00000000-0000-0000-0000-000000000001')");
        assertThatThrownBy(() -> shards.execute(
                        owner, "update \"Document Store\" set \"order\" = '" + key + "' where \"order\" = 'moving'"))
                .hasMessageContaining("does not belong to this shard");
        shards.execute(owner, "alter table \"Document Store\" alter column \"order\" drop not null");
        assertThatThrownBy(
                        () -> shards.execute(
                                owner,
                                "insert into \"Document Store\" (\"order\", id) values (null, '00000000-0000-0000-0000-000000000002')"))
                .hasMessageContaining("none: the key is null");
    }

    @Test
    void tablesWithoutAKeyToSee_andReferences_areNotGuarded() throws SQLException {
        List<String> guarded = shards.column(
                0,
                "select distinct event_object_table from information_schema.triggers"
                        + " where trigger_schema = current_schema() order by 1");
        assertThat(guarded)
                .containsExactly(
                        "Document Store",
                        "customer",
                        "customer_tag",
                        "profile",
                        "profile_label",
                        "purchase",
                        "truck",
                        "vehicle",
                        "visit");
    }

    @Test
    void rowsInSeveralTables_areAcceptedOnTheirShardOnly() throws SQLException {
        ShardSchemas schemas = shards.schemas(Guard.CHECK, SchemaModel.spread());
        schemas.run(Action.CREATE_ONLY);
        try {
            schemas.run(Action.VALIDATE);
            assertThat(shards.sequences(2)).contains("asset_shard_seq");
            for (int bucket : new int[] {1, 3000, 8000}) {
                long id = IdBits.timeBucket(1, bucket, 0, 0);
                onlyOn(bucket, "account", "insert into account (id) values (" + id + ")");
                onlyOn(bucket, "account_detail", "insert into account_detail (id, detail) values (" + id + ", 'x')");
                onlyOn(
                        bucket,
                        "account_friend",
                        "insert into account_friend (account_id, friend_id) values (" + id + ", " + id + ")");
            }
            for (String holder : List.of("ann", "bob", "cid")) {
                int bucket = hash.bucket(new Object[] {holder});
                onlyOn(bucket, "bond", "insert into bond (id, holder) values (" + bucket + ", '" + holder + "')");
                onlyOn(bucket, "share", "insert into share (id, holder) values (" + bucket + ", '" + holder + "')");
            }
        } finally {
            for (int shard = 0; shard < SHARDS; shard++) {
                shards.execute(
                        shard,
                        "drop table account_friend, account_detail, account, bond, share",
                        "drop sequence asset_shard_seq");
            }
        }
    }

    @Test
    void keysInColumnsOfAnotherType_areGuarded_andLookedAt() throws SQLException {
        try (SchemaShards others = SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, 2))) {
            ShardSchemas schemas = others.schemas(Guard.CHECK, SchemaModel.converted());
            schemas.run(Action.CREATE);
            for (int number = 1; number < 9; number++) {
                UUID token = new UUID(number * 0x9E3779B97F4A7C15L, number);
                Map<String, Integer> inserts = new LinkedHashMap<>();
                int ofToken = hash.bucket(new Object[] {token});
                inserts.put("insert into text_token values ('" + token + "')", ofToken);
                inserts.put(
                        "insert into byte_token values (decode('"
                                + token.toString().replace("-", "") + "', 'hex'))",
                        ofToken);
                inserts.put("insert into invoice values (" + IdBits.sequence(7, number * 1000) + ")", number * 1000);
                inserts.put("insert into counter values (" + number + ")", hash.bucket(new Object[] {(short) number}));
                for (Map.Entry<String, Integer> insert : inserts.entrySet()) {
                    int owner = others.topology().indexOf(insert.getValue());
                    others.execute(owner, insert.getKey());
                    assertThatThrownBy(() -> others.execute(1 - owner, insert.getKey()))
                            .hasMessageContaining("a row of bucket " + insert.getValue() + " does not belong");
                }
            }
            List<ShardId> names = others.topology().shards();
            Topology swapped = Topology.of(
                    2,
                    names,
                    IntStream.range(0, 8192)
                            .map(bucket -> 1 - others.topology().indexOf(bucket))
                            .toArray());
            try (Connection connection = others.cluster().shards().get(0).connect()) {
                assertThat(schemas.misplaced(names.get(0), connection, others.topology(), null))
                        .isEmpty();
                assertThat(schemas.misplaced(names.get(0), connection, swapped, null))
                        .anyMatch(line -> line.contains("table text_token"))
                        .anyMatch(line -> line.contains("table byte_token"))
                        .anyMatch(line -> line.contains("table invoice"))
                        .anyMatch(line -> line.contains("table counter"));
            }
        }
    }

    /** The table behind it may be guarded by itself. */
    @Test
    void aViewInPlaceOfATable_isLeftOut() throws SQLException {
        try (SchemaShards others = SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, 1))) {
            ShardSchemas schemas = others.schemas(Guard.CHECK, SchemaModel.converted());
            schemas.run(Action.CREATE);
            others.execute(
                    0,
                    "drop trigger zzz_hs_guard on counter",
                    "alter table counter rename to counted",
                    "create view counter as select * from counted");
            schemas.run(Action.VALIDATE);
            schemas.run(Action.UPDATE);
            ShardId shard = others.topology().shards().get(0);
            others.execute(0, "set hibernate_shards.shard = '" + shard + "'; " + schemas.guardScript(shard));
            assertThat(others.column(
                            0,
                            "select relname from pg_trigger join pg_class c on c.oid = tgrelid"
                                    + " where relnamespace = current_schema()::regnamespace order by 1"))
                    .containsExactly("byte_token", "invoice", "text_token");
        }
    }

    @Test
    void update_writesDownWhatTheTopologyHasBecome() throws SQLException {
        try (SchemaShards before = SchemaShards.of(LocalCluster.shared(Layout.DATABASES, 2))) {
            before.schemas(Guard.CHECK, SchemaModel.entities()).run(Action.CREATE);
            assertThat(before.column(0, "select first || '-' || last from hs_buckets"))
                    .containsExactly("0-4095");
            int[] owners = new int[8192];
            Arrays.fill(owners, 10, 20, 1);
            Arrays.fill(owners, 8191, 8192, 1);
            SchemaShards after = new SchemaShards(
                    before.cluster(), Topology.of(2, before.topology().shards(), owners));
            ShardSchemas schemas = after.schemas(Guard.CHECK, SchemaModel.entities());
            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .hasMessageContaining("owns the buckets 0-4095, the topology says 0-9,20-8190")
                    .hasMessageContaining("owns the buckets 4096-8191, the topology says 10-19,8191");
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            assertThat(after.column(1, "select first || '-' || last from hs_buckets order by first"))
                    .containsExactly("10-19", "8191-8191");
            after.execute(1, "drop trigger zzz_hs_guard on vehicle");
            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .hasMessageContaining("vehicle: the trigger zzz_hs_guard");
        }
    }

    /** A key of that shard. */
    private String belongsTo(int shard) {
        return Stream.iterate("a", text -> text + "a")
                .filter(text -> shards.topology().indexOf(hash.bucket(new Object[] {text})) == shard)
                .findFirst()
                .orElseThrow();
    }

    private static String document(String key) {
        return "insert into \"Document Store\" (\"order\", id) values ('" + key + "', '" + UUID.randomUUID() + "')";
    }

    @Test
    void aKeyThatAnotherTriggerChanges_isRefused() throws SQLException {
        shards.execute(
                0,
                "create function moves() returns trigger language plpgsql as $$begin new.\"order\" := '" + belongsTo(1)
                        + "'; return new; end$$");
        shards.execute(
                0,
                "create trigger lower_case before insert on \"Document Store\" for each row execute function moves()");
        try {
            assertThatThrownBy(() -> shards.execute(0, document(belongsTo(0))))
                    .hasMessageContaining("does not belong to this shard");
        } finally {
            shards.execute(0, "drop function moves() cascade");
        }
    }

    @Test
    void functionsOfTheSessionsSearchPath_areNotAsked() throws SQLException {
        shards.execute(
                0,
                "create schema if not exists other_functions",
                "create or replace function other_functions.hashtextextended(text, bigint) returns bigint language sql"
                        + " as 'select 0::bigint'");
        String own = "select set_config('search_path', 'other_functions, pg_catalog, ' || current_schema(), false)";
        assertThatThrownBy(() -> shards.execute(0, own, document(belongsTo(1))))
                .hasMessageContaining("does not belong to this shard");
    }

    @Test
    void aRoleThatMayWriteTheTableOnly_isGuardedAsWell() throws SQLException {
        String role = shards.column(0, "select current_schema() || '_clerk'").get(0);
        shards.execute(
                0,
                "create role " + role,
                "do $$begin execute format('grant usage on schema %I to " + role + "', current_schema()); end$$",
                "grant insert on \"Document Store\" to " + role);
        try {
            shards.execute(0, "set role " + role, document(belongsTo(0)));
            assertThatThrownBy(() -> shards.execute(0, "set role " + role, document(belongsTo(1))))
                    .hasMessageContaining("does not belong to this shard");
        } finally {
            shards.execute(0, "drop owned by " + role, "drop role " + role);
        }
    }

    private static final List<String> CHANGES = List.of(
            "alter table \"Document Store\" disable trigger zzz_hs_guard",
            "alter table document_part disable trigger zzz_hs_guard",
            "alter table \"Document Store\" enable replica trigger zzz_hs_guard",
            "create or replace trigger zzz_hs_guard before insert on \"Document Store\" for each row"
                    + " when (false) execute function %s()",
            "create or replace trigger zzz_hs_guard before insert on \"Document Store\" for each row"
                    + " execute function %s()",
            "create or replace function %s() returns trigger language plpgsql as 'begin return new; end'",
            "alter function %s() security invoker",
            "drop trigger zzz_hs_guard on \"Document Store\"");

    @Test
    void aGuardThatSomebodyHasChanged_isFound_andPutBack() throws SQLException {
        try (SchemaShards parts = SchemaShards.of(LocalCluster.shared(Layout.SCHEMAS, SHARDS))) {
            ShardSchemas schemas = parts.schemas(Guard.CHECK, SchemaModel.entities());
            schemas.run(Action.CREATE);
            parts.execute(
                    0,
                    "alter table \"Document Store\" rename to document_part",
                    "drop trigger zzz_hs_guard on document_part",
                    "create table \"Document Store\" (like document_part) partition by hash (\"order\")",
                    "alter table \"Document Store\" attach partition document_part"
                            + " for values with (modulus 1, remainder 0)");
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            String function = parts.column(
                            0,
                            "select tgfoid::regproc from pg_trigger where tgname = 'zzz_hs_guard'"
                                    + " and tgrelid = '\"Document Store\"'::regclass")
                    .get(0);
            for (String change : CHANGES) {
                parts.execute(0, change.formatted(function));
                assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                        .as(change)
                        .hasMessageContaining(
                                "\"Document Store\": the trigger zzz_hs_guard, which guards the placement,"
                                        + " is missing, disabled or not as it was made");
                schemas.run(Action.UPDATE);
                schemas.run(Action.VALIDATE);
            }
        }
    }
}
