package io.hibernateshards.migrate;

import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Join;
import org.hibernate.mapping.JoinedSubclass;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Table;
import org.hibernate.mapping.ToOne;
import org.hibernate.mapping.UnionSubclass;
import org.hibernate.mapping.Value;

/**
 * The shard key of a table's rows in the SQL of one database that holds all of them: its own columns where it has them, else
 * those of the entities that it lives with, which are joined. An outer join, so that a row that leads to nothing has no key,
 * rather than being left out.
 */
final class KeySql {
    private final MetadataImplementor metadata;
    private final ShardMapping mapping;
    private final SqlStringGenerationContext names;
    private final StringBuilder from;
    private int joins;

    /** @param table whose alias is {@code t} */
    KeySql(MetadataImplementor metadata, ShardMapping mapping, SqlStringGenerationContext names, Table table) {
        this.metadata = metadata;
        this.mapping = mapping;
        this.names = names;
        from = new StringBuilder(names.format(table.getQualifiedTableName())).append(" t");
    }

    /** What comes after {@code from}. */
    String from() {
        return from.toString();
    }

    /**
     * An expression for each value of the root's key.
     *
     * @param known what is known of the entity's row by its columns
     * @throws IllegalArgumentException if SQL cannot tell, with the reason
     */
    List<String> key(PersistentClass entity, Map<Column, String> known) {
        Sharded placement = (Sharded) mapping.of(entity.getEntityName());
        if (placement.key() instanceof OwnKey own) {
            List<String> key = new ArrayList<>();
            for (KeyAttribute attribute : own.attributes()) {
                Value value = entity.getRecursiveProperty(attribute.path()).getValue();
                key.addAll(expressions(entity, value, known));
            }
            return key;
        }
        ParentKey parentKey = (ParentKey) placement.key();
        PersistentClass parent = metadata.getEntityBinding(parentKey.parentEntity());
        ToOne association =
                (ToOne) entity.getRecursiveProperty(parentKey.association()).getValue();
        List<Column> referenced = association.isReferenceToPrimaryKey()
                ? parent.getIdentifier().getColumns()
                : parent.getRecursiveProperty(association.getReferencedPropertyName())
                        .getValue()
                        .getConstraintColumns();
        return key(parent, zip(referenced, expressions(entity, association, known)));
    }

    static Map<Column, String> zip(List<Column> columns, List<String> expressions) {
        Map<Column, String> zipped = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            zipped.put(columns.get(i), expressions.get(i));
        }
        return zipped;
    }

    String quoted(Column column) {
        return column.getQuotedName(metadata.getDatabase().getDialect());
    }

    /** The columns of a value, which are joined if they are not known. */
    List<String> expressions(PersistentClass entity, Value value, Map<Column, String> known) {
        if (value.hasFormula()) {
            throw new IllegalArgumentException(entity.getEntityName() + " has a formula in its key");
        }
        List<Column> columns = value.getConstraintColumns();
        if (known.keySet().containsAll(columns)) {
            return columns.stream()
                    .map(column -> Objects.requireNonNull(known.get(column)))
                    .toList();
        }
        Table table = value.getTable();
        if (entity instanceof UnionSubclass || !table.isPhysicalTable() || hasUnionSubclass(entity)) {
            throw new IllegalArgumentException("its key is that of " + entity.getEntityName()
                    + ", whose rows are in a table for each class, and cannot be joined");
        }
        String alias = "p" + joins++;
        from.append(" left join ")
                .append(names.format(table.getQualifiedTableName()))
                .append(' ')
                .append(alias);
        List<Column> ids = entity.getIdentifier().getColumns();
        if (known.keySet().containsAll(ids)) {
            List<Column> keys = keyColumns(entity, table);
            for (int i = 0; i < ids.size(); i++) {
                on(i, alias, keys.get(i), Objects.requireNonNull(known.get(ids.get(i))));
            }
        } else {
            int i = 0;
            for (Map.Entry<Column, String> one : known.entrySet()) {
                on(i++, alias, one.getKey(), one.getValue());
            }
        }
        return columns.stream().map(column -> alias + "." + quoted(column)).toList();
    }

    private void on(int position, String alias, Column column, String expression) {
        from.append(position == 0 ? " on " : " and ")
                .append(alias)
                .append('.')
                .append(quoted(column))
                .append(" = ")
                .append(expression);
    }

    private static boolean hasUnionSubclass(PersistentClass entity) {
        return entity.getRootClass().getSubclasses().stream().anyMatch(UnionSubclass.class::isInstance);
    }

    /** The columns of a table of an entity that hold its id. */
    private static List<Column> keyColumns(PersistentClass entity, Table table) {
        for (PersistentClass at = entity; at != null; at = at.getSuperclass()) {
            if (at.getTable().equals(table)) {
                return at instanceof JoinedSubclass joined
                        ? joined.getKey().getColumns()
                        : at.getIdentifier().getColumns();
            }
            for (Join join : at.getJoins()) {
                if (join.getTable().equals(table)) {
                    return join.getKey().getColumns();
                }
            }
        }
        throw new IllegalArgumentException(entity.getEntityName() + " has no table " + table.getName());
    }
}
