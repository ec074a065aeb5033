package io.hibernateshards.internal.route;

import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.metamodel.mapping.CompositeIdentifierMapping;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.ManagedMappingType;
import org.hibernate.metamodel.mapping.NonAggregatedIdentifierMapping;
import org.hibernate.metamodel.mapping.internal.EmbeddedAttributeMapping;
import org.hibernate.metamodel.mapping.internal.EmbeddedCollectionPart;
import org.hibernate.metamodel.mapping.internal.EntityCollectionPart;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.property.access.spi.Getter;
import org.jspecify.annotations.Nullable;

/**
 * A place in a row that refers to an entity with a shard key, which must not leave the shard: a to-one association, in an
 * embeddable or a composite id as well, and the elements and keys of collections. The association that places the row itself
 * is none.
 */
public final class Reference {
    private final String path;
    private final Sharded target;

    /** Of the first attribute among the values that Hibernate hands to listeners; -1 if the path begins otherwise. */
    private final int position;

    /** Whether the path begins at the entity, as the attributes of an id class do. */
    private final boolean ofEntity;

    private final List<Getter> further;

    private Reference(String path, Sharded target, int position, boolean ofEntity, List<Getter> further) {
        this.path = path;
        this.target = target;
        this.position = position;
        this.ofEntity = ofEntity;
        this.further = List.copyOf(further);
    }

    /** Finds the references in the rows of an entity, its id included. */
    public static List<Reference> of(EntityPersister entity, Sharded placement, ShardMapping mapping) {
        Finder finder = new Finder(mapping, placement.key() instanceof ParentKey key ? key.association() : "");
        for (int i = 0; i < entity.getNumberOfAttributeMappings(); i++) {
            AttributeMapping attribute = entity.getAttributeMapping(i);
            finder.attribute(
                    attribute, attribute.getAttributeName(), attribute.getStateArrayPosition(), false, List.of());
        }
        EntityIdentifierMapping id = entity.getIdentifierMapping();
        if (id instanceof NonAggregatedIdentifierMapping several) {
            finder.attributes(several.getVirtualIdEmbeddable(), "", -1, true, List.of());
        } else if (id instanceof CompositeIdentifierMapping composite) {
            finder.attributes(
                    composite.getMappedIdEmbeddableTypeDescriptor(), id.getAttributeName() + ".", -1, false, List.of());
        }
        return List.copyOf(finder.found);
    }

    /** Finds the references in the elements or the keys of a collection. */
    public static List<Reference> of(@Nullable CollectionPart part, String path, ShardMapping mapping) {
        Finder finder = new Finder(mapping, "");
        if (part instanceof EntityCollectionPart entity) {
            if (mapping.of(entity.getAssociatedEntityMappingType().getEntityName()) instanceof Sharded target) {
                finder.found.add(new Reference(path, target, -1, false, List.of()));
            }
        } else if (part instanceof EmbeddedCollectionPart embedded) {
            finder.attributes(embedded.getEmbeddableTypeDescriptor(), path + ".", -1, false, List.of());
        }
        return List.copyOf(finder.found);
    }

    /** The attribute path, from the entity that has it. */
    public String path() {
        return path;
    }

    public Sharded target() {
        return target;
    }

    /** Whether it is part of the id, which never changes. */
    public boolean isInId() {
        return position < 0;
    }

    /**
     * Returns the instance that a row refers to, or null if it is null or was not loaded.
     *
     * @param state the values that Hibernate hands to listeners
     */
    public @Nullable Object in(@Nullable Object[] state, Object entity, @Nullable Object id) {
        return read(position >= 0 ? state[position] : ofEntity ? entity : id, 0);
    }

    /** What an element or a key of a collection refers to. */
    public @Nullable Object in(@Nullable Object part) {
        return read(part, 0);
    }

    /** What the value of an embeddable refers to, at a path that this one begins with. */
    public @Nullable Object within(String embeddable, Object value) {
        long deeper = path.substring(embeddable.length())
                .chars()
                .filter(c -> c == '.')
                .count();
        return read(value, further.size() - (int) deeper);
    }

    private @Nullable Object read(@Nullable Object start, int from) {
        Object value = start;
        for (int i = from; i < further.size() && value != null; i++) {
            value = further.get(i).get(value);
        }
        return value == LazyPropertyInitializer.UNFETCHED_PROPERTY ? null : value;
    }

    private static final class Finder {
        private final ShardMapping mapping;
        private final String parent;
        private final List<Reference> found = new ArrayList<>();

        Finder(ShardMapping mapping, String parent) {
            this.mapping = mapping;
            this.parent = parent;
        }

        void attributes(
                ManagedMappingType container, String prefix, int position, boolean ofEntity, List<Getter> before) {
            for (int i = 0; i < container.getNumberOfAttributeMappings(); i++) {
                AttributeMapping attribute = container.getAttributeMapping(i);
                List<Getter> getters = new ArrayList<>(before);
                getters.add(attribute.getPropertyAccess().getGetter());
                attribute(attribute, prefix + attribute.getAttributeName(), position, ofEntity, getters);
            }
        }

        void attribute(AttributeMapping attribute, String path, int position, boolean ofEntity, List<Getter> getters) {
            if (attribute instanceof EmbeddedAttributeMapping embedded) {
                attributes(embedded.getEmbeddableTypeDescriptor(), path + ".", position, ofEntity, getters);
            } else if (attribute instanceof ToOneAttributeMapping toOne
                    && !path.equals(parent)
                    && ownsColumn(toOne)
                    && mapping.of(toOne.getAssociatedEntityMappingType().getEntityName()) instanceof Sharded target) {
                found.add(new Reference(path, target, position, ofEntity, getters));
            }
        }

        /** Not the inverse side of a one-to-one, which the other entity's row points to. */
        private static boolean ownsColumn(ToOneAttributeMapping toOne) {
            return toOne.getSideNature() == ForeignKeyDescriptor.Nature.KEY;
        }
    }
}
