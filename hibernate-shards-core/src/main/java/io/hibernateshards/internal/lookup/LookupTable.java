package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.route.Place;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statements on one shard's rows: of all attributes whose values are unique, or of all others. Rows of several values
 * are one statement each, in the order in which they are given.
 *
 * <p>A row's stamp is another one each time that somebody makes the row or claims it anew, so that who has looked at a row
 * can tell that it is still the one that was looked at.
 */
final class LookupTable {
    private static final String ROWS =
            "unnest(?::text[], ?::text[], ?::text[], ?::int[], ?::int[], ?::text[], ?::bigint[])"
                    + " with ordinality as r(attribute, value, owner, bucket, owner_bucket, owner_shard, stamp, place)";
    private static final String SAME = "t.attribute = r.attribute collate \"C\" and t.value = r.value collate \"C\""
            + " and t.owner = r.owner collate \"C\"";

    private final String name;
    private final boolean unique;

    /**
     * @param schema the catalog's
     * @param unique whether a value has one row
     */
    LookupTable(String schema, boolean unique) {
        this.unique = unique;
        name = schema + (unique ? ".global_unique" : ".shard_lookup");
    }

    /** A row and its stamp. */
    record Stamped(String owner, Place place, long stamp) {}

    /** A row of any value. */
    record Owned(String value, Stamped row) {}

    String name() {
        return name;
    }

    String create() {
        return "create table if not exists " + name + " (attribute text collate \"C\" not null,"
                + " value text collate \"C\" not null, owner text collate \"C\" not null, bucket int not null,"
                + " owner_bucket int, owner_shard text, stamp bigint not null, primary key (attribute, value"
                + (unique ? "" : ", owner") + "))";
    }

    /** SQL that is sent to write, as those are told who count writes. */
    String describe() {
        return "insert into " + name;
    }

    String describeRead() {
        return "select from " + name;
    }

    /** Where entities with one of these values are. */
    Set<ShardId> shards(Connection connection, String attribute, List<String> values, Topology topology)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select distinct owner_bucket, owner_shard from " + name + " where attribute = ? and value = any(?)")) {
            select.setString(1, attribute);
            select.setArray(2, connection.createArrayOf("text", values.toArray()));
            Set<ShardId> shards = new HashSet<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    shards.add(shard(place(row, 1), topology));
                }
            }
            return shards;
        }
    }

    /** Removes all rows of some attributes, whose entities are about to be. */
    void clear(Connection connection, List<String> attributes) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("delete from " + name + " where attribute = any(?)")) {
            delete.setArray(1, connection.createArrayOf("text", attributes.toArray()));
            delete.executeUpdate();
        }
    }

    /** Makes rows, but for those of which there is one already: waits for a transaction that has made or removed it. */
    List<LookupRow> insert(Connection connection, List<LookupRow> rows) throws SQLException {
        return claimed(
                connection,
                "insert into " + name + " (attribute, value, owner, bucket, owner_bucket, owner_shard, stamp)"
                        + " select r.attribute, r.value, r.owner, r.bucket, r.owner_bucket, r.owner_shard, r.stamp from "
                        + ROWS + " order by r.place on conflict do nothing returning attribute, value, owner",
                rows);
    }

    /** Claims rows that are these owners' already. */
    List<LookupRow> claim(Connection connection, List<LookupRow> rows) throws SQLException {
        return claimed(
                connection,
                "update " + name + " t set owner_bucket = r.owner_bucket, owner_shard = r.owner_shard, stamp = r.stamp"
                        + " from " + ROWS + " where " + SAME + " returning t.attribute, t.value, t.owner",
                rows);
    }

    /** Those of the rows that the statement is about and does not return. */
    private static List<LookupRow> claimed(Connection connection, String sql, List<LookupRow> rows)
            throws SQLException {
        Map<List<String>, LookupRow> rest = new LinkedHashMap<>();
        rows.forEach(row -> rest.put(key(row), row));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, connection, rows);
            try (ResultSet done = statement.executeQuery()) {
                while (done.next()) {
                    rest.remove(List.of(done.getString(1), done.getString(2), done.getString(3)));
                }
            }
        }
        return List.copyOf(rest.values());
    }

    private static List<String> key(LookupRow row) {
        return List.of(row.attribute().name(), row.value(), row.owner());
    }

    /** Removes these owners' rows, as far as they are there. */
    void delete(Connection connection, List<LookupRow> rows) throws SQLException {
        String sql = "with gone as materialized (select t.attribute, t.value, t.owner from " + name + " t join " + ROWS
                + " on " + SAME + " order by r.place for update of t) delete from " + name
                + " t using gone r where " + SAME;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, connection, rows);
            statement.executeUpdate();
        }
    }

    /** The row of a unique value, or null. */
    @Nullable
    Stamped read(Connection connection, String attribute, String value) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select owner, owner_bucket, owner_shard, stamp from " + name + " where attribute = ? and value = ?")) {
            select.setString(1, attribute);
            select.setString(2, value);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? stamped(row, 1) : null;
            }
        }
    }

    /** All rows of a value. */
    List<Stamped> readAll(Connection connection, String attribute, String value) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select owner, owner_bucket, owner_shard, stamp from " + name + " where attribute = ? and value = ?")) {
            select.setString(1, attribute);
            select.setString(2, value);
            List<Stamped> all = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    all.add(stamped(row, 1));
                }
            }
            return all;
        }
    }

    /** So many rows behind one, in the order of values and owners. */
    List<Owned> page(Connection connection, String attribute, Owned last, int rows) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select value, owner, owner_bucket, owner_shard, stamp from " + name
                        + " where attribute = ? and (value, owner) > (?, ?) order by value, owner limit " + rows)) {
            select.setString(1, attribute);
            select.setString(2, last.value());
            select.setString(3, last.row().owner());
            List<Owned> page = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    page.add(new Owned(row.getString(1), stamped(row, 2)));
                }
            }
            return page;
        }
    }

    /** Gives the row of a unique value to another entity, unless it is another row by now. */
    boolean takeOver(Connection connection, LookupRow row, Stamped from) throws SQLException {
        int bucket = row.place().bucket();
        try (PreparedStatement update = connection.prepareStatement("update " + name
                + " set owner = ?, owner_bucket = ?, owner_shard = ?, stamp = ?"
                + " where attribute = ? and value = ? and owner = ? and stamp = ?")) {
            update.setString(1, row.owner());
            update.setObject(2, bucket < 0 ? null : bucket, Types.INTEGER);
            update.setString(3, bucket < 0 ? row.place().shard().name() : null);
            update.setLong(4, ThreadLocalRandom.current().nextLong());
            update.setString(5, row.attribute().name());
            update.setString(6, row.value());
            update.setString(7, from.owner());
            update.setLong(8, from.stamp());
            return update.executeUpdate() == 1;
        }
    }

    /** Removes a row, unless it is another one by now, or somebody is at work on it. */
    boolean remove(Connection connection, String attribute, String value, Stamped row) throws SQLException {
        String same = " where attribute = ? and value = ? and owner = ? and stamp = ?";
        try (PreparedStatement lock =
                        connection.prepareStatement("select 1 from " + name + same + " for update skip locked");
                PreparedStatement delete = connection.prepareStatement("delete from " + name + same)) {
            for (PreparedStatement statement : List.of(lock, delete)) {
                statement.setString(1, attribute);
                statement.setString(2, value);
                statement.setString(3, row.owner());
                statement.setLong(4, row.stamp());
            }
            try (ResultSet locked = lock.executeQuery()) {
                if (!locked.next()) {
                    return false;
                }
            }
            return delete.executeUpdate() == 1;
        }
    }

    private static Stamped stamped(ResultSet row, int first) throws SQLException {
        return new Stamped(row.getString(first), place(row, first + 1), row.getLong(first + 3));
    }

    /** From the columns owner_bucket and owner_shard; the shard of a bucket is the topology's to tell. */
    private static Place place(ResultSet row, int first) throws SQLException {
        int bucket = row.getInt(first);
        return row.wasNull()
                ? new Place(-1, ShardId.of(row.getString(first + 1)))
                : new Place(bucket, ShardId.of("unknown"));
    }

    /** The shard that an owner's place is on now. */
    static ShardId shard(Place place, Topology topology) {
        return place.bucket() < 0 ? place.shard() : topology.shardOf(place.bucket());
    }

    private static void set(PreparedStatement statement, Connection connection, List<LookupRow> rows)
            throws SQLException {
        array(statement, connection, 1, "text", rows, row -> row.attribute().name());
        array(statement, connection, 2, "text", rows, LookupRow::value);
        array(statement, connection, 3, "text", rows, LookupRow::owner);
        array(statement, connection, 4, "int4", rows, LookupRow::bucket);
        array(
                statement,
                connection,
                5,
                "int4",
                rows,
                row -> row.place().bucket() < 0 ? null : row.place().bucket());
        array(
                statement,
                connection,
                6,
                "text",
                rows,
                row -> row.place().bucket() < 0 ? row.place().shard().name() : null);
        array(statement, connection, 7, "int8", rows, row -> ThreadLocalRandom.current()
                .nextLong());
    }

    private static void array(
            PreparedStatement statement,
            Connection connection,
            int index,
            String type,
            List<LookupRow> rows,
            Function<LookupRow, @Nullable Object> column)
            throws SQLException {
        statement.setArray(
                index, connection.createArrayOf(type, rows.stream().map(column).toArray()));
    }
}
