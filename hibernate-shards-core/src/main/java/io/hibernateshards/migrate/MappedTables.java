package io.hibernateshards.migrate;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.IdFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Join;
import org.hibernate.mapping.JoinedSubclass;
import org.hibernate.mapping.KeyValue;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Table;
import org.hibernate.mapping.Value;
import org.jspecify.annotations.Nullable;

/** All tables of all entities: their own, secondary ones, and those of their collections. */
final class MappedTables {
    private final MetadataImplementor metadata;
    private final ShardMapping mapping;
    private final SqlStringGenerationContext names;
    private final Map<Table, MappedTable> tables = new LinkedHashMap<>();

    private MappedTables(MetadataImplementor metadata, ShardMapping mapping, SqlStringGenerationContext names) {
        this.metadata = metadata;
        this.mapping = mapping;
        this.names = names;
    }

    static List<MappedTable> of(MetadataImplementor metadata, ShardMapping mapping, SqlStringGenerationContext names) {
        MappedTables all = new MappedTables(metadata, mapping, names);
        metadata.getEntityBindings().forEach(all::add);
        return List.copyOf(all.tables.values());
    }

    private void add(PersistentClass entity) {
        if (entity instanceof JoinedSubclass joined) {
            put(entity, entity.getTable(), joined.getKey(), entity.getIdentifier());
        } else {
            put(entity, entity.getTable(), null, null);
        }
        for (Join join : entity.getJoins()) {
            put(entity, join.getTable(), join.getKey(), entity.getIdentifier());
        }
        for (Collection collection : metadata.getCollectionBindings()) {
            if (collection.getOwnerEntityName().equals(entity.getEntityName())
                    && !collection.isOneToMany()
                    && !collection.isInverse()) {
                String property = collection.getReferencedPropertyName();
                Value referenced = property == null
                        ? entity.getIdentifier()
                        : entity.getRecursiveProperty(property).getValue();
                put(entity, collection.getCollectionTable(), collection.getKey(), referenced);
            }
        }
    }

    /**
     * @param key the columns that hold what is referenced; null for a table of whole rows
     */
    private void put(PersistentClass entity, Table table, @Nullable KeyValue key, @Nullable Value referenced) {
        if (!table.isPhysicalTable() || table.isView()) {
            return;
        }
        EntityPlacement placement = mapping.of(entity.getEntityName());
        MappedTable known = tables.get(table);
        if (known == null || known.placement() instanceof Reference && !(placement instanceof Reference)) {
            tables.put(table, mapped(entity, placement, table, key, referenced));
        }
    }

    private MappedTable mapped(
            PersistentClass entity,
            EntityPlacement placement,
            Table table,
            @Nullable KeyValue key,
            @Nullable Value referenced) {
        String name = names.format(table.getQualifiedTableName());
        if (!(placement instanceof Sharded sharded)) {
            return new MappedTable(name, entity.getEntityName(), placement, name + " t", List.of(), null, null, null);
        }
        KeySql sql = new KeySql(metadata, mapping, names, table);
        try {
            List<Column> columns = key == null ? List.copyOf(table.getColumns()) : key.getColumns();
            List<Column> known = referenced == null ? columns : referenced.getConstraintColumns();
            List<String> of =
                    columns.stream().map(column -> "t." + sql.quoted(column)).toList();
            List<String> expressions = sql.key(entity, KeySql.zip(known, of));
            return new MappedTable(
                    name,
                    entity.getEntityName(),
                    placement,
                    sql.from(),
                    expressions,
                    key == null ? idThatNamesBucket(entity, sharded, sql) : null,
                    sharded.id() instanceof CarriesBucket carries ? carries.style() : null,
                    unreadable(sharded));
        } catch (IllegalArgumentException e) {
            return new MappedTable(
                    name, entity.getEntityName(), placement, name + " t", List.of(), null, null, e.getMessage());
        }
    }

    private static @Nullable String unreadable(Sharded sharded) {
        List<String> types = new ArrayList<>();
        sharded.group().types().stream()
                .filter(type -> !KeyText.reads(type))
                .forEach(type -> types.add(type.getName()));
        return types.isEmpty() ? null : "keys of type " + types + " are not read by the import";
    }

    /** Whether an id and a key both say where a row is, and might say different things. */
    private static @Nullable String idThatNamesBucket(PersistentClass entity, Sharded placement, KeySql sql) {
        if (!(placement.id() instanceof CarriesBucket)) {
            return null;
        }
        boolean same = placement.key() instanceof OwnKey && placement.group().function() instanceof IdFunction;
        return same
                ? null
                : "t." + sql.quoted(entity.getIdentifier().getColumns().get(0));
    }
}
