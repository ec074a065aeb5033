package io.hibernateshards.internal.identity;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.ServerIdentity;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import io.hibernateshards.internal.topology.Assignments;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tables {@code shard} and {@code topology} in the catalog schema of a shard. Shards that are schemas of one database
 * share them, and so may applications with schemas of their own.
 *
 * @param schema the catalog schema, quoted
 */
record TopologyTables(String schema) {
    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_4944_454eL;

    /** What makes the tables, for roles that may not. */
    List<String> ddl() {
        return List.of(
                "create table if not exists " + schema + ".shard (schema text primary key, cluster text not null,"
                        + " name text not null, system_identifier bigint not null, database oid not null,"
                        + " database_name text not null, recorded_at timestamptz not null default now())",
                "create table if not exists " + schema + ".topology (cluster text, version bigint,"
                        + " shards text[] not null, owners text[] not null, catalog_shard text not null,"
                        + " assignment text not null, functions text[] not null, tables text[] not null,"
                        + " pending text[] not null, fingerprint text not null,"
                        + " changed_at timestamptz not null default now(), changed_by text not null,"
                        + " primary key (cluster, version))",
                "alter table " + schema + ".shard add column if not exists schema_id oid");
    }

    boolean exist(Connection connection) throws SQLException {
        try (PreparedStatement find =
                connection.prepareStatement("select to_regclass(?) is not null and exists (select 1 from pg_attribute"
                        + " where attrelid = to_regclass(?) and attname = 'schema_id')")) {
            find.setString(1, schema + ".topology");
            find.setString(2, schema + ".shard");
            try (ResultSet row = find.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Makes what is missing, in a transaction. */
    void create(Connection connection) throws SQLException {
        if (!exist(connection)) {
            lock(connection);
            try (Statement statement = connection.createStatement()) {
                for (String sql : ddl()) {
                    statement.execute(sql);
                }
            }
        }
    }

    /** As above, with the catalog schema itself. */
    void createAll(Connection connection) throws SQLException {
        if (!exist(connection)) {
            lock(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute("create schema if not exists " + schema);
                for (String sql : ddl()) {
                    statement.execute(sql);
                }
            }
        }
    }

    /** Has others wait that record something at the same time, until the transaction ends. */
    void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
        }
    }

    /**
     * The topology of a cluster, or null if this catalog has none.
     *
     * @param where the shard, for people
     * @throws ShardingException if the record is not as it was written
     */
    @Nullable
    RecordedTopology read(Connection connection, String cluster, String where) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select version, shards, owners, catalog_shard, assignment, functions, tables, pending, fingerprint from "
                        + schema + ".topology where cluster = ? order by version desc limit 1")) {
            select.setString(1, cluster);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? read(row, cluster, where) : null;
            }
        }
    }

    private RecordedTopology read(ResultSet row, String cluster, String where) throws SQLException {
        long version = row.getLong(1);
        String why;
        try {
            List<ShardId> shards =
                    texts(row.getArray(2)).stream().map(ShardId::of).toList();
            RecordedTopology read = new RecordedTopology(
                    cluster,
                    Topology.of(version, shards, owners(texts(row.getArray(3)))),
                    ShardId.of(row.getString(4)),
                    row.getString(5),
                    pairs(texts(row.getArray(6))),
                    pairs(texts(row.getArray(7))),
                    shards(texts(row.getArray(8))));
            String recorded = row.getString(9);
            if (version > 0 && read.fingerprint().equals(recorded)) {
                return read;
            }
            why = version > 0
                    ? "its fingerprint is " + recorded + ", and that of its buckets and functions " + read.fingerprint()
                    : "its version is " + version;
        } catch (IllegalArgumentException e) {
            why = String.valueOf(e.getMessage());
        }
        throw new ShardingException(
                ShardErrorCode.TOPOLOGY,
                "the topology of " + where + " in " + schema + ".topology, cluster " + cluster + ", version " + version
                        + ", is not as it was written: " + why
                        + ". Somebody has changed it, and nothing was changed now. Undo that, or delete the row there:"
                        + " the next start copies it from another shard");
    }

    private static List<String> texts(Array array) throws SQLException {
        String[] texts = (String[]) array.getArray();
        if (Arrays.asList(texts).contains(null)) {
            throw new IllegalArgumentException("it has a null");
        }
        return List.of(texts);
    }

    private static Set<ShardId> shards(List<String> names) {
        Set<ShardId> shards = new LinkedHashSet<>();
        names.forEach(name -> shards.add(ShardId.of(name)));
        return shards;
    }

    private static int[] owners(List<String> buckets) {
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, -1);
        for (int shard = 0; shard < buckets.size(); shard++) {
            for (int bucket : Assignments.owned(buckets.get(shard)).toArray()) {
                if (owners[bucket] >= 0) {
                    throw new IllegalArgumentException("bucket " + bucket + " belongs to two shards");
                }
                owners[bucket] = shard;
            }
        }
        return owners;
    }

    private static Map<String, String> pairs(List<String> texts) {
        Map<String, String> pairs = new TreeMap<>();
        for (String text : texts) {
            int line = text.indexOf('\n');
            if (line < 0) {
                throw new IllegalArgumentException("\"" + text + "\" is no name with a rule");
            }
            pairs.put(text.substring(0, line), text.substring(line + 1));
        }
        return pairs;
    }

    private static Object[] texts(Map<String, String> pairs) {
        return new TreeMap<>(pairs)
                .entrySet().stream()
                        .map(pair -> pair.getKey() + "\n" + pair.getValue())
                        .toArray();
    }

    private static Object[] names(Collection<ShardId> shards) {
        return shards.stream().map(ShardId::name).toArray();
    }

    /**
     * Records who a shard is.
     *
     * @param found as it was read
     * @return false if something else has been recorded since
     */
    boolean write(Connection connection, ServerIdentity found, Claim claim) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into " + schema
                + ".shard (schema, cluster, name, system_identifier, database, database_name, schema_id)"
                + " values (?, ?, ?, ?, ?::oid, ?, nullif(?, 0)::oid) on conflict (schema) do update set cluster = excluded.cluster,"
                + " name = excluded.name, system_identifier = excluded.system_identifier,"
                + " database = excluded.database, database_name = excluded.database_name,"
                + " schema_id = excluded.schema_id,"
                + " recorded_at = excluded.recorded_at where (shard.cluster, shard.name, shard.system_identifier,"
                + " shard.database) = (?, ?, ?, ?::oid)")) {
            insert.setString(1, found.schema());
            insert.setString(2, claim.cluster());
            insert.setString(3, claim.name());
            insert.setLong(4, claim.system());
            insert.setLong(5, claim.database());
            insert.setString(6, found.databaseName());
            insert.setLong(7, claim.schemaId());
            Claim before = found.claim();
            insert.setString(8, before == null ? null : before.cluster());
            insert.setString(9, before == null ? null : before.name());
            insert.setLong(10, before == null ? 0 : before.system());
            insert.setLong(11, before == null ? 0 : before.database());
            return insert.executeUpdate() == 1;
        }
    }

    /** Follows a schema that was dropped, and made anew if it has an identifier now. */
    void replaced(Connection connection, long before, long after) throws SQLException {
        if (exist(connection)) {
            try (PreparedStatement update = connection.prepareStatement(
                    "update " + schema + ".shard set schema_id = nullif(?, 0)::oid where schema_id = ?::oid")) {
                update.setLong(1, after);
                update.setLong(2, before);
                update.executeUpdate();
            }
        }
    }

    /** Removes topologies of clusters that no shard belongs to any more. */
    void forgetOthers(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("delete from " + schema + ".topology where cluster not in (select cluster from " + schema
                    + ".shard)");
        }
    }

    /**
     * Records a topology; those of earlier versions stay.
     *
     * @return false if a later one is there, or another one of this version
     */
    boolean write(Connection connection, RecordedTopology recorded) throws SQLException {
        Topology topology = recorded.topology();
        try (PreparedStatement insert = connection.prepareStatement("insert into " + schema
                + ".topology (cluster, version, shards, owners, catalog_shard, assignment, functions, tables, pending,"
                + " fingerprint, changed_by) select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, session_user || ' at ' ||"
                + " coalesce(host(inet_client_addr()), 'local') where not exists (select 1 from " + schema
                + ".topology where cluster = ? and version > ?) on conflict (cluster, version) do update set"
                + " catalog_shard = excluded.catalog_shard,"
                + " assignment = excluded.assignment, functions = excluded.functions, tables = excluded.tables,"
                + " pending = excluded.pending, fingerprint = excluded.fingerprint,"
                + " changed_at = excluded.changed_at, changed_by = excluded.changed_by"
                + " where topology.shards = excluded.shards and topology.owners = excluded.owners")) {
            insert.setString(1, recorded.cluster());
            insert.setLong(2, topology.version());
            insert.setArray(3, connection.createArrayOf("text", names(topology.shards())));
            insert.setArray(
                    4,
                    connection.createArrayOf(
                            "text",
                            topology.shards().stream()
                                    .map(shard -> topology.bucketsOf(shard).toString())
                                    .toArray()));
            insert.setString(5, recorded.catalogShard().name());
            insert.setString(6, recorded.assignment());
            insert.setArray(7, connection.createArrayOf("text", texts(recorded.functions())));
            insert.setArray(8, connection.createArrayOf("text", texts(recorded.tables())));
            insert.setArray(9, connection.createArrayOf("text", names(recorded.pending())));
            insert.setString(10, recorded.fingerprint());
            insert.setString(11, recorded.cluster());
            insert.setLong(12, topology.version());
            return insert.executeUpdate() == 1;
        }
    }
}
