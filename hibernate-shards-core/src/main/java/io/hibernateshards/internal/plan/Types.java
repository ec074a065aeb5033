package io.hibernateshards.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.BasicEntityIdentifierMapping;
import org.hibernate.metamodel.mapping.BasicValuedMapping;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.ModelPartContainer;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.domain.SqmFunctionRoot;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.expression.SqmCaseSearched;
import org.hibernate.query.sqm.tree.expression.SqmCaseSimple;
import org.hibernate.query.sqm.tree.expression.SqmCoalesce;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFunctionJoin;
import org.hibernate.type.CustomType;
import org.hibernate.type.descriptor.java.JavaType;
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
        return mapping == null || isMixed(expression) ? Optional.empty() : KeyOrder.of(mapping);
    }

    /** Whether an expression chooses among values of several types, of which Hibernate reads one and the server has another. */
    private static boolean isMixed(SqmExpression<?> expression) {
        List<SqmTypedNode<?>> choices = new ArrayList<>();
        if (expression instanceof SqmCaseSearched<?> searched) {
            searched.getWhenFragments().forEach(when -> choices.add(when.getResult()));
            choices.add(searched.getOtherwise());
        } else if (expression instanceof SqmCaseSimple<?, ?> simple) {
            simple.getWhenFragments().forEach(when -> choices.add(when.getResult()));
            choices.add(simple.getOtherwise());
        } else if (expression instanceof SqmCoalesce<?> coalesce) {
            choices.addAll(coalesce.getArguments());
        }
        return choices.stream()
                        .filter(Objects::nonNull)
                        .map(SqmTypedNode::getNodeJavaType)
                        .filter(Objects::nonNull)
                        .distinct()
                        .count()
                > 1;
    }

    /** The class of an expression's values, as the mapping has them; Object if it is not known. */
    Class<?> javaType(SqmExpression<?> expression) {
        JavaType<?> type = expression.getNodeJavaType();
        return type == null ? Object.class : type.getJavaTypeClass();
    }

    /** Whether values can be added here: numbers that no converter has made of others. */
    boolean isNumber(SqmExpression<?> expression) {
        JdbcMapping mapping = mapping(expression);
        return Number.class.isAssignableFrom(javaType(expression))
                && !isMixed(expression)
                && (mapping == null || mapping.getValueConverter() == null && !(mapping instanceof CustomType<?>));
    }

    /** Names the column that an expression is, for all queries; null for anything that is computed. */
    @Nullable
    String column(SqmExpression<?> expression) {
        ModelPart part = expression instanceof SqmPath<?> path ? part(path) : null;
        BasicEntityIdentifierMapping id = id(part);
        BasicValuedMapping basic = id != null ? id : part instanceof BasicValuedMapping one ? one : null;
        return basic instanceof SelectableMapping column && !column.isFormula()
                ? column.getContainingTableExpression() + "." + column.getSelectionExpression()
                : null;
    }

    /** The id's attribute of an entity that a path leads to, by which it is sorted; null for a value. */
    @Nullable
    String idOf(SqmPath<?> path) {
        BasicEntityIdentifierMapping id = id(part(path));
        return id == null ? null : id.getAttributeName();
    }

    /** Whether an association depends on the row that it leads to, or may lead to a missing row. */
    boolean mayFindNothing(SqmPath<?> path) {
        return part(path) instanceof ToOneAttributeMapping one
                && (one.hasNotFoundAction()
                        || one.getReferencedPropertyName() != null
                                && one.getSideNature() == ForeignKeyDescriptor.Nature.TARGET);
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
            if (id != null) {
                return id.getJdbcMapping();
            }
            if (!isOfFunction(path)) {
                return part instanceof BasicValuedMapping basic ? basic.getJdbcMapping() : null;
            }
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

    /** Whether it is a value of a row that a function yields, which no entity has. */
    private static boolean isOfFunction(SqmPath<?> path) {
        return path.getLhs() instanceof SqmFunctionJoin<?> || path.getLhs() instanceof SqmFunctionRoot<?>;
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
