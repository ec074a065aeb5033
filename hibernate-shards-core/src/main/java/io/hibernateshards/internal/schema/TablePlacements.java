package io.hibernateshards.internal.schema;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.Table;

/** Where the rows of each table belong, as text that tells whether two mappings place them by the same rule. */
final class TablePlacements {
    private final MetadataImplementor metadata;
    private final ShardMapping mapping;
    private final Dialect dialect;

    TablePlacements(MetadataImplementor metadata, ShardMapping mapping) {
        this.metadata = metadata;
        this.mapping = mapping;
        this.dialect = metadata.getDatabase().getDialect();
    }

    /** The rule of each table, which the SQL name says. */
    Map<String, String> all() {
        Map<String, String> all = new TreeMap<>();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            Table table = entity.getTable();
            if (table.isPhysicalTable() && !table.isView()) {
                EntityPlacement placement = mapping.of(entity.getEntityName());
                all.putIfAbsent(name(table), rule(entity, placement));
            }
        }
        return all;
    }

    /** Without a schema if it belongs to that of the shard, which has another name on each. */
    String name(Table table) {
        String name = table.getQuotedName(dialect);
        return table.getSchema() == null
                ? name
                : table.getQualifiedTableName().getSchemaName().render(dialect) + "." + name;
    }

    private String rule(PersistentClass entity, EntityPlacement placement) {
        if (placement instanceof Single single) {
            return "on " + single.shard();
        }
        if (!(placement instanceof Sharded sharded)) {
            return ShardSchemas.EVERYWHERE;
        }
        if (sharded.key() instanceof OwnKey own) {
            String style =
                    sharded.idStyle() == null || !sharded.group().functionName().equals("id")
                            ? ""
                            : " " + sharded.idStyle();
            return sharded.group().functionName() + style + " of "
                    + own.attributes().stream()
                            .map(KeyAttribute::path)
                            .flatMap(path -> columns(entity, path))
                            .collect(Collectors.joining(", "));
        }
        ParentKey parent = (ParentKey) sharded.key();
        return "with " + name(metadata.getEntityBinding(parent.parentEntity()).getTable()) + " by "
                + columns(entity, parent.association()).collect(Collectors.joining(", "));
    }

    private static Stream<String> columns(PersistentClass entity, String path) {
        Property property = entity.getRecursiveProperty(path);
        return property.getValue().getConstraintColumns().stream().map(column -> column.getName());
    }
}
