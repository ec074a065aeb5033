package io.hibernateshards.internal.scatter;

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

/** The SQL that Hibernate makes of a select, as it makes it itself when the query is run for the first time. */
final class SqlText {
    private SqlText() {}

    /**
     * Translates and sends nothing.
     *
     * @param session any, for what it says of filters and fetch profiles
     */
    static String of(
            SqmSelectStatement<?> statement,
            DomainParameterXref parameters,
            QueryParameterBindings bindings,
            QueryOptions options,
            SharedSessionContractImplementor session) {
        var factory = session.getFactory();
        SqmTranslation<SelectStatement> translation = factory.getQueryEngine()
                .getSqmTranslatorFactory()
                .createSelectTranslator(
                        statement,
                        options,
                        parameters,
                        bindings,
                        session.getLoadQueryInfluencers(),
                        factory.getSqlTranslationEngine(),
                        true)
                .translate();
        var jdbcParameters = SqmUtil.createJdbcParameterBindings(
                bindings,
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
        return factory.getJdbcServices()
                .getJdbcEnvironment()
                .getSqlAstTranslatorFactory()
                .buildSelectTranslator(factory, translation.getSqlAst())
                .translate(jdbcParameters, options)
                .getSqlString();
    }
}
