package io.hibernateshards.internal.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Makes rows of a shard what they are on another one, in an order that foreign keys allow: what is there is stored, those that
 * others point to first; then what is gone is removed, those that point to others first.
 */
final class Transfer {
    private record Load(ReferenceTable table, Keys keys, String rows) {}

    private final List<Load> stored = new ArrayList<>();
    private final List<Load> removed = new ArrayList<>();

    /** Reads the rows. */
    Transfer(SharedSessionContractImplementor from, List<Part> parts) {
        Rows source = new Rows(from);
        for (Part part : parts) {
            part.tables().forEach(table -> stored.add(new Load(table, part.keys(), source.read(table, part.keys()))));
        }
        stored.sort(Comparator.comparingInt(load -> load.table().position()));
        stored.stream().filter(load -> load.table().ofRows()).forEach(removed::add);
        Collections.reverse(removed);
    }

    void to(SharedSessionContractImplementor child) {
        Rows target = new Rows(child);
        for (Load load : stored) {
            if (!load.table().ofRows()) {
                target.clear(load.table(), load.keys());
            }
            target.store(load.table(), load.rows());
        }
        removed.forEach(load -> target.remove(load.table(), load.keys(), load.rows()));
    }
}
