package io.hibernateshards.internal.session;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hibernate.UnknownEntityTypeException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.NaturalIdMapping;
import org.hibernate.metamodel.mapping.SingularAttributeMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.proxy.LazyInitializer;
import org.jspecify.annotations.Nullable;

/** From what an application hands in — a class, a name, an instance — to the place of its entity. */
final class Placements {
    private static final Pattern WRITE = Pattern.compile(
            "(insert\\s+into|update|delete\\s+from|merge\\s+into)\\s+(?:only\\s+)?(\\S+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SELECT =
            Pattern.compile("(?:\\s|\\(|/\\*.*?\\*/)*+select\\b", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final SessionFactoryImplementor factory;
    private final ShardMapping mapping;
    private final Map<Class<?>, EntityPlacement> byClass = new ConcurrentHashMap<>();

    Placements(SessionFactoryImplementor factory, ShardMapping mapping) {
        this.factory = factory;
        this.mapping = mapping;
    }

    /**
     * @throws IllegalArgumentException if it is null or no entity, as Hibernate has it
     */
    EntityPlacement of(Object entity) {
        if (entity == null) {
            throw new IllegalArgumentException("Entity may not be null");
        }
        LazyInitializer lazy = HibernateProxy.extractLazyInitializer(entity);
        return lazy != null ? of(lazy.getEntityName()) : of(entity.getClass());
    }

    /**
     * @throws IllegalArgumentException if neither the class nor one above it is an entity, as JPA has it
     */
    EntityPlacement of(Class<?> type) {
        EntityPlacement placement = byClass.get(type);
        return placement != null ? placement : resolve(type);
    }

    private EntityPlacement resolve(Class<?> type) {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            EntityPersister persister = factory.getMappingMetamodel().findEntityDescriptor(c);
            if (persister != null) {
                EntityPlacement placement = mapping.of(persister.getEntityName());
                byClass.put(type, placement);
                return placement;
            }
        }
        throw new IllegalArgumentException("Not an entity: " + type.getName(), new UnknownEntityTypeException(type));
    }

    EntityPlacement of(String entityName) {
        EntityPersister persister = factory.getMappingMetamodel()
                .findEntityDescriptor(
                        factory.getMappingMetamodel().getImportedName(entityName) == null
                                ? entityName
                                : factory.getMappingMetamodel().getImportedName(entityName));
        if (persister == null) {
            throw new UnknownEntityTypeException(entityName);
        }
        return mapping.of(persister.getEntityName());
    }

    /** Attribute names and values of a natural id as Hibernate takes it: one value, an array, a map, or its class. */
    Map<String, ?> naturalIdValues(String entityName, Object naturalId) {
        NaturalIdMapping mapped =
                factory.getMappingMetamodel().getEntityDescriptor(entityName).requireNaturalIdMapping();
        List<SingularAttributeMapping> attributes = mapped.getNaturalIdAttributes();
        Object normalized = mapped.normalizeInput(naturalId);
        Object[] parts = normalized instanceof Object[] array ? array : new Object[] {normalized};
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(parts.length, attributes.size()); i++) {
            values.put(attributes.get(i).getAttributeName(), parts[i]);
        }
        return values;
    }

    /**
     * The shard of a new row whose bucket nothing decides yet: a root whose generated id is its key, or what hangs below
     * such a root that is stored with it. Any bucket is as good as another.
     */
    ShardId shardForNew(EntityPlacement placement, Object entity, Topology topology) {
        if (!isUndecidedRoot(placement, entity)) {
            throw Refusals.noPlace(placement.entityName());
        }
        return topology.shardOf(ThreadLocalRandom.current().nextInt(Buckets.COUNT));
    }

    private boolean isUndecidedRoot(EntityPlacement placement, @Nullable Object entity) {
        if (entity == null || !(placement instanceof EntityPlacement.Sharded sharded)) {
            return false;
        }
        if (sharded.key() instanceof EntityPlacement.ParentKey parent) {
            EntityPersister persister = factory.getMappingMetamodel().getEntityDescriptor(placement.entityName());
            Object above = persister.getPropertyValue(entity, parent.association());
            return isUndecidedRoot(mapping.of(parent.parentEntity()), above);
        }
        return sharded.idStyle() != null;
    }

    /** {@code Order (insert into orders)} for a statement; no value of it is told. */
    String describeWrite(String sql) {
        if (SELECT.matcher(sql).lookingAt()) {
            return "a select that locks rows or calls functions";
        }
        Matcher write = WRITE.matcher(sql);
        if (!write.find()) {
            return "work on its connection";
        }
        String table = write.group(2).replaceAll("[\"(].*", "");
        String statement = write.group(1) + " " + table;
        return mapping.all().stream()
                .map(EntityPlacement::entityName)
                .filter(name -> hasTable(name, table))
                .map(name -> name.substring(name.lastIndexOf('.') + 1))
                .sorted()
                .findFirst()
                .map(name -> name + " (" + statement + ")")
                .orElse(statement);
    }

    private boolean hasTable(String entityName, String table) {
        return Arrays.stream(factory.getMappingMetamodel()
                        .getEntityDescriptor(entityName)
                        .getQuerySpaces())
                .anyMatch(space -> space.toString().equalsIgnoreCase(table));
    }
}
