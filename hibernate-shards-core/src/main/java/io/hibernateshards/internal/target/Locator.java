package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** A path whose value says where the row lives. */
sealed interface Locator {
    /** One value of the key. */
    record Component(Sharded root, KeyAttribute attribute, int index, int size) implements Locator {}

    /**
     * An id, or the entity itself, of the row or of one that it lives with.
     *
     * @param tree the inheritance tree's root entity
     * @param entity whether the path is the entity and not its id
     * @param type of the id; null for an entity or an id of several columns
     */
    record Id(Sharded placement, String tree, boolean entity, @Nullable JavaType<?> type) implements Locator {}

    /**
     * What the value at a path says.
     *
     * @param names attributes from the entity on; none is the entity itself
     * @return null if it says nothing
     */
    static @Nullable Locator at(
            ShardMapping mapping, SessionFactoryImplementor factory, Sharded placement, List<String> names) {
        EntityPersister persister = factory.getMappingMetamodel().getEntityDescriptor(placement.entityName());
        String path = String.join(".", names);
        if (names.isEmpty()) {
            return new Id(placement, persister.getRootEntityName(), true, null);
        }
        if (placement.key() instanceof OwnKey own) {
            for (int i = 0; i < own.attributes().size(); i++) {
                if (own.attributes().get(i).path().equals(path)) {
                    return new Component(
                            placement,
                            own.attributes().get(i),
                            i,
                            own.attributes().size());
                }
            }
        }
        if (isId(persister, path)) {
            return id(mapping, placement, persister);
        }
        if (placement.key() instanceof OwnKey own
                && placement.id() instanceof HoldsKey holds
                && names.size() > 1
                && isId(persister, names.get(0))) {
            int index = holds.paths().indexOf(path.substring(path.indexOf('.') + 1));
            if (index >= 0) {
                return new Component(
                        placement,
                        own.attributes().get(index),
                        index,
                        own.attributes().size());
            }
        }
        if (placement.key() instanceof ParentKey parent
                && (path.equals(parent.association()) || path.startsWith(parent.association() + "."))
                && mapping.of(parent.parentEntity()) instanceof Sharded above) {
            int used = parent.association().split("\\.").length;
            return at(mapping, factory, above, names.subList(used, names.size()));
        }
        return null;
    }

    /**
     * Whether equal values at both paths mean that both rows live on one shard: both are bucket bits of one style, or
     * the whole key of one group, or the same entity.
     */
    static boolean meet(Locator left, Locator right) {
        if (left instanceof Id one && right instanceof Id other) {
            return one.tree().equals(other.tree())
                    || (one.placement().id() instanceof CarriesBucket a
                            && other.placement().id() instanceof CarriesBucket b
                            && a.style() == b.style()
                            && !one.entity()
                            && !other.entity());
        }
        return left instanceof Component one
                && right instanceof Component other
                && one.size() == 1
                && other.size() == 1
                && one.root().group().equals(other.root().group());
    }

    private static Locator id(ShardMapping mapping, Sharded placement, EntityPersister persister) {
        if (placement.id() instanceof HoldsKey holds && holds.paths().equals(List.of(""))) {
            Sharded root = placement;
            while (root.key() instanceof ParentKey parent
                    && mapping.of(parent.parentEntity()) instanceof Sharded above) {
                root = above;
            }
            if (root.key() instanceof OwnKey own && own.attributes().size() == 1) {
                return new Component(root, own.attributes().get(0), 0, 1);
            }
        }
        var identifier = persister.getIdentifierMapping();
        JavaType<?> type = identifier.getJdbcTypeCount() == 1
                ? identifier.getSingleJdbcMapping().getJavaTypeDescriptor()
                : null;
        return new Id(placement, persister.getRootEntityName(), false, type);
    }

    static boolean isId(EntityPersister persister, String path) {
        return path.equals("{id}")
                || path.equals("id") && persister.findAttributeMapping("id") == null
                || path.equals(persister.getIdentifierMapping().getAttributeName());
    }
}
