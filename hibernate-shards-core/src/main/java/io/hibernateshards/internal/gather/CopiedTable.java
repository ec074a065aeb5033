package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows a query needs from several shards.
 *
 * @param name as SQL has it, in quotes if it needs them, without a schema
 * @param columns those that the query reads, as SQL has them; there may be none, or {@link #ALL_COLUMNS} among them
 * @param shards whose rows are needed
 * @param filter which rows alone; null for all
 */
public record CopiedTable(String name, List<String> columns, List<ShardId> shards, @Nullable RowFilter filter) {
    /** Where it is not known which. */
    public static final String ALL_COLUMNS = "*";

    public CopiedTable {
        columns = List.copyOf(columns);
        shards = List.copyOf(shards);
    }

    /** For people. */
    public String describe() {
        return name + " (" + String.join(", ", columns) + ")" + (filter == null ? "" : " where " + filter.condition());
    }
}
