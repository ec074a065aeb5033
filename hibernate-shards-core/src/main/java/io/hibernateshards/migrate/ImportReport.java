package io.hibernateshards.migrate;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * What an import has copied and found.
 *
 * @param tables in the order in which they were copied
 * @param notCopied tables of the source that no entity has, by name; they are no difference
 * @param warnings what is allowed but may surprise, a line each
 * @param copied rows that were written by this run, a reference entity's once for each shard
 * @param copying how long it took to write them
 * @since 0.1
 */
public record ImportReport(
        List<ImportedTable> tables,
        List<UncopiedTable> notCopied,
        List<String> warnings,
        long copied,
        Duration copying) {
    /**
     * A copy that cannot change.
     *
     * @param tables see above
     * @param notCopied see above
     * @param warnings see above
     * @param copied see above
     * @param copying see above
     */
    public ImportReport {
        tables = List.copyOf(tables);
        notCopied = List.copyOf(notCopied);
        warnings = List.copyOf(warnings);
    }

    /**
     * Whether the shards hold exactly what the source holds, each row where it belongs.
     *
     * @return whether all tables match
     */
    public boolean matches() {
        return tables.stream().allMatch(ImportedTable::matches);
    }

    /** A table for people: a line for each table, and what differs; then what stays behind. */
    @Override
    public String toString() {
        int width =
                tables.stream().mapToInt(table -> table.table().length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (ImportedTable table : tables) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-" + Math.max(1, width) + "s  %,12d rows  %s  %s%n",
                    table.table(),
                    table.sourceRows(),
                    table.matches() ? "same     " : "DIFFERENT",
                    new TreeMap<>(table.rows())));
            new TreeMap<>(table.different()).forEach((shard, what) -> text.append("    shard ")
                    .append(shard)
                    .append(": ")
                    .append(what)
                    .append('\n'));
        }
        notCopied.forEach(table -> text.append("Not copied, as no entity has it: ")
                .append(table.table())
                .append(
                        table.rows().isPresent()
                                ? String.format(
                                        Locale.ROOT,
                                        ", about %,d rows",
                                        table.rows().getAsLong())
                                : ", which was never analyzed")
                .append('\n'));
        warnings.forEach(warning -> text.append("Note: ").append(warning).append('\n'));
        double seconds = copying.toNanos() / 1e9;
        return text.append(String.format(
                        Locale.ROOT,
                        "%,d rows copied in %.1f s%s",
                        copied,
                        seconds,
                        copied == 0
                                ? ""
                                : String.format(Locale.ROOT, ", %,.0f rows/s", copied / Math.max(seconds, 1e-3))))
                .toString();
    }
}
