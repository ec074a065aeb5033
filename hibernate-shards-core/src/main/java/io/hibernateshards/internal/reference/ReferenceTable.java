package io.hibernateshards.internal.reference;

import io.hibernateshards.internal.topology.SqlLiteral;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table of a reference entity, and the SQL that moves its rows. Rows travel as JSON that PostgreSQL itself writes and reads,
 * so each value arrives as it was, whatever its type.
 *
 * @param name qualified and quoted as SQL needs it, as all names here are
 * @param key the columns that hold the entity's id
 * @param columns all that are written, the key among them
 * @param ofRows whether there is one row for an id; otherwise it is a collection's
 * @param position after those of all tables that its foreign keys point to
 */
record ReferenceTable(String name, List<String> key, List<String> columns, boolean ofRows, int position) {
    /** A parameter that holds rows as JSON, to select from. */
    String given() {
        return "json_populate_recordset(null::" + name + ", ?::json)";
    }

    /** The id as a row, for comparisons. */
    String id() {
        return "(" + parts(key) + ")";
    }

    private static String parts(List<String> columns) {
        return String.join(", ", columns);
    }

    /** Reads rows as one JSON array. */
    String read(String condition) {
        return "select coalesce(json_agg(to_json(r)), '[]')::text from (select " + parts(columns) + " from " + name
                + " where " + condition + ") r";
    }

    /** Stores the rows of a JSON array, as they are. */
    String store() {
        String insert = "insert into " + name + " (" + parts(columns) + ") overriding system value select "
                + parts(columns) + " from " + given();
        if (!ofRows) {
            return insert;
        }
        String set = columns.stream()
                .filter(column -> !key.contains(column))
                .map(column -> column + " = excluded." + column)
                .collect(Collectors.joining(", "));
        return insert + " on conflict " + id() + (set.isEmpty() ? " do nothing" : " do update set " + set);
    }

    /** Removes the rows of those ids of which the JSON array has none. */
    String remove(String condition) {
        return "delete from " + name + " where " + condition + " and " + id() + " not in (select " + parts(key)
                + " from " + given() + ")";
    }

    /** Removes the rows of those ids. */
    String clear(String condition) {
        return "delete from " + name + " where " + condition;
    }

    /** For each id, as a JSON object whose keys are the positions of its values, a digest of its rows. */
    String digests() {
        return "select id, md5(string_agg(state, ',' order by state collate \"C\")) from (select jsonb_build_object("
                + numbered(i -> "'" + i + "', r." + key.get(i))
                + ")::text as id, to_jsonb(r)::text as state from (select " + parts(columns) + " from " + name
                + ") r) s group by id";
    }

    /** That a row's id is among those of a JSON array of such ids, a parameter. */
    String among() {
        return id() + " in (select " + numbered(i -> "k." + key.get(i)) + " from json_array_elements(?::json) e,"
                + " json_populate_record(null::" + name + ", json_build_object("
                + numbered(i -> literal(key.get(i)) + ", e -> '" + i + "'") + ")) k)";
    }

    private String numbered(IntFunction<String> part) {
        return IntStream.range(0, key.size()).mapToObj(part).collect(Collectors.joining(", "));
    }

    /** The name that PostgreSQL knows a column by. */
    private static String literal(String column) {
        String known = column.startsWith("\"")
                ? column.substring(1, column.length() - 1).replace("\"\"", "\"")
                : column.toLowerCase(Locale.ROOT);
        return SqlLiteral.of(known);
    }
}
