package io.hibernateshards.internal.schema;

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
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.dialect.Dialect;
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
import org.hibernate.mapping.UnionSubclass;
import org.hibernate.mapping.Value;

/**
 * For each table with sharded rows the SQL that computes a row's bucket from its own columns: those of the key, or those
 * that hold an id that says what the bucket is. Tables whose rows do not tell are listed as open.
 */
final class BucketSql {
    private final MetadataImplementor metadata;
    private final ShardMapping mapping;
    private final Dialect dialect;
    private final Map<Table, String> expressions = new LinkedHashMap<>();
    private final Set<Table> open = new LinkedHashSet<>();

    private BucketSql(MetadataImplementor metadata, ShardMapping mapping) {
        this.metadata = metadata;
        this.mapping = mapping;
        this.dialect = metadata.getDatabase().getDialect();
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

    /** The sharded tables that cannot. */
    Set<Table> open() {
        return open;
    }

    private void add(PersistentClass entity, Sharded placement) {
        if (entity.getSuperclass() == null || entity instanceof UnionSubclass) {
            put(entity.getTable(), ofRow(entity, placement));
        } else if (entity instanceof JoinedSubclass joined) {
            put(entity.getTable(), ofId(joined.getKey(), placement.id(), entity, placement));
        }
        for (Join join : entity.getJoins()) {
            put(join.getTable(), ofId(join.getKey(), placement.id(), entity, placement));
        }
        for (Collection collection : metadata.getCollectionBindings()) {
            if (collection.getOwnerEntityName().equals(entity.getEntityName())
                    && !collection.isOneToMany()
                    && !collection.isInverse()) {
                Optional<String> expression = collection.getReferencedPropertyName() == null
                        ? ofId(collection.getKey(), placement.id(), entity, placement)
                        : Optional.empty();
                put(collection.getCollectionTable(), expression);
            }
        }
    }

    private void put(Table table, Optional<String> expression) {
        if (table.isPhysicalTable() && !table.isView()) {
            expression.ifPresentOrElse(sql -> expressions.putIfAbsent(table, sql), () -> open.add(table));
        }
    }

    /** From a row of the entity's own table. */
    private Optional<String> ofRow(PersistentClass entity, Sharded placement) {
        if (placement.key() instanceof OwnKey own) {
            List<Column> columns = new ArrayList<>();
            for (KeyAttribute attribute : own.attributes()) {
                Property property = entity.getRecursiveProperty(attribute.path());
                columns.addAll(property.getValue().getColumns());
            }
            return ofKey(columns, entity.getTable(), placement);
        }
        ParentKey parent = (ParentKey) placement.key();
        PersistentClass target = metadata.getEntityBinding(parent.parentEntity());
        Value foreignKey = entity.getRecursiveProperty(parent.association()).getValue();
        return mapping.of(target.getEntityName()) instanceof Sharded at
                ? ofId(foreignKey, parent.foreignKey(), target, at)
                : Optional.empty();
    }

    /**
     * From columns that hold an id.
     *
     * @param columns the key's columns in the table to guard
     * @param id what that id says
     * @param owner the entity whose id it is
     */
    private Optional<String> ofId(Value columns, IdPlacement id, PersistentClass owner, Sharded placement) {
        List<Selectable> selectables = columns.getSelectables();
        if (id instanceof CarriesBucket carries && selectables.size() == 1 && !columns.hasFormula()) {
            return new IdFunction(carries.style())
                    .sql(names(columns.getColumns()), placement.group().types());
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
        return ofKey(key, columns.getTable(), placement);
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

    private Optional<String> ofKey(List<Column> columns, Table table, Sharded placement) {
        boolean inTable = columns.stream().allMatch(table::containsColumn);
        return inTable && columns.size() == placement.group().types().size()
                ? placement
                        .group()
                        .function()
                        .sql(names(columns), placement.group().types())
                : Optional.empty();
    }

    private List<String> names(List<Column> columns) {
        return columns.stream()
                .map(column -> "new." + column.getQuotedName(dialect))
                .toList();
    }
}
