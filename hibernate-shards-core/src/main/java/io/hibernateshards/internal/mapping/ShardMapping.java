package io.hibernateshards.internal.mapping;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The places of all entities, read once at boot. Immutable. */
public final class ShardMapping {
    private final Map<String, EntityPlacement> byEntity;
    private final Set<String> colocated;
    private final List<String> warnings;

    ShardMapping(Map<String, EntityPlacement> byEntity) {
        this(byEntity, Set.of(), List.of());
    }

    ShardMapping(Map<String, EntityPlacement> byEntity, Set<String> colocated, List<String> warnings) {
        this.byEntity = Map.copyOf(byEntity);
        this.colocated = Set.copyOf(colocated);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Where an entity's rows live.
     *
     * @throws IllegalArgumentException if there is no such entity
     */
    public EntityPlacement of(String entityName) {
        EntityPlacement placement = byEntity.get(entityName);
        if (placement == null) {
            throw new IllegalArgumentException("no entity \"" + entityName + "\"");
        }
        return placement;
    }

    /** All entities. */
    public Collection<EntityPlacement> all() {
        return byEntity.values();
    }

    /**
     * Whether what an attribute leads to is provably on the row's own shard: the key association and its inverse, element
     * collections, and anything that leads to a reference entity.
     *
     * @param attributePath dots reach into embeddables
     */
    public boolean isColocated(String entityName, String attributePath) {
        return colocated.contains(entityName + "#" + attributePath);
    }

    /** What is allowed but may surprise, a line each. */
    public List<String> warnings() {
        return warnings;
    }
}
