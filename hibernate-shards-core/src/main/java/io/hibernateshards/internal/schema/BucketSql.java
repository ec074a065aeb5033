package io.hibernateshards.internal.schema;

import io.hibernateshards.IdStyle;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.IdPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.IdFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.Join;
import org.hibernate.mapping.JoinedSubclass;
import org.hibernate.mapping.KeyValue;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.Selectable;
import org.hibernate.mapping.Table;
import org.hibernate.mapping.ToOne;
import org.hibernate.mapping.UnionSubclass;
import org.hibernate.mapping.Value;

/**
 * For each table with sharded rows its key, and the SQL that computes a row's bucket from its own columns: those of the key, or those
 * that hold an id that says what the bucket is. Tables whose rows do not tell are listed as open.
 */
final class BucketSql {
    private final MetadataImplementor metadata;
    private final ShardMapping mapping;
    private final Map<Table, TableKey> keys = new LinkedHashMap<>();
    private final Map<Table, String> expressions = new LinkedHashMap<>();
    private final Set<Table> open = new LinkedHashSet<>();
    private final Map<Table, ParentRows> parents = new LinkedHashMap<>();

    private BucketSql(MetadataImplementor metadata, ShardMapping mapping) {
        this.metadata = metadata;
        this.mapping = mapping;
    }

    static BucketSql of(MetadataImplementor metadata, ShardMapping mapping) {
        BucketSql sql = new BucketSql(metadata, mapping);
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (mapping.of(entity.getEntityName()) instanceof Sharded sharded) {
                sql.add(entity, sharded);
            }
        }
        sql.open.removeAll(sql.expressions.keySet());
        return sql;
    }

    /** An int expression over {@code NEW} for each table that can be guarded. */
    Map<Table, String> expressions() {
        return expressions;
    }

    /** How the rows of a table tell their bucket, for each table whose rows do. */
    Map<Table, TableKey> keys() {
        return keys;
    }

    /** How the other rows of entities lead to those that they live with. */
    Map<Table, ParentRows> parents() {
        return parents;
    }

    /** The sharded tables that cannot. */
    Set<Table> open() {
        return open;
    }

    private void add(PersistentClass entity, Sharded placement) {
        if (entity.getSuperclass() == null || entity instanceof UnionSubclass) {
            Optional<TableKey> key = ofRow(entity, placement);
            if (key.isEmpty() && placement.key() instanceof ParentKey parent) {
                ParentRows rows = parentRows(entity, parent);
                if (!rows.parents().isEmpty()) {
                    parents.put(entity.getTable(), rows);
                }
            }
            put(entity, entity.getTable(), key);
        } else if (entity instanceof JoinedSubclass joined) {
            put(entity, entity.getTable(), ofId(joined.getKey(), placement.id(), entity, placement));
        }
        for (Join join : entity.getJoins()) {
            put(entity, join.getTable(), ofId(join.getKey(), placement.id(), entity, placement));
        }
        for (Collection collection : metadata.getCollectionBindings()) {
            if (collection.getOwnerEntityName().equals(entity.getEntityName())
                    && !collection.isOneToMany()
                    && !collection.isInverse()) {
                Optional<TableKey> key = collection.getReferencedPropertyName() == null
                        ? ofId(collection.getKey(), placement.id(), entity, placement)
                        : Optional.empty();
                put(entity, collection.getCollectionTable(), key);
            }
        }
    }

    private void put(PersistentClass entity, Table table, Optional<TableKey> key) {
        if (table.isPhysicalTable() && !table.isView()) {
            key.ifPresent(known -> keys.putIfAbsent(table, known.of(entity.getEntityName())));
            key.flatMap(known -> known.sql(metadata))
                    .ifPresentOrElse(sql -> expressions.putIfAbsent(table, sql), () -> open.add(table));
        }
    }

    /** From a row of the entity's own table. */
    private Optional<TableKey> ofRow(PersistentClass entity, Sharded placement) {
        if (placement.key() instanceof OwnKey own) {
            List<Column> columns = new ArrayList<>();
            for (KeyAttribute attribute : own.attributes()) {
                Property property = entity.getRecursiveProperty(attribute.path());
                columns.addAll(property.getValue().getColumns());
            }
            return ofKey(columns, entity.getTable(), entity, placement);
        }
        ParentKey parent = (ParentKey) placement.key();
        PersistentClass target = metadata.getEntityBinding(parent.parentEntity());
        Value foreignKey = entity.getRecursiveProperty(parent.association()).getValue();
        return mapping.of(target.getEntityName()) instanceof Sharded at
                ? ofId(foreignKey, parent.foreignKey(), target, at)
                : Optional.empty();
    }

    private ParentRows parentRows(PersistentClass entity, ParentKey key) {
        PersistentClass parent = metadata.getEntityBinding(key.parentEntity());
        ToOne association =
                (ToOne) entity.getRecursiveProperty(key.association()).getValue();
        String property = association.getReferencedPropertyName();
        Value referenced = association.isReferenceToPrimaryKey() || property == null
                ? parent.getIdentifier()
                : parent.getReferencedProperty(property).getValue();
        List<Table> tables = new ArrayList<>();
        tables.add(referenced.getTable());
        for (PersistentClass subclass : parent.getSubclasses()) {
            if (subclass instanceof UnionSubclass) {
                tables.add(subclass.getTable());
            }
        }
        tables.removeIf(table -> !table.isPhysicalTable());
        return new ParentRows(
                entity.getEntityName(),
                association.getColumns(),
                parent.getEntityName(),
                tables,
                referenced.getColumns());
    }

    /**
     * From columns that hold an id.
     *
     * @param columns the key's columns in the table to guard
     * @param id what that id says
     * @param owner the entity whose id it is
     */
    private Optional<TableKey> ofId(Value columns, IdPlacement id, PersistentClass owner, Sharded placement) {
        // a one-to-one by the primary key has no columns of its own
        List<Selectable> selectables = columns.getVirtualSelectables();
        if (id instanceof CarriesBucket carries && selectables.size() == 1 && !columns.hasFormula()) {
            return Optional.of(new TableKey(
                    owner.getEntityName(),
                    columns.getConstraintColumns(),
                    new IdFunction(carries.style()),
                    List.of(carries.style() == IdStyle.UUID_V7 ? UUID.class : Long.class)));
        }
        if (!(id instanceof HoldsKey holds) || columns.hasFormula()) {
            return Optional.empty();
        }
        List<Column> key = new ArrayList<>();
        for (String path : holds.paths()) {
            int position = path.isEmpty() ? 0 : position(owner.getIdentifier(), path);
            if (position < 0 || path.isEmpty() && selectables.size() > 1) {
                return Optional.empty();
            }
            key.add((Column) selectables.get(position));
        }
        return ofKey(key, columns.getTable(), owner, placement);
    }

    /** Which column of a composite id an attribute of it is, or -1. */
    private static int position(KeyValue id, String path) {
        Value part = id;
        for (String name : path.split("\\.", -1)) {
            if (!(part instanceof Component component) || !component.hasProperty(name)) {
                return -1;
            }
            part = component.getProperty(name).getValue();
        }
        return part.getSelectables().size() == 1
                ? id.getSelectables().indexOf(part.getSelectables().get(0))
                : -1;
    }

    private Optional<TableKey> ofKey(List<Column> columns, Table table, PersistentClass owner, Sharded placement) {
        boolean inTable = columns.stream().allMatch(table::containsColumn);
        return inTable && columns.size() == placement.group().types().size()
                ? Optional.of(new TableKey(
                        owner.getEntityName(),
                        columns,
                        placement.group().function(),
                        placement.group().types()))
                : Optional.empty();
    }
}
