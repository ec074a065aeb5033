package io.hibernateshards.internal.mapping;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.PersistentClass;

/** Reads where each entity lives from Hibernate's boot model, and reports all mistakes together. */
public final class MappingReader {
    private MappingReader() {}

    /**
     * The places of all entities.
     *
     * @param shards the shards that there are
     * @throws io.hibernateshards.ShardingException with every mistake of the mapping, each with entity, attribute, cure
     */
    public static ShardMapping read(MetadataImplementor metadata, Functions functions, Collection<ShardId> shards) {
        Problems problems = new Problems();
        TreeReader trees = new TreeReader(shards, problems);
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (entity.getSuperclass() == null) {
                trees.read(entity);
            } else {
                SubclassRules.check(entity, problems);
            }
        }
        Map<String, EntityPlacement> roots = new HashMap<>(trees.others());
        roots.putAll(new ShardedPlaces(metadata, trees, functions, problems).place());
        Map<String, EntityPlacement> placements = new HashMap<>();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            EntityPlacement root = roots.get(entity.getRootClass().getEntityName());
            if (root != null) {
                placements.put(entity.getEntityName(), named(root, entity.getEntityName()));
            }
        }
        Associations associations = new Associations(metadata, placements, problems);
        associations.check();
        Map<String, List<LookupAttribute>> lookups = LookupRules.read(metadata, placements, problems);
        UniqueConstraints.check(metadata, placements, lookups, problems);
        problems.throwIfAny();
        return new ShardMapping(placements, associations.colocated(), lookups, problems.warnings());
    }

    private static EntityPlacement named(EntityPlacement root, String name) {
        if (root instanceof Sharded sharded) {
            return new Sharded(name, sharded.group(), sharded.key(), sharded.id(), sharded.idStyle());
        }
        return root instanceof Single single ? new Single(name, single.shard()) : new Reference(name);
    }
}
