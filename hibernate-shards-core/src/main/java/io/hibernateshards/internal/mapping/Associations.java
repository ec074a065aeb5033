package io.hibernateshards.internal.mapping;

import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.OneToMany;
import org.hibernate.mapping.OneToOne;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.ToOne;
import org.hibernate.mapping.Value;
import org.jspecify.annotations.Nullable;

/**
 * Checks that no association leads from shard to shard, and tells those that provably stay on one: the key association,
 * its inverse, what the entity owns, and references. An association between entities of the same key group that is
 * neither may stay on one; its rows are checked one by one when they are written.
 */
final class Associations {
    private final MetadataImplementor metadata;
    private final Map<String, EntityPlacement> placements;
    private final Problems problems;
    private final Set<String> colocated = new HashSet<>();

    Associations(MetadataImplementor metadata, Map<String, EntityPlacement> placements, Problems problems) {
        this.metadata = metadata;
        this.placements = placements;
        this.problems = problems;
    }

    /** {@code entity name#attribute path} of those that provably stay on one shard. */
    Set<String> colocated() {
        return Set.copyOf(colocated);
    }

    void check() {
        for (PersistentClass entity : metadata.getEntityBindings()) {
            EntityPlacement from = placements.get(entity.getEntityName());
            if (from == null || entity.getMappedClass() == null) {
                continue;
            }
            for (Attribute attribute : Attribute.of(entity)) {
                check(entity, from, attribute.path(), attribute.value());
            }
        }
    }

    private void check(PersistentClass entity, EntityPlacement from, String path, Value value) {
        if (value instanceof ToOne toOne) {
            checkTarget(entity, from, path, toOne.getReferencedEntityName(), mappedBy(toOne));
        } else if (value instanceof Collection collection) {
            Value element = collection.getElement();
            if (element instanceof OneToMany many) {
                checkTarget(entity, from, path, many.getReferencedEntityName(), collection.getMappedByProperty());
            } else if (element instanceof ToOne many) {
                checkTarget(entity, from, path, many.getReferencedEntityName(), collection.getMappedByProperty());
            } else {
                colocated.add(entity.getEntityName() + "#" + path);
                if (element instanceof Component embeddable) {
                    for (Property part : embeddable.getProperties()) {
                        check(entity, from, path + "." + part.getName(), part.getValue());
                    }
                }
            }
        }
    }

    private static @Nullable String mappedBy(ToOne toOne) {
        return toOne instanceof OneToOne one ? one.getMappedByProperty() : null;
    }

    private void checkTarget(
            PersistentClass entity, EntityPlacement from, String path, String target, @Nullable String mappedBy) {
        EntityPlacement to = placements.get(target);
        if (to == null) {
            return; // its own mistake is reported
        }
        String name = entity.getEntityName();
        if (to instanceof Reference) {
            colocated.add(name + "#" + path);
        } else if (from instanceof Reference) {
            problems.error(
                    name,
                    path,
                    "a reference entity, of which every shard has a copy, points to " + target + ", which lives on one",
                    "Make " + target + " a reference entity too, or keep its id as a plain value");
        } else if (from instanceof Single single) {
            checkSingle(name, path, single, target, to);
        } else if (from instanceof Sharded sharded) {
            checkSharded(name, path, sharded, target, to, mappedBy);
        }
    }

    private void checkSingle(String name, String path, Single from, String target, EntityPlacement to) {
        if (to instanceof Single single && single.shard().equals(from.shard())) {
            colocated.add(name + "#" + path);
        } else {
            problems.error(
                    name,
                    path,
                    "it lives on the shard \"" + from.shard() + "\", but " + target + " does not",
                    "Keep the other's id as a plain value, or put both on one shard");
        }
    }

    private void checkSharded(
            String name, String path, Sharded from, String target, EntityPlacement to, @Nullable String mappedBy) {
        boolean isKey = from.key() instanceof ParentKey key && key.association().equals(path);
        boolean isInverse = mappedBy != null
                && to instanceof Sharded child
                && child.key() instanceof ParentKey key
                && key.association().equals(mappedBy);
        if (isKey || isInverse) {
            colocated.add(name + "#" + path);
        } else if (!(to instanceof Sharded other) || !other.group().equals(from.group())) {
            problems.error(
                    name,
                    path,
                    "it points to " + target + ", which is not co-located: the two have different shard keys",
                    "Give both the same key, make " + target + " a reference entity, or keep its id as a plain value");
        }
    }
}
