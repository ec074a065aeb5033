package io.hibernateshards.internal.guard;

import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Reference;
import io.hibernateshards.internal.route.Router;
import java.util.List;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.internal.EntityCollectionPart;
import org.hibernate.persister.collection.CollectionPersister;
import org.jspecify.annotations.Nullable;

/**
 * References to check in the rows of one collection, found once.
 *
 * @param owner of the collection
 * @param attribute the collection's path
 * @param at where the owner has it
 * @param elements references in the elements
 * @param keys references in the keys of a map
 */
record CollectionChecks(
        Sharded owner, String attribute, @Nullable StatePath at, List<Reference> elements, List<Reference> keys) {
    /** Null if its rows refer to nothing that could be on another shard. */
    static @Nullable CollectionChecks of(CollectionPersister collection, Router router) {
        String entity = collection.getOwnerEntityPersister().getEntityName();
        PluralAttributeMapping attribute = collection.getAttributeMapping();
        if (attribute == null || !(router.mapping().of(entity) instanceof Sharded owner)) {
            return null;
        }
        String role = collection.getRole();
        String path = role.substring(role.indexOf(entity) == 0 ? entity.length() + 1 : role.lastIndexOf('.') + 1);
        boolean ofOthers = attribute.getElementDescriptor() instanceof EntityCollectionPart
                && (collection.isInverse() || router.mapping().isColocated(entity, path));
        List<Reference> elements =
                ofOthers ? List.of() : Reference.of(attribute.getElementDescriptor(), path, router.mapping());
        List<Reference> keys = Reference.of(attribute.getIndexDescriptor(), path + ".key", router.mapping());
        return elements.isEmpty() && keys.isEmpty()
                ? null
                : new CollectionChecks(
                        owner, path, StatePath.of(collection.getOwnerEntityPersister(), path), elements, keys);
    }
}
