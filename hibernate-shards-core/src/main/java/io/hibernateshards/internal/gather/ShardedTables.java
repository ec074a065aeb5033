package io.hibernateshards.internal.gather;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.AbstractCollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** Where the rows of each mapped table live: with its entity, or with the owner of its collection. Safe for use by several threads. */
public final class ShardedTables {
    private final Map<String, EntityPlacement> byName = new HashMap<>();
    private final ColumnTypes columnTypes = new ColumnTypes();

    /** The tables of a factory. */
    public ShardedTables(SessionFactoryImplementor factory, ShardMapping mapping) {
        factory.getMappingMetamodel()
                .forEachEntityDescriptor(entity ->
                        entity.visitConstraintOrderedTables((name, keys) -> add(name, placement(entity, mapping))));
        factory.getMappingMetamodel().forEachCollectionDescriptor(collection -> {
            if (!collection.isOneToMany() && collection instanceof AbstractCollectionPersister of) {
                add(of.getTableName(), placement(of.getOwnerEntityPersister(), mapping));
            }
        });
    }

    private static EntityPlacement placement(EntityPersister entity, ShardMapping mapping) {
        return mapping.of(entity.getEntityName());
    }

    /** A table that reference entities share with others is theirs only if nobody else writes it. */
    private void add(String name, EntityPlacement placement) {
        byName.merge(name, placement, (one, other) -> one instanceof EntityPlacement.Reference ? other : one);
    }

    /**
     * The placement of a table's rows.
     *
     * @param name as Hibernate's SQL has it
     */
    public @Nullable EntityPlacement of(String name) {
        return byName.get(name);
    }

    /** Whether rows of a table may be on other shards too. */
    boolean areCopied(String name) {
        EntityPlacement placement = of(name);
        return placement != null && !(placement instanceof EntityPlacement.Reference);
    }

    ColumnTypes columnTypes() {
        return columnTypes;
    }

    /** All of them. */
    public Set<String> names() {
        return byName.keySet();
    }
}
