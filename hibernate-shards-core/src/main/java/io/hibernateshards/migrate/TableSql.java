package io.hibernateshards.migrate;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * The statements about one table.
 *
 * @param table what is copied
 * @param columns of the shards' tables with their types
 * @param source of the source's table
 */
record TableSql(MappedTable table, Map<String, String> columns, Map<String, String> source) {
    /** Key and row, as text. */
    String copyOut() {
        return "copy (select " + table.selectedKey() + selected() + " from " + table.from() + ") to stdout";
    }

    String copyIn() {
        return "copy " + table.name() + " (" + String.join(", ", columns.keySet()) + ") from stdin";
    }

    /** The columns as the shards' types have them. */
    private String selected() {
        return columns.entrySet().stream()
                .map(column -> "t." + column.getKey() + cast(column.getKey(), column.getValue()))
                .collect(Collectors.joining(", "));
    }

    private String cast(String column, String type) {
        return type.equals(source.get(column)) ? "" : "::" + type;
    }

    /** Key and digest of each row of the source. */
    String digestsOut() {
        return "copy (select " + table.selectedKey() + digest(selected()) + " from " + table.from() + ") to stdout";
    }

    /** How many rows a shard has, and the sum of their digests. */
    String digestOfAll() {
        String all = columns.keySet().stream().map(column -> "t." + column).collect(Collectors.joining(", "));
        return "select count(*), coalesce(sum(" + digest(all) + "::numeric), 0) from " + table.name() + " t";
    }

    private static String digest(String row) {
        return "hashtextextended(row(" + row + ")::text collate \"C\", 0)";
    }

    /** Key and id of each row whose id must name the bucket of its key. */
    String idsOut() {
        return "copy (select " + table.selectedKey() + table.id() + " from " + table.from() + ") to stdout";
    }

    /** Every key there is, once. */
    String keysOut() {
        return "copy (select distinct " + table.selectedKey() + "1 from " + table.from() + ") to stdout";
    }

    /** How many rows there are that lead to no key, and one of them. */
    String countWithoutKey() {
        return "select count(*), min(t::text) from " + table.from() + " where " + table.withoutKey();
    }
}
