package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.plan.Translated;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;

/** The SQL of a select, for people. */
final class SqlText {
    private SqlText() {}

    static String of(
            SqmSelectStatement<?> tree,
            DomainParameterXref parameters,
            QueryParameterBindings values,
            QueryOptions options,
            SharedSessionContractImplementor session) {
        Translated translated = Translated.of(tree, parameters, values, options, session);
        return session.getFactory()
                .getJdbcServices()
                .getJdbcEnvironment()
                .getSqlAstTranslatorFactory()
                .buildSelectTranslator(session.getFactory(), translated.statement())
                .translate(translated.bindings(), options)
                .getSqlString();
    }
}
