package io.hibernateshards.migrate;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be copied, in which order, and whether it can be: everything is looked at before anything is written.
 *
 * @param waves tables that foreign keys allow at the same time, one wave after the other
 * @param missing the shards that lack a table, by the table's name
 * @param warnings what is allowed but may surprise
 */
record ImportPlan(List<List<TableSql>> waves, Map<String, Set<ShardId>> missing, List<String> warnings) {
    List<TableSql> tables() {
        return waves.stream().flatMap(List::stream).toList();
    }

    /** Looks at both sides; with a list of problems where they differ in what matters. */
    static final class Maker {
        private final SourceDatabase source;
        private final Shards shards;
        private final Set<String> leftOut;
        private final List<String> problems = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final Map<MappedTable, TableSql> statements = new LinkedHashMap<>();
        private final Map<ShardId, Connection> connections = new HashMap<>();

        Maker(SourceDatabase source, Shards shards, Set<String> leftOut) {
            this.source = source;
            this.shards = shards;
            this.leftOut = leftOut;
        }

        /**
         * The plan of a comparison, which may be made of tables that are there already.
         *
         * @param copying whether rows are to be written
         * @throws ShardingException with all that is wrong
         */
        ImportPlan make(boolean copying) throws SQLException {
            try {
                for (ShardId shard : shards.all()) {
                    connections.put(shard, shards.connect(shard));
                }
                for (MappedTable table : shards.tables()) {
                    columns(table);
                }
                List<List<TableSql>> waves = waves();
                Map<String, Set<ShardId>> missing = copying ? missing() : Map.of();
                if (copying) {
                    RowChecks rows = new RowChecks(shards, source.first(), problems);
                    for (TableSql table : statements.values()) {
                        if (!missing.getOrDefault(table.table().name(), Set.of())
                                .isEmpty()) {
                            rows.check(table);
                        }
                    }
                }
                if (!problems.isEmpty()) {
                    throw new ShardingException(
                            ShardErrorCode.IMPORT,
                            "nothing was " + (copying ? "copied" : "compared") + ", as "
                                    + (problems.size() == 1 ? "this is" : problems.size() + " things are")
                                    + " in the way:\n  " + String.join("\n  ", problems));
                }
                return new ImportPlan(waves, missing, warnings);
            } finally {
                for (Connection connection : connections.values()) {
                    connection.rollback();
                    connection.close();
                }
            }
        }

        private Connection first(MappedTable table) {
            Connection connection = connections.get(shards.with(table).get(0));
            if (connection == null) {
                throw new IllegalStateException("no connection for " + table.name());
            }
            return connection;
        }

        private void columns(MappedTable table) throws SQLException {
            Map<String, String> target = TableColumns.of(first(table), table.name());
            Map<String, String> from = TableColumns.of(source.first(), table.name());
            String about = "table " + table.name() + " of " + table.entity() + ": ";
            if (table.problem() != null) {
                problems.add(about + table.problem());
                return;
            }
            if (target.isEmpty() || from.isEmpty()) {
                problems.add(about + "it is not in " + (target.isEmpty() ? "the shards" : "the source")
                        + "; create it there, empty if there is nothing in it");
                return;
            }
            Set<String> lacking = new LinkedHashSet<>(target.keySet());
            lacking.removeAll(from.keySet());
            if (!lacking.isEmpty()) {
                problems.add(
                        about + "the source has no column " + String.join(", ", lacking)
                                + "; add it there and fill it, or name a schema of the source in its URL that has a view with it");
            }
            Set<String> lost = new LinkedHashSet<>(from.keySet());
            lost.removeAll(target.keySet());
            lost.removeIf(column -> leftOut.contains(table.name() + "." + column));
            if (!lost.isEmpty()) {
                problems.add(about + "the shards have no column " + String.join(", ", lost)
                        + " for what the source has in it; map it, or leave it out by leavingOut(\"" + table.name()
                        + "."
                        + lost.iterator().next() + "\")");
            }
            target.forEach((column, type) -> {
                String other = from.get(column);
                if (type.equals("oid")) {
                    problems.add(about + "column " + column + " holds large objects, which are not in the rows;"
                            + " make it a bytea in both");
                } else if (other != null && !other.equals(type)) {
                    warnings.add(about + "column " + column + " is " + other + " in the source and becomes " + type);
                }
            });
            statements.put(table, new TableSql(table, target, from));
        }

        /** Refuses rows that are there, but for those that an earlier run has written. */
        private Map<String, Set<ShardId>> missing() throws SQLException {
            Map<String, Set<ShardId>> missing = new HashMap<>();
            for (ShardId shard : shards.all()) {
                ImportLog log = shards.log(shard, source.name());
                log.make();
                Set<String> done = log.done();
                for (MappedTable table : statements.keySet()) {
                    if (!shards.with(table).contains(shard) || done.contains(table.name())) {
                        continue;
                    }
                    missing.computeIfAbsent(table.name(), name -> new LinkedHashSet<>())
                            .add(shard);
                    if (isFilled(connections.get(shard), table.name())) {
                        problems.add("table " + table.name() + " of shard \"" + shard
                                + "\" has rows that this import has not written; import into empty tables");
                    }
                }
            }
            return missing;
        }

        private static boolean isFilled(@Nullable Connection connection, String table) throws SQLException {
            if (connection == null) {
                return false;
            }
            try (PreparedStatement any = connection.prepareStatement("select exists (select 1 from " + table + ")");
                    ResultSet row = any.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }

        /** What foreign keys point to goes first. */
        private List<List<TableSql>> waves() throws SQLException {
            Map<MappedTable, Set<String>> needs = new LinkedHashMap<>();
            Map<MappedTable, String> known = new HashMap<>();
            for (MappedTable table : statements.keySet()) {
                known.put(table, ForeignKeys.nameOf(first(table), table.name()));
                needs.put(table, ForeignKeys.of(first(table), table.name()));
            }
            Set<String> open = new LinkedHashSet<>(known.values());
            needs.values().forEach(tables -> tables.retainAll(open));
            List<List<TableSql>> waves = new ArrayList<>();
            while (!needs.isEmpty()) {
                List<MappedTable> ready = needs.keySet().stream()
                        .filter(table -> needs.getOrDefault(table, Set.of()).stream()
                                .allMatch(other -> other.equals(known.get(table)) || !open.contains(other)))
                        .toList();
                if (ready.isEmpty()) {
                    problems.add(
                            "foreign keys of the tables " + open + " form a circle, so that none of them can be first;"
                                    + " drop one of the keys on the shards, and add it again after the import");
                    return waves;
                }
                ready.forEach(table -> {
                    needs.remove(table);
                    open.remove(String.valueOf(known.get(table)));
                });
                waves.add(ready.stream().map(statements::get).toList());
            }
            return waves;
        }
    }
}
