package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows a query needs from several shards.
 *
 * @param name as SQL has it, in quotes if it needs them
 * @param columns those that the query reads, as SQL has them; there may be none, or {@link #ALL_COLUMNS} among them
 * @param shards whose rows are needed
 * @param filter which rows alone; null for all
 */
public record CopiedTable(String name, List<String> columns, List<ShardId> shards, @Nullable RowFilter filter) {
    /** Where it is not known which. */
    public static final String ALL_COLUMNS = "*";

    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"");

    public CopiedTable {
        columns = List.copyOf(columns);
        shards = List.copyOf(shards);
    }

    /** What the copy is called. The name itself, which it hides; no temporary table hides one that is named with a schema. */
    String copy() {
        return copy(name);
    }

    static String copy(String name) {
        return isQualified(name) ? '"' + name.replace("\"", "") + '"' : name;
    }

    static boolean isQualified(String name) {
        return QUOTED.matcher(name).replaceAll("").contains(".");
    }

    /** The same rows, of these columns. */
    CopiedTable withColumns(Map<String, String> types) {
        return new CopiedTable(name, List.copyOf(types.keySet()), shards, filter);
    }

    /** The rows that another shard has as well. */
    CopiedTable of(ShardId shard) {
        return new CopiedTable(name, columns, List.of(shard), filter);
    }

    /** For people. */
    public String describe() {
        return name + " (" + String.join(", ", columns) + ")" + (filter == null ? "" : " where " + filter.condition());
    }
}
