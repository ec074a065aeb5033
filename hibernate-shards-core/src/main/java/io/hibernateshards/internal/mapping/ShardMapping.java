package io.hibernateshards.internal.mapping;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The places of all entities, read once at boot. Immutable. */
public final class ShardMapping {
    private final Map<String, EntityPlacement> byEntity;
    private final Set<String> colocated;
    private final Map<String, List<LookupAttribute>> lookups;
    private final List<String> warnings;

    ShardMapping(Map<String, EntityPlacement> byEntity) {
        this(byEntity, Set.of(), Map.of(), List.of());
    }

    ShardMapping(
            Map<String, EntityPlacement> byEntity,
            Set<String> colocated,
            Map<String, List<LookupAttribute>> lookups,
            List<String> warnings) {
        this.byEntity = Map.copyOf(byEntity);
        this.colocated = Set.copyOf(colocated);
        this.lookups = Map.copyOf(lookups);
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

    /** The attributes of an entity whose values have rows in lookup tables, inherited ones included. */
    public List<LookupAttribute> lookups(String entityName) {
        return lookups.getOrDefault(entityName, List.of());
    }

    /** All such attributes, each once. */
    public Set<LookupAttribute> lookups() {
        return lookups.values().stream().flatMap(List::stream).collect(Collectors.toUnmodifiableSet());
    }

    /** What is allowed but may surprise, a line each. */
    public List<String> warnings() {
        return warnings;
    }
}
