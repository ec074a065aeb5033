package io.hibernateshards.internal.schema;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.id.ShardedIds;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.hibernate.boot.model.naming.Identifier;
import org.hibernate.boot.model.relational.ContributableDatabaseObject;
import org.hibernate.boot.model.relational.InitCommand;
import org.hibernate.boot.model.relational.Namespace;
import org.hibernate.boot.model.relational.Sequence;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Table;
import org.hibernate.mapping.UnionSubclass;

/** Which shard has which table: those of a single-shard entity are on its shard alone, all others on every shard. */
final class ShardTables {
    private final Map<Table, ShardId> single;

    private ShardTables(Map<Table, ShardId> single) {
        this.single = single;
    }

    static ShardTables of(MetadataImplementor metadata, ShardMapping mapping) {
        Map<Table, ShardId> single = new HashMap<>();
        Set<Table> everywhere = new HashSet<>();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            EntityPlacement placement = mapping.of(entity.getEntityName());
            for (Table table : tables(metadata, entity)) {
                if (placement instanceof Single on) {
                    single.put(table, on.shard());
                } else {
                    everywhere.add(table);
                }
            }
        }
        single.keySet().removeAll(everywhere);
        return new ShardTables(single);
    }

    /** Its own, secondary, collection and join tables. */
    private static Set<Table> tables(MetadataImplementor metadata, PersistentClass entity) {
        Set<Table> tables = new LinkedHashSet<>();
        tables.add(entity.getTable());
        entity.getJoins().forEach(join -> tables.add(join.getTable()));
        for (Collection collection : metadata.getCollectionBindings()) {
            if (collection.getOwnerEntityName().equals(entity.getEntityName()) && !collection.isOneToMany()) {
                tables.add(collection.getCollectionTable());
            }
        }
        return tables;
    }

    /**
     * Makes the sequences of {@link IdStyle#SEQUENCE} ids a part of the model, so that they are created, checked and dropped
     * as any other.
     */
    static void addIdSequences(MetadataImplementor metadata, ShardMapping mapping) {
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (mapping.of(entity.getEntityName()) instanceof Sharded sharded
                    && sharded.idStyle() == IdStyle.SEQUENCE
                    && (entity.getSuperclass() == null || entity instanceof UnionSubclass)) {
                Sequence sequence = idSequence(metadata, entity.getRootTable());
                Table table = entity.getTable();
                table.addResyncCommand((context, isolator) -> new InitCommand(pastAllIds(table, sequence, context)));
            }
        }
    }

    /** The sequence of an inheritance tree, which has the name of the root's table, be it abstract or not. */
    private static Sequence idSequence(MetadataImplementor metadata, Table root) {
        boolean quoted = root.getNameIdentifier().isQuoted();
        String text = root.getNameIdentifier().getText();
        Identifier name = Identifier.toIdentifier(ShardedIds.sequenceOf(quoted ? '"' + text + '"' : text));
        Namespace namespace = StreamSupport.stream(
                        metadata.getDatabase().getNamespaces().spliterator(), false)
                .filter(candidate -> candidate.getTables().contains(root))
                .findFirst()
                .orElseThrow();
        Sequence known = namespace.locateSequence(name);
        if (known != null) {
            return known;
        }
        Namespace.Name in = namespace.getPhysicalName();
        Sequence sequence =
                new Sequence(root.getContributor(), in.catalog(), in.schema(), name, 1, ShardedIds.SEQUENCE_INCREMENT);
        namespace.registerSequence(name, sequence);
        return sequence;
    }

    /** Moves the sequence past the ids that are stored, never back. */
    private static String pastAllIds(Table table, Sequence sequence, SqlStringGenerationContext context) {
        String name = context.format(sequence.getName());
        String id = table.getPrimaryKey().getColumn(0).getQuotedName(context.getDialect());
        return "select setval(" + SqlLiteral.of(name) + ", greatest("
                + "(select coalesce(max(" + id + "), 0) / " + Buckets.COUNT + " + 1 from "
                + context.format(table.getQualifiedTableName()) + "), (select case when is_called then last_value + "
                + ShardedIds.SEQUENCE_INCREMENT + " else last_value end from " + name + ")), false)";
    }

    /** Whether a table or sequence belongs on a shard. */
    boolean isOn(ShardId shard, ContributableDatabaseObject object) {
        return !(object instanceof Table table)
                || single.getOrDefault(table, shard).equals(shard);
    }

    /** The tables that a shard does not have. */
    List<Table> notOn(ShardId shard) {
        return single.keySet().stream().filter(table -> !isOn(shard, table)).toList();
    }
}
