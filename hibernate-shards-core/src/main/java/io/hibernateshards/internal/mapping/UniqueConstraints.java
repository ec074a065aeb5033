package io.hibernateshards.internal.mapping;

import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import jakarta.persistence.GeneratedValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.OneToOne;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Selectable;
import org.hibernate.mapping.SingleTableSubclass;
import org.hibernate.mapping.Table;
import org.hibernate.mapping.ToOne;
import org.hibernate.mapping.UniqueKey;
import org.hibernate.mapping.Value;
import org.hibernate.type.ForeignKeyDirection;

/**
 * Warns of unique constraints, the primary key included, that each shard keeps for itself only. One is kept by all
 * together if equal values cannot be on two shards: if it has the key, or a reference to an entity that is on the same
 * shard, or a value that is never made twice or that a lookup table keeps unique.
 */
final class UniqueConstraints {
    private final Map<String, EntityPlacement> placements;
    private final Map<String, List<LookupAttribute>> lookups;
    private final Problems problems;

    private UniqueConstraints(
            Map<String, EntityPlacement> placements, Map<String, List<LookupAttribute>> lookups, Problems problems) {
        this.placements = placements;
        this.lookups = lookups;
        this.problems = problems;
    }

    static void check(
            MetadataImplementor metadata,
            Map<String, EntityPlacement> placements,
            Map<String, List<LookupAttribute>> lookups,
            Problems problems) {
        UniqueConstraints constraints = new UniqueConstraints(placements, lookups, problems);
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (placements.get(entity.getEntityName()) instanceof Sharded sharded) {
                constraints.check(entity, sharded);
            }
        }
    }

    private void check(PersistentClass entity, Sharded sharded) {
        List<Set<String>> placing = placing(entity, sharded);
        for (Set<String> columns : unique(entity)) {
            if (placing.stream().noneMatch(columns::containsAll)) {
                problems.warning(
                        entity.getEntityName(),
                        "the unique constraint on " + columns
                                + " lacks the shard key, so it holds only within each shard");
            }
        }
    }

    /** Sets of columns of which equal values are never on two shards. */
    private List<Set<String>> placing(PersistentClass entity, Sharded sharded) {
        List<Set<String>> placing = new ArrayList<>();
        if (sharded.key() instanceof OwnKey own) {
            Set<String> key = new HashSet<>();
            own.attributes().forEach(attribute -> key.add(attribute.column()));
            placing.add(key);
        }
        for (LookupAttribute lookup : lookups.getOrDefault(entity.getEntityName(), List.of())) {
            if (lookup.unique()) {
                placing.add(Set.of(lookup.value().column()));
            }
        }
        for (Attribute attribute : Attribute.of(entity)) {
            Value value = attribute.value();
            boolean onSameShard = value instanceof ToOne toOne
                    && placements.get(toOne.getReferencedEntityName()) instanceof Sharded target
                    && target.group().equals(sharded.group())
                    && !(toOne instanceof OneToOne one && one.getForeignKeyType() == ForeignKeyDirection.TO_PARENT);
            if (onSameShard || attribute.inId() && isNeverMadeTwice(attribute)) {
                placing.add(names(value.getVirtualSelectables()));
            }
        }
        if (sharded.idStyle() != null || sharded.id() instanceof CarriesBucket) {
            placing.add(names(entity.getIdentifier().getSelectables()));
        }
        return placing;
    }

    /** Of generators only those are left that {@link Identifiers} has let pass. */
    private static boolean isNeverMadeTwice(Attribute id) {
        return id.javaType() == UUID.class || id.annotation(GeneratedValue.class) != null || id.generator() != null;
    }

    private static Set<Set<String>> unique(PersistentClass entity) {
        Set<Set<String>> all = new LinkedHashSet<>();
        Table table = entity.getTable();
        if (entity.getSuperclass() == null) {
            all.add(names(entity.getIdentifier().getSelectables()));
        }
        if (entity instanceof SingleTableSubclass) {
            return all; // its root's
        }
        for (UniqueKey constraint : table.getUniqueKeys().values()) {
            all.add(names(constraint.getColumns()));
        }
        for (Column column : table.getColumns()) {
            if (column.isUnique()) {
                all.add(Set.of(column.getQuotedName()));
            }
        }
        return all;
    }

    private static Set<String> names(List<? extends Selectable> columns) {
        Set<String> names = new TreeSet<>();
        for (Selectable column : columns) {
            names.add(column instanceof Column stored ? stored.getQuotedName() : column.getText());
        }
        return names;
    }
}
