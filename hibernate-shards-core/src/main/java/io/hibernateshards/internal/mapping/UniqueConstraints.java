package io.hibernateshards.internal.mapping;

import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.UniqueKey;

/** Warns of unique constraints that lack the shard key: each shard keeps them for itself only. */
final class UniqueConstraints {
    private UniqueConstraints() {}

    static void check(MetadataImplementor metadata, Map<String, EntityPlacement> placements, Problems problems) {
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (placements.get(entity.getEntityName()) instanceof Sharded sharded) {
                Set<String> key = keyColumns(entity, sharded);
                for (Set<String> columns : unique(entity)) {
                    if (key.isEmpty() || !columns.containsAll(key)) {
                        problems.warning(
                                entity.getEntityName(),
                                "the unique constraint on " + columns
                                        + " lacks the shard key, so it holds only within each shard");
                    }
                }
            }
        }
    }

    private static Set<String> keyColumns(PersistentClass entity, Sharded sharded) {
        Set<String> columns = new HashSet<>();
        if (sharded.key() instanceof OwnKey own) {
            own.attributes().forEach(attribute -> columns.add(attribute.column()));
        } else if (sharded.key() instanceof ParentKey parent) {
            Property association = entity.getRecursiveProperty(parent.association());
            association.getColumns().forEach(column -> columns.add(column.getQuotedName()));
        }
        return columns;
    }

    private static List<Set<String>> unique(PersistentClass entity) {
        Set<Set<String>> all = new HashSet<>();
        for (UniqueKey constraint : entity.getTable().getUniqueKeys().values()) {
            all.add(names(constraint.getColumns()));
        }
        for (Column column : entity.getTable().getColumns()) {
            if (column.isUnique()) {
                all.add(Set.of(column.getQuotedName()));
            }
        }
        return List.copyOf(all);
    }

    private static Set<String> names(List<Column> columns) {
        Set<String> names = new TreeSet<>();
        columns.forEach(column -> names.add(column.getQuotedName()));
        return names;
    }
}
