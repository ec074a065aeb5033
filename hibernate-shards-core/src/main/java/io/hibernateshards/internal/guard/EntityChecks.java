package io.hibernateshards.internal.guard;

import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.route.Reference;
import io.hibernateshards.internal.route.Router;
import java.util.List;
import java.util.Objects;
import org.hibernate.persister.entity.EntityPersister;

/**
 * What there is to check of one sharded entity, found once.
 *
 * @param key where the key's values, or the association that leads to it, are; empty if they are in the id
 * @param references the to-one associations with other sharded entities
 */
record EntityChecks(Sharded placement, List<StatePath> key, List<Reference> references) {
    static EntityChecks of(EntityPersister entity, Sharded placement, Router router) {
        List<String> keyPaths = placement.key() instanceof OwnKey own
                ? own.attributes().stream().map(KeyAttribute::path).toList()
                : List.of(((ParentKey) placement.key()).association());
        List<StatePath> key = keyPaths.stream()
                .map(path -> StatePath.of(entity, path))
                .filter(Objects::nonNull)
                .toList();
        return new EntityChecks(placement, key, Reference.of(entity, placement, router.mapping()));
    }
}
