package io.hibernateshards.internal.plan;

import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.MappingModelExpressible;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.internal.SqmUtil;
import org.hibernate.query.sqm.spi.SqmParameterMappingModelResolutionAccess;
import org.hibernate.query.sqm.sql.SqmTranslation;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.sql.ast.tree.select.SelectStatement;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;

/**
 * The tree of SQL that Hibernate makes of a select, as it makes it itself when the query is run for the first time.
 *
 * @param bindings the values of its parameters
 */
public record Translated(SelectStatement statement, JdbcParameterBindings bindings) {
    /**
     * Translates and sends nothing.
     *
     * @param session any, for what it says of filters and fetch profiles
     */
    public static Translated of(
            SqmSelectStatement<?> tree,
            DomainParameterXref parameters,
            QueryParameterBindings values,
            QueryOptions options,
            SharedSessionContractImplementor session) {
        var factory = session.getFactory();
        SqmTranslation<SelectStatement> translation = factory.getQueryEngine()
                .getSqmTranslatorFactory()
                .createSelectTranslator(
                        tree,
                        options,
                        parameters,
                        values,
                        session.getLoadQueryInfluencers(),
                        factory.getSqlTranslationEngine(),
                        true)
                .translate();
        JdbcParameterBindings bindings = SqmUtil.createJdbcParameterBindings(
                values,
                parameters,
                SqmUtil.generateJdbcParamsXref(parameters, translation::getJdbcParamsBySqmParam),
                new SqmParameterMappingModelResolutionAccess() {
                    @Override
                    @SuppressWarnings({"unchecked", "NullAway"}) // Hibernate knows what to do without one
                    public <T> MappingModelExpressible<T> getResolvedMappingModelType(SqmParameter<T> parameter) {
                        return (MappingModelExpressible<T>) translation
                                .getSqmParameterMappingModelTypeResolutions()
                                .get(parameter);
                    }
                },
                session);
        parameters.clearExpansions(); // of lists, or the next run would have them twice
        return new Translated(translation.getSqlAst(), bindings);
    }
}
