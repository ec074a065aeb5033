package io.hibernateshards.internal.mapping;

import java.util.Collection;
import java.util.Map;

/** The places of all entities, read once at boot. Immutable. */
public final class ShardMapping {
    private final Map<String, EntityPlacement> byEntity;

    ShardMapping(Map<String, EntityPlacement> byEntity) {
        this.byEntity = Map.copyOf(byEntity);
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
}
