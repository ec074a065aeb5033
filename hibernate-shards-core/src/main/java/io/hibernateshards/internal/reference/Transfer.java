package io.hibernateshards.internal.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Makes rows of a shard what they are on another one, in an order that foreign keys allow: what is there is stored, those that
 * others point to first; then collections; then what is gone is removed, those that point to others first.
 */
final class Transfer {
    private record Source(Part part, ReferenceTable table) {}

    private final List<Part> stored;
    private final List<Part> gone;
    private final Map<Source, String> rows = new HashMap<>();

    /**
     * Reads the rows.
     *
     * @param stored all of them, in the order in which they were stored
     * @param gone those that may have been removed, in that order
     */
    Transfer(SharedSessionContractImplementor from, List<Part> stored, List<Part> gone) {
        this.stored = stored;
        this.gone = gone;
        Rows source = new Rows(from);
        for (Part part : stored) {
            part.tables().forEach(table -> rows.put(new Source(part, table), source.read(table, part.keys())));
        }
        for (Part part : gone) {
            part.tables().forEach(table -> rows.put(new Source(part, table), source.read(table, part.keys())));
        }
    }

    void to(SharedSessionContractImplementor child) {
        Rows target = new Rows(child);
        for (Part part : stored) {
            part.tables().stream()
                    .filter(ReferenceTable::ofRows)
                    .forEach(table -> target.store(table, of(part, table)));
        }
        for (Part part : stored) {
            part.tables().stream().filter(table -> !table.ofRows()).forEach(table -> {
                target.clear(table, part.keys());
                target.store(table, of(part, table));
            });
        }
        remove(target, gone);
        remove(target, stored); // rows of secondary tables that hold nothing but nulls
    }

    private void remove(Rows target, List<Part> parts) {
        for (Part part : parts) {
            List<ReferenceTable> reversed = new ArrayList<>(part.tables());
            Collections.reverse(reversed);
            reversed.stream()
                    .filter(ReferenceTable::ofRows)
                    .forEach(table -> target.remove(table, part.keys(), of(part, table)));
        }
    }

    private String of(Part part, ReferenceTable table) {
        return Objects.requireNonNull(rows.get(new Source(part, table)));
    }
}
