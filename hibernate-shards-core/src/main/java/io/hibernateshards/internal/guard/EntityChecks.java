package io.hibernateshards.internal.guard;

import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.route.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.ManagedMappingType;
import org.hibernate.metamodel.mapping.internal.EmbeddedAttributeMapping;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.persister.entity.EntityPersister;

/**
 * What there is to check of one sharded entity, found once.
 *
 * @param key where the key's values, or the association that leads to it, are; empty if they are in the id
 * @param references the to-one associations with other sharded entities
 */
record EntityChecks(Sharded placement, List<StatePath> key, List<Reference> references) {
    /** An association that must not leave the shard. */
    record Reference(StatePath path, Sharded target) {}

    static EntityChecks of(EntityPersister entity, Sharded placement, Router router) {
        String parent = placement.key() instanceof ParentKey key ? key.association() : "";
        List<String> keyPaths = placement.key() instanceof OwnKey own
                ? own.attributes().stream().map(KeyAttribute::path).toList()
                : List.of(parent);
        List<StatePath> key = keyPaths.stream()
                .map(path -> StatePath.of(entity, path))
                .filter(Objects::nonNull)
                .toList();
        List<Reference> references = new ArrayList<>();
        collect(entity, entity, "", parent, router, references);
        return new EntityChecks(placement, key, List.copyOf(references));
    }

    private static void collect(
            EntityPersister entity,
            ManagedMappingType container,
            String prefix,
            String parent,
            Router router,
            List<Reference> found) {
        for (int i = 0; i < container.getNumberOfAttributeMappings(); i++) {
            AttributeMapping attribute = container.getAttributeMapping(i);
            String path = prefix + attribute.getAttributeName();
            if (attribute instanceof EmbeddedAttributeMapping embedded) {
                collect(entity, embedded.getEmbeddableTypeDescriptor(), path + ".", parent, router, found);
            } else if (attribute instanceof ToOneAttributeMapping toOne
                    && !path.equals(parent)
                    && ownsColumn(toOne)
                    && router.mapping()
                                    .of(toOne.getAssociatedEntityMappingType().getEntityName())
                            instanceof Sharded target) {
                StatePath at = StatePath.of(entity, path);
                if (at != null) {
                    found.add(new Reference(at, target));
                }
            }
        }
    }

    /** Not the inverse side of a one-to-one, which the other entity's row points to. */
    private static boolean ownsColumn(ToOneAttributeMapping toOne) {
        return toOne.getSideNature() == ForeignKeyDescriptor.Nature.KEY;
    }
}
