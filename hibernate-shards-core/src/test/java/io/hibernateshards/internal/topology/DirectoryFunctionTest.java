package io.hibernateshards.internal.topology;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spi.BucketFunction;
import io.hibernateshards.spi.Catalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DirectoryFunctionTest {
    static final Topology TOPOLOGY = Assignments.topology(1, AssignmentsTest.shards(4), Map.of());

    private LocalCluster cluster;
    private Plain catalog;

    /** A catalog of plain JDBC connections, one for each piece of work, with an isolation that a pool may have set. */
    static final class Plain implements Catalog {
        private final Shard shard;
        private final String role;
        private final AtomicInteger transactions = new AtomicInteger();

        Plain(Shard shard) {
            this(shard, shard.user());
        }

        Plain(Shard shard, String role) {
            this.shard = shard;
            this.role = role;
        }

        @Override
        public String schema() {
            return "hibernate_shards";
        }

        @Override
        public <T> T inTransaction(Work<T> work) {
            transactions.incrementAndGet();
            try (Connection connection = shard.connect()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                try (var statement = connection.createStatement()) {
                    statement.execute("set role " + role);
                }
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                throw new ShardingException(ShardErrorCode.SHARD_UNAVAILABLE, "catalog: " + e.getMessage(), e);
            }
        }
    }

    @BeforeEach
    void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 1);
        catalog = new Plain(cluster.shards().get(0));
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    static BucketFunction directory(String name, Map<String, String> own, Topology topology, Catalog catalog) {
        Map<String, String> settings = new TreeMap<>(Map.of(name, "directory"));
        own.forEach((setting, value) -> settings.put(name + "." + setting, value));
        return requireNonNull(
                BucketFunctions.create(settings, () -> topology, catalog).get(name));
    }

    private BucketFunction directory() {
        return directory("tenants", Map.of(), TOPOLOGY, catalog);
    }

    private static Object[] key(Object... values) {
        return values;
    }

    private int rows() throws SQLException {
        try (Connection connection = cluster.shards().get(0).connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("select count(*) from hibernate_shards.directory")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void unknownKey_goesToTheShardWithTheFewestKeys() {
        BucketFunction function = directory();
        int[] keys = new int[4];
        Set<Integer> buckets = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            int bucket = function.bucket(key("tenant " + i));
            buckets.add(bucket);
            keys[TOPOLOGY.indexOf(bucket)]++;
            assertThat(IntStream.of(keys).max().getAsInt()
                            - IntStream.of(keys).min().getAsInt())
                    .as("after key %d", i)
                    .isLessThanOrEqualTo(1);
        }
        assertThat(buckets)
                .as("each has a bucket of its own while there are any")
                .hasSize(40);
    }

    @Test
    void shardThatJoinedLater_getsTheNextKeys() {
        BucketFunction before = directory();
        for (int i = 0; i < 8; i++) {
            before.bucket(key("old " + i));
        }
        int[] owners = IntStream.range(0, Buckets.COUNT)
                .map(bucket -> bucket < 8000 ? TOPOLOGY.indexOf(bucket) : 4)
                .toArray();
        Topology five = Topology.of(2, AssignmentsTest.shards(5), owners);
        BucketFunction after = directory("tenants", Map.of(), five, catalog);
        for (int i = 0; i < 2; i++) {
            assertThat(five.shardOf(after.bucket(key("new " + i)))).isEqualTo(ShardId.of("s4"));
        }
        assertThat(after.bucket(key("old 3"))).as("keys never move").isEqualTo(before.bucket(key("old 3")));
    }

    @Test
    void shardWithoutBuckets_getsNoKeys() {
        Topology topology = Assignments.topology(
                1,
                AssignmentsTest.shards(3),
                Map.of("assignment", "explicit", "shard.s0.buckets", "0-99", "shard.s2.buckets", "100-8191"));
        BucketFunction function = directory("tenants", Map.of(), topology, catalog);
        for (long i = 0; i < 10; i++) {
            assertThat(topology.shardOf(function.bucket(key(i)))).isEqualTo(ShardId.of(i % 2 == 0 ? "s0" : "s2"));
        }
    }

    @Test
    void find_neverAssigns() throws SQLException {
        BucketFunction function = directory();
        assertThat(function.find(key("acme"))).isEqualTo(-1);
        assertThat(rows()).isZero();
        int bucket = function.bucket(key("acme"));
        assertThat(rows()).isEqualTo(1);
        assertThat(function.find(key("acme"))).isEqualTo(bucket);
        assertThat(directory().find(key("acme"))).as("in another JVM").isEqualTo(bucket);
    }

    @Test
    void knownKey_isNotLookedUpTwice() {
        BucketFunction function = directory();
        int bucket = function.bucket(key("acme"));
        int before = catalog.transactions.get();
        assertThat(function.bucket(key("acme"))).isEqualTo(bucket);
        assertThat(function.find(key("acme"))).isEqualTo(bucket);
        assertThat(catalog.transactions).hasValue(before);
    }

    @Test
    void refuse_takesOnlyKeysThatAreThere() throws SQLException {
        int known = directory().bucket(key("acme"));
        BucketFunction strict = directory("tenants", Map.of("unknown", "refuse"), TOPOLOGY, catalog);
        assertThat(strict.bucket(key("acme"))).isEqualTo(known);
        assertThat(strict.find(key("typo"))).isEqualTo(-1);
        assertThatThrownBy(() -> strict.bucket(key("typo")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "\"typo\" is not in the directory \"tenants\"; add it there, or set unknown = assign");
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void severalValues_makeDifferentKeys_howeverTheyAreCut() throws SQLException {
        BucketFunction function = directory();
        Set<Integer> buckets = new HashSet<>();
        buckets.add(function.bucket(key("ab", "c")));
        buckets.add(function.bucket(key("a", "bc")));
        buckets.add(function.bucket(key("1:a", "")));
        assertThat(rows()).isEqualTo(3);
        assertThat(buckets).hasSize(3);
    }

    @Test
    void directoriesOfTwoNames_knowNothingOfEachOther() throws SQLException {
        BucketFunction tenants = directory();
        BucketFunction regions = directory("regions", Map.of(), TOPOLOGY, catalog);
        int first = tenants.bucket(key("acme"));
        assertThat(regions.find(key("acme"))).isEqualTo(-1);
        assertThat(regions.bucket(key("other")))
                .as("the least loaded of its own")
                .isEqualTo(first);
        assertThat(regions.bucket(key("acme"))).isNotEqualTo(first);
        assertThat(tenants.bucket(key("acme"))).isEqualTo(first);
        assertThat(rows()).isEqualTo(3);
    }

    @Test
    void rowInsertedByHand_isWhereItSays() throws SQLException {
        BucketFunction function = directory();
        assertThat(function.find(key("acme"))).isEqualTo(-1);
        execute("insert into hibernate_shards.directory values ('tenants', 'acme', 4711)");
        assertThat(function.find(key("acme"))).isEqualTo(4711);
        assertThat(function.bucket(key("acme"))).isEqualTo(4711);
    }

    @Test
    void tablesMadeByAMigration_needNoRightToCreateThem() throws SQLException {
        directory().bucket(key("acme"));
        execute("create role clerk");
        try {
            execute("grant usage on schema hibernate_shards to clerk");
            execute("grant select, insert, update on all tables in schema hibernate_shards to clerk");
            Plain clerks = new Plain(cluster.shards().get(0), "clerk");
            BucketFunction function = directory("tenants", Map.of(), TOPOLOGY, clerks);
            assertThat(function.bucket(key("acme"))).isEqualTo(directory().bucket(key("acme")));
            assertThat(function.bucket(key("new"))).isEqualTo(directory().bucket(key("new")));
        } finally {
            execute("drop owned by clerk");
            execute("drop role clerk");
        }
    }

    @Test
    void twoJvmsOfEightThreads_agreeOnEveryKey() throws Exception {
        List<DirectoryJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                jvms.add(DirectoryJvm.start(cluster.shards().get(0)));
            }
            for (DirectoryJvm jvm : jvms) {
                jvm.awaitReady();
            }
            for (DirectoryJvm jvm : jvms) {
                jvm.go();
            }
            String first = jvms.get(0).answer();
            assertThat(jvms.get(1).answer()).isEqualTo(first);
            int[] buckets =
                    Stream.of(first.split(",", -1)).mapToInt(Integer::parseInt).toArray();
            assertThat(buckets).hasSize(DirectoryJvm.KEYS);
            assertThat(buckets).as("each assigned in sight of the others").doesNotHaveDuplicates();
            assertThat(rows()).isEqualTo(DirectoryJvm.KEYS);
            for (ShardId shard : TOPOLOGY.shards()) {
                Buckets own = TOPOLOGY.bucketsOf(shard);
                assertThat(IntStream.of(buckets).filter(own::contains).count()).isEqualTo(DirectoryJvm.KEYS / 4);
            }
        } finally {
            jvms.forEach(DirectoryJvm::close);
        }
    }

    @Test
    void catalogThatCannotBeReached_atFirst_isNoProblemLater() throws SQLException {
        BucketFunction function = directory();
        execute("create schema hibernate_shards");
        execute("create table hibernate_shards.directory (key int)");
        assertThatThrownBy(() -> function.bucket(key("acme"))).isInstanceOf(ShardingException.class);
        execute("drop table hibernate_shards.directory");
        BucketFunction restarted = directory();
        assertThat(restarted.bucket(key("acme"))).isBetween(0, 8191);
        assertThat(function.bucket(key("acme"))).isEqualTo(restarted.bucket(key("acme")));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = cluster.shards().get(0).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
