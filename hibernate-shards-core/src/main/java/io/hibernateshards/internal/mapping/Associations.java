package io.hibernateshards.internal.mapping;

import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.Any;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.IndexedCollection;
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
                check(new Source(entity, from, attribute.path()), attribute.value());
            }
        }
    }

    /** What leads somewhere. */
    private record Source(PersistentClass entity, EntityPlacement placement, String path) {
        Source part(String name) {
            return new Source(entity, placement, path + "." + name);
        }

        /** Of a mistake in an inherited attribute only the entity at the top is told. */
        boolean isInherited() {
            int dot = path.indexOf('.');
            String first = dot < 0 ? path : path.substring(0, dot);
            return entity.getSuperclass() != null
                    && entity.getProperties().stream()
                            .noneMatch(property -> property.getName().equals(first));
        }
    }

    private void check(Source source, @Nullable Value value) {
        if (value instanceof ToOne toOne) {
            checkTarget(source, toOne.getReferencedEntityName(), mappedBy(toOne));
        } else if (value instanceof Any) {
            error(
                    source,
                    "an @Any may lead to an entity of any shard",
                    "Use an association with one entity, or keep type and id as plain values");
        } else if (value instanceof Collection collection) {
            checkCollection(source, collection);
        }
    }

    private void checkCollection(Source source, Collection collection) {
        if (collection instanceof IndexedCollection indexed) {
            checkPart(source.part("key"), indexed.getIndex());
        }
        Value element = collection.getElement();
        if (element instanceof OneToMany many) {
            checkTarget(source, many.getReferencedEntityName(), collection.getMappedByProperty());
        } else if (element instanceof ToOne many) {
            checkTarget(source, many.getReferencedEntityName(), collection.getMappedByProperty());
        } else if (element instanceof Any) {
            check(source, element);
        } else {
            colocated.add(source.entity().getEntityName() + "#" + source.path());
            checkPart(source, element);
        }
    }

    /** An element or a map's key, which may be an embeddable with associations of its own. */
    private void checkPart(Source source, Value value) {
        if (value instanceof Component embeddable) {
            for (Property part : embeddable.getProperties()) {
                checkPart(source.part(part.getName()), part.getValue());
            }
        } else {
            check(source, value);
        }
    }

    private static @Nullable String mappedBy(ToOne toOne) {
        return toOne instanceof OneToOne one ? one.getMappedByProperty() : null;
    }

    private void checkTarget(Source source, String target, @Nullable String mappedBy) {
        EntityPlacement to = placements.get(target);
        EntityPlacement from = source.placement();
        if (to == null) {
            return; // its own mistake is reported
        }
        boolean provenHere = to instanceof Reference
                || from instanceof Single one
                        && to instanceof Single other
                        && one.shard().equals(other.shard())
                || from instanceof Sharded child && isKey(child, source.path())
                || to instanceof Sharded child && mappedBy != null && isKey(child, mappedBy);
        boolean mayBeHere = from instanceof Sharded one
                && to instanceof Sharded other
                && one.group().equals(other.group());
        if (from instanceof Reference && !(to instanceof Reference)) {
            error(
                    source,
                    "a reference entity, of which every shard has a copy, points to " + target + ", which " + where(to),
                    "Make " + target + " a reference entity too, or keep its id as a plain value");
        } else if (provenHere) {
            colocated.add(source.entity().getEntityName() + "#" + source.path());
        } else if (!mayBeHere) {
            error(
                    source,
                    "it " + where(from) + " and points to " + target + ", which "
                            + (from instanceof Sharded && to instanceof Sharded ? "has another shard key" : where(to)),
                    "Give both the same place, make " + target
                            + " a reference entity, or keep its id as a plain value");
        }
    }

    private static boolean isKey(Sharded child, String association) {
        return child.key() instanceof ParentKey key && key.association().equals(association);
    }

    private static String where(EntityPlacement placement) {
        return placement instanceof Single single
                ? "lives on the single shard \"" + single.shard() + "\""
                : placement instanceof Sharded ? "is placed by its shard key" : "is a reference entity";
    }

    private void error(Source source, String what, String cure) {
        if (!source.isInherited()) {
            problems.error(source.entity().getEntityName(), source.path(), what, cure);
        }
    }
}
