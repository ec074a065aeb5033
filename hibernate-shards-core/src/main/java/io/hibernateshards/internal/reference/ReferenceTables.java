package io.hibernateshards.internal.reference;

import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.ForeignKey;
import org.hibernate.mapping.JoinedSubclass;
import org.hibernate.mapping.KeyValue;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.RootClass;
import org.hibernate.mapping.Table;
import org.jspecify.annotations.Nullable;

/** The tables of all reference entities, an inheritance tree's together. */
public final class ReferenceTables {
    private final Map<String, List<ReferenceTable>> byRoot;

    /** By the root of those that have some, the name of a column that holds a large object. */
    private final Map<String, String> largeObjects;

    private ReferenceTables(Map<String, List<ReferenceTable>> byRoot, Map<String, String> largeObjects) {
        this.byRoot = Map.copyOf(byRoot);
        this.largeObjects = Map.copyOf(largeObjects);
    }

    public static ReferenceTables of(
            MetadataImplementor metadata, ShardMapping mapping, SqlStringGenerationContext names) {
        Map<String, List<ReferenceTable>> byRoot = new LinkedHashMap<>();
        Map<String, String> largeObjects = new HashMap<>();
        Positions positions = new Positions();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (entity instanceof RootClass root && mapping.of(root.getEntityName()) instanceof Reference) {
                Tree tree = new Tree(metadata, names, positions);
                byRoot.put(root.getEntityName(), tree.of(root));
                tree.largeObject().ifPresent(column -> largeObjects.put(root.getEntityName(), column));
            }
        }
        return new ReferenceTables(byRoot, largeObjects);
    }

    public boolean isEmpty() {
        return byRoot.isEmpty();
    }

    /** Whether an entity, a root, is a reference entity. */
    public boolean has(String root) {
        return byRoot.containsKey(root);
    }

    /** A column of a root's tree whose values are large objects, which are not in the rows; null if there is none. */
    public @Nullable String largeObject(String root) {
        return largeObjects.get(root);
    }

    List<ReferenceTable> of(String root) {
        return byRoot.getOrDefault(root, List.of());
    }

    /** Numbers tables so that those that foreign keys point to come first; in a circle one of them must not. */
    private static final class Positions {
        private final Map<Table, Integer> known = new HashMap<>();
        private final Set<Table> begun = new HashSet<>();

        int of(Table table) {
            if (begun.add(table)) {
                table.getForeignKeyCollection().stream()
                        .map(ForeignKey::getReferencedTable)
                        .filter(target -> target != null && !begun.contains(target))
                        .forEach(this::of);
                known.put(table, known.size());
            }
            return known.getOrDefault(table, 0);
        }
    }

    /** Reads one inheritance tree. */
    private static final class Tree {
        private final MetadataImplementor metadata;
        private final SqlStringGenerationContext names;
        private final Positions positions;
        private final Dialect dialect;
        private final Map<Table, ReferenceTable> rows = new LinkedHashMap<>();
        private final Map<Table, ReferenceTable> collections = new LinkedHashMap<>();

        Tree(MetadataImplementor metadata, SqlStringGenerationContext names, Positions positions) {
            this.positions = positions;
            this.metadata = metadata;
            this.names = names;
            dialect = metadata.getDatabase().getDialect();
        }

        List<ReferenceTable> of(RootClass root) {
            add(root);
            List<ReferenceTable> all = new ArrayList<>(rows.values());
            all.addAll(collections.values());
            return List.copyOf(all);
        }

        private void add(PersistentClass entity) {
            if (entity.getTable().isPhysicalTable()) {
                KeyValue key = entity instanceof JoinedSubclass joined ? joined.getKey() : entity.getIdentifier();
                rows.computeIfAbsent(entity.getTable(), table -> table(table, key.getColumns(), true));
            }
            entity.getJoins()
                    .forEach(join -> rows.computeIfAbsent(
                            join.getTable(), table -> table(table, join.getKey().getColumns(), true)));
            for (org.hibernate.mapping.Collection collection : metadata.getCollectionBindings()) {
                if (collection.getOwnerEntityName().equals(entity.getEntityName())
                        && !collection.isOneToMany()
                        && !collection.isInverse()) {
                    collections.computeIfAbsent(
                            collection.getCollectionTable(),
                            table -> table(table, collection.getKey().getColumns(), false));
                }
            }
            entity.getDirectSubclasses().forEach(this::add);
        }

        Optional<String> largeObject() {
            return Stream.concat(rows.keySet().stream(), collections.keySet().stream())
                    .flatMap(table -> table.getColumns().stream()
                            .filter(column -> column.getSqlType(metadata).equals("oid"))
                            .map(column -> table.getName() + "." + column.getName()))
                    .findFirst();
        }

        private ReferenceTable table(Table table, List<Column> key, boolean ofRows) {
            return new ReferenceTable(
                    names.format(table.getQualifiedTableName()),
                    quoted(key),
                    quoted(table.getColumns().stream()
                            .filter(column -> column.getGeneratedAs() == null)
                            .toList()),
                    ofRows,
                    positions.of(table));
        }

        private List<String> quoted(Collection<Column> columns) {
            return columns.stream().map(column -> column.getQuotedName(dialect)).toList();
        }
    }
}
