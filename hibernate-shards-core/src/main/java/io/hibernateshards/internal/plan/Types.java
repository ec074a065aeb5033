package io.hibernateshards.internal.plan;

import java.util.Optional;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.BasicEntityIdentifierMapping;
import org.hibernate.metamodel.mapping.BasicValuedMapping;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.ModelPartContainer;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.jspecify.annotations.Nullable;

/** The mapped type of an expression. */
final class Types {
    private final SessionFactoryImplementor factory;

    Types(SessionFactoryImplementor factory) {
        this.factory = factory;
    }

    /** How an expression's values compare; empty if that is not known to be the server's order. */
    Optional<KeyOrder> order(SqmExpression<?> expression) {
        JdbcMapping mapping = mapping(expression);
        return mapping == null ? Optional.empty() : KeyOrder.of(mapping);
    }

    /** The id's attribute of an entity that a path leads to, by which it is sorted; null for a value. */
    @Nullable
    String idOf(SqmPath<?> path) {
        BasicEntityIdentifierMapping id = id(part(path));
        return id == null ? null : id.getAttributeName();
    }

    static boolean isEntity(SqmPath<?> path) {
        return type(path) instanceof EntityDomainType<?>;
    }

    static String entityName(SqmPath<?> path) {
        return type(path) instanceof EntityDomainType<?> entity ? entity.getHibernateEntityName() : "";
    }

    private static @Nullable Object type(SqmPath<?> path) {
        return path instanceof SqmTreatedPath<?, ?> treated
                ? treated.getTreatTarget()
                : path.getReferencedPathSource().getPathType();
    }

    private static @Nullable BasicEntityIdentifierMapping id(@Nullable ModelPart part) {
        EntityMappingType entity = part instanceof EntityMappingType type
                ? type
                : part instanceof ToOneAttributeMapping one && one.isReferenceToPrimaryKey()
                        ? one.getEntityMappingType()
                        : null;
        return entity != null && entity.getIdentifierMapping() instanceof BasicEntityIdentifierMapping id ? id : null;
    }

    private @Nullable JdbcMapping mapping(SqmExpression<?> expression) {
        if (expression instanceof SqmPath<?> path) {
            ModelPart part = part(path);
            BasicEntityIdentifierMapping id = id(part);
            return id != null
                    ? id.getJdbcMapping()
                    : part instanceof BasicValuedMapping basic ? basic.getJdbcMapping() : null;
        }
        var type = expression.getExpressible();
        if (type instanceof JdbcMapping mapping) {
            return mapping;
        }
        if (type != null && type.getSqmType() instanceof JdbcMapping mapping) {
            return mapping;
        }
        return null;
    }

    private @Nullable ModelPart part(SqmPath<?> path) {
        if (path instanceof SqmFrom<?, ?> from) {
            return entity(from);
        }
        SqmPath<?> above = path.getLhs();
        if (above == null) {
            return null;
        }
        ModelPart container = part(above);
        return container instanceof ModelPartContainer parts
                ? parts.findSubPart(path.getReferencedPathSource().getPathName(), null)
                : null;
    }

    private @Nullable ModelPart entity(SqmFrom<?, ?> from) {
        return from.getReferencedPathSource().getPathType() instanceof EntityDomainType<?> entity
                ? factory.getMappingMetamodel().getEntityDescriptor(entity.getHibernateEntityName())
                : from.getLhs() != null && part(from.getLhs()) instanceof ModelPartContainer parts
                        ? element(
                                parts.findSubPart(from.getReferencedPathSource().getPathName(), null))
                        : null;
    }

    private static @Nullable ModelPart element(@Nullable ModelPart part) {
        return part instanceof PluralAttributeMapping collection ? collection.getElementDescriptor() : part;
    }
}
