package io.hibernateshards.internal.route;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * One sharded entity's paths, resolved once against Hibernate's runtime model.
 *
 * @param key where an instance of a root holds each value of its key; one path to the parent for any other
 * @param inId where the id holds each value, if it holds the key
 * @param attributes the root's, which know how to convert the values
 * @param keyGenerated whether the key is the id and is made by the id generator
 */
record EntityAccess(
        Sharded placement,
        EntityPersister persister,
        List<KeyPath> key,
        List<KeyPath> inId,
        List<KeyAttribute> attributes,
        boolean keyGenerated) {

    static EntityAccess of(Sharded placement, ShardMapping mapping, SessionFactoryImplementor factory) {
        EntityPersister persister = factory.getMappingMetamodel().getEntityDescriptor(placement.entityName());
        List<KeyPath> key;
        if (placement.key() instanceof OwnKey own) {
            key = own.attributes().stream()
                    .map(attribute -> KeyPath.inEntity(persister, attribute.path()))
                    .toList();
        } else {
            key = List.of(KeyPath.inEntity(persister, ((ParentKey) placement.key()).association()));
        }
        List<KeyPath> inId = placement.id() instanceof HoldsKey holds
                ? holds.paths().stream()
                        .map(path -> KeyPath.inId(persister, path))
                        .toList()
                : List.of();
        boolean keyGenerated = placement.idStyle() != null
                && placement.key() instanceof OwnKey own
                && own.attributes().size() == 1
                && own.attributes()
                        .get(0)
                        .path()
                        .equals(persister.getIdentifierMapping().getAttributeName());
        return new EntityAccess(
                placement, persister, key, inId, root(placement, mapping).attributes(), keyGenerated);
    }

    /** The key of the root that an entity lives with. */
    static OwnKey root(Sharded placement, ShardMapping mapping) {
        Sharded at = placement;
        while (at.key() instanceof ParentKey parent) {
            EntityPlacement above = mapping.of(parent.parentEntity());
            if (!(above instanceof Sharded next)) {
                throw new IllegalArgumentException(
                        at.entityName() + " lives with " + above + ", which has no shard key");
            }
            at = next;
        }
        return (OwnKey) at.key();
    }

    /** The id, or null if it is still to be generated. */
    @Nullable
    Object idOf(Object entity) {
        Object id = persister.getIdentifier(entity);
        return id == null || isUnsaved(id) ? null : id;
    }

    /** Whether this value of the id means that none has been given yet, such as 0 in a primitive attribute. */
    boolean isUnsaved(Object id) {
        boolean unsetPrimitive = placement.idStyle() != null && id.equals(0L);
        return unsetPrimitive
                || Boolean.TRUE.equals(
                        persister.getIdentifierMapping().getUnsavedStrategy().isUnsaved(id));
    }
}
