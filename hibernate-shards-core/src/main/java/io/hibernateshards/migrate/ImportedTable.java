package io.hibernateshards.migrate;

import io.hibernateshards.ShardId;
import java.util.Map;

/**
 * One table of an import.
 *
 * @param table as SQL writes it
 * @param sourceRows rows of the source
 * @param rows of each shard
 * @param different what differs on each shard that does not hold exactly the rows of the source that belong there; empty if
 *     none does
 * @since 0.1
 */
public record ImportedTable(String table, long sourceRows, Map<ShardId, Long> rows, Map<ShardId, String> different) {
    /**
     * A copy that cannot change.
     *
     * @param table see above
     * @param sourceRows see above
     * @param rows see above
     * @param different see above
     */
    public ImportedTable {
        rows = Map.copyOf(rows);
        different = Map.copyOf(different);
    }

    /**
     * Whether each shard holds exactly the rows of the source that belong there.
     *
     * @return by counts and checksums that the databases have computed
     */
    public boolean matches() {
        return different.isEmpty();
    }
}
