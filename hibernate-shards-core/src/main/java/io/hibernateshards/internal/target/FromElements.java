package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.ModelPartContainer;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.ValuedModelPart;
import org.hibernate.metamodel.mapping.internal.EntityCollectionPart;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.metamodel.model.domain.PluralPersistentAttribute;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.sqm.tree.SqmJoinType;
import org.hibernate.query.sqm.tree.domain.SqmFkExpression;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmPathWrapper;
import org.hibernate.query.sqm.tree.domain.SqmSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmJoin;
import org.jspecify.annotations.Nullable;

/** The from elements of one statement, and which of them a path leads to. */
final class FromElements {
    /** A path that says where the rows of an element are. */
    record Located(FromElement element, Locator locator) {}

    private final ShardMapping mapping;
    private final SessionFactoryImplementor factory;
    private final IdentityHashMap<SqmFrom<?, ?>, FromElement> byFrom = new IdentityHashMap<>();
    private final List<FromElement> placed = new ArrayList<>();

    FromElements(ShardMapping mapping, SessionFactoryImplementor factory) {
        this.mapping = mapping;
        this.factory = factory;
    }

    /** All but references, which are on every shard and restrict nothing. */
    List<FromElement> placed() {
        return placed;
    }

    EntityPlacement placement(String entityName) {
        return mapping.of(entityName);
    }

    List<LookupAttribute> lookups(String entityName) {
        return mapping.lookups(entityName);
    }

    FromElement add(Scope scope, String entityName, boolean optional) {
        FromElement element = new FromElement(scope, mapping.of(entityName), placed.size(), optional);
        if (!(element.placement instanceof Reference)) {
            placed.add(element);
        }
        return element;
    }

    void register(SqmFrom<?, ?> from, FromElement element) {
        byFrom.put(from, element);
    }

    @Nullable
    FromElement of(SqmFrom<?, ?> from) {
        return byFrom.get(from);
    }

    /**
     * The element on whose shard the row is that a path reads; null for one without rows to be placed. An association
     * that may lead to another shard adds an element of its own.
     */
    @Nullable
    FromElement home(SqmPath<?> path, Scope scope) {
        if (path instanceof SqmFrom<?, ?> from && byFrom.containsKey(from)) {
            return byFrom.get(from);
        }
        if (path instanceof SqmPathWrapper<?, ?> wrapper && wrapper.getWrappedPath() != path) {
            return home(wrapper.getWrappedPath(), scope);
        }
        SqmPath<?> from = path.getLhs();
        if (from == null) {
            return null;
        }
        String entity = entityName(path);
        boolean plural = path.getReferencedPathSource() instanceof PluralPersistentAttribute<?, ?, ?>;
        if (path instanceof SqmFkExpression<?> || entity == null && !plural) {
            return isForeignKey(from) && isIdOf(from, path) ? homeOfForeignKey(from, scope) : home(from, scope);
        }
        if (entity != null && mapping.of(entity) instanceof Reference
                || name(path).equals("{element}")) {
            return home(from, scope);
        }
        if (isColocated(path)) {
            return home(from, scope);
        }
        home(from, scope);
        String owner = entity != null ? entity : ownerName(path);
        return owner == null ? null : add(scope, owner, true);
    }

    /** Like {@link #home}, for a path that is only compared: a to-one association is then a column of its owner. */
    @Nullable
    FromElement homeOfForeignKey(SqmPath<?> path, Scope scope) {
        SqmPath<?> from = path.getLhs();
        return from != null && path instanceof SqmSimplePath<?> && isForeignKey(path)
                ? home(from, scope)
                : home(path, scope);
    }

    /** Whether an attribute, or the join along it, leads to nothing but rows on the same shard. */
    boolean isColocated(SqmPath<?> path) {
        String owner = ownerName(path);
        return owner != null && mapping.isColocated(owner, String.join(".", namesFromOwner(path)));
    }

    /** What the value of an expression says about the place of a row; null if nothing. */
    @Nullable
    Located located(SqmExpression<?> expression) {
        List<String> names = new ArrayList<>();
        FromElement element = elementOf(expression, names);
        Locator locator = element != null && element.placement instanceof Sharded sharded
                ? Locator.at(mapping, factory, sharded, names)
                : null;
        return element == null || locator == null ? null : new Located(element, locator);
    }

    /** An attribute of an element, or of one that it lives with, that has a lookup. */
    record LookedUp(FromElement element, LookupAttribute attribute) {}

    /** The attribute that an expression is, if it has a lookup. */
    @Nullable
    LookedUp lookedUp(SqmExpression<?> expression) {
        List<String> names = new ArrayList<>();
        FromElement element = elementOf(expression, names);
        if (element == null || !(element.placement instanceof Sharded placement)) {
            return null;
        }
        String path = String.join(".", names);
        Sharded at = placement;
        while (at.key() instanceof ParentKey parent
                && path.startsWith(parent.association() + ".")
                && mapping.of(parent.parentEntity()) instanceof Sharded above) {
            path = path.substring(parent.association().length() + 1);
            at = above;
        }
        String rest = path;
        return mapping.lookups(at.entityName()).stream()
                .filter(attribute -> attribute.path().equals(rest))
                .findFirst()
                .map(attribute -> new LookedUp(element, attribute))
                .orElse(null);
    }

    /**
     * The element that a path begins with.
     *
     * @param names gets the attributes from there on
     */
    private @Nullable FromElement elementOf(SqmExpression<?> expression, List<String> names) {
        SqmPath<?> at = expression instanceof SqmPath<?> path ? path : null;
        while (at != null) {
            FromElement element = at instanceof SqmFrom<?, ?> from ? byFrom.get(from) : null;
            if (element != null) {
                return element;
            }
            if (at instanceof SqmPathWrapper<?, ?> wrapper) {
                at = wrapper.getWrappedPath() == at ? null : wrapper.getWrappedPath();
            } else if (at instanceof SqmFkExpression<?>) {
                names.add(0, "{id}");
                at = at.getLhs();
            } else if (at instanceof SqmSimplePath<?> || at instanceof SqmFrom<?, ?>) {
                names.add(0, name(at));
                at = at.getLhs();
            } else {
                return null;
            }
        }
        return null;
    }

    /** The attributes from the entity on that has them. */
    List<String> namesFromOwner(SqmPath<?> path) {
        List<String> names = new ArrayList<>();
        SqmPath<?> at = path;
        while (at != null && (at == path || entityName(at) == null)) {
            if (at instanceof SqmPathWrapper<?, ?> wrapper && wrapper.getWrappedPath() != at) {
                at = wrapper.getWrappedPath();
            }
            names.add(0, name(at));
            at = at.getLhs();
        }
        return names;
    }

    /** The entity that a path or a join yields; null for a value. */
    @Nullable
    String entityName(SqmPath<?> path) {
        Object type = path instanceof SqmTreatedPath<?, ?> treated
                ? treated.getTreatTarget()
                : path.getReferencedPathSource() instanceof PluralPersistentAttribute<?, ?, ?> plural
                        ? plural.getElementType()
                        : path.getReferencedPathSource().getPathType();
        return type instanceof EntityDomainType<?> entity ? entity.getHibernateEntityName() : null;
    }

    /**
     * How SQL joins. Hibernate renders the join of a collection with soft deletion, or of elements that have it, as a left
     * join, whatever the query says.
     */
    SqmJoinType joinType(SqmJoin<?, ?> join) {
        String owner =
                join.getReferencedPathSource() instanceof PluralPersistentAttribute<?, ?, ?> ? ownerName(join) : null;
        ModelPart part = owner == null ? null : persister(owner).findByPath(String.join(".", namesFromOwner(join)));
        return part instanceof PluralAttributeMapping collection && hasSoftDelete(collection)
                ? SqmJoinType.LEFT
                : join.getSqmJoinType();
    }

    private static boolean hasSoftDelete(PluralAttributeMapping collection) {
        return collection.getSoftDeleteMapping() != null
                || collection.getElementDescriptor() instanceof EntityCollectionPart part
                        && part.getAssociatedEntityMappingType().getSoftDeleteMapping() != null;
    }

    private @Nullable String ownerName(SqmPath<?> path) {
        SqmPath<?> at = path.getLhs();
        while (at != null && entityName(at) == null) {
            at = at.getLhs();
        }
        return at == null ? null : entityName(at);
    }

    private boolean isForeignKey(SqmPath<?> path) {
        String owner = entityName(path) == null ? null : ownerName(path);
        return owner != null
                && persister(owner).findByPath(String.join(".", namesFromOwner(path)))
                        instanceof ToOneAttributeMapping one
                && one.getSideNature() == ForeignKeyDescriptor.Nature.KEY;
    }

    boolean isIdOf(SqmPath<?> association, SqmPath<?> path) {
        String entity = entityName(association);
        return path instanceof SqmFkExpression<?> || entity != null && Locator.isId(persister(entity), name(path));
    }

    /** Whether two attributes of an entity are in one column, at least a part of them. */
    boolean shareColumn(String entityName, String one, String other) {
        Set<String> columns = columns(entityName, one);
        columns.retainAll(columns(entityName, other));
        return !columns.isEmpty();
    }

    private Set<String> columns(String entityName, String path) {
        Set<String> columns = new HashSet<>();
        ModelPart at = persister(entityName);
        for (String name : path.split("\\.", -1)) {
            at = at instanceof ModelPartContainer container ? container.findSubPart(name, null) : null;
        }
        if (at instanceof ValuedModelPart part) {
            part.forEachSelectable((position, column) -> {
                if (!column.isFormula()) {
                    columns.add(column.getContainingTableExpression() + "." + column.getSelectionExpression());
                }
            });
        }
        return columns;
    }

    private EntityPersister persister(String entityName) {
        return factory.getMappingMetamodel().getEntityDescriptor(entityName);
    }

    private static String name(SqmPath<?> path) {
        return path.getReferencedPathSource().getPathName();
    }
}
