package io.hibernateshards.oracle;

import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.hibernate.SessionFactory;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.grammars.hql.HqlParser;
import org.hibernate.query.hql.HqlTranslator;
import org.hibernate.query.hql.internal.HqlParseTreeBuilder;
import org.hibernate.query.hql.internal.SemanticQueryBuilder;
import org.hibernate.query.hql.internal.StandardHqlTranslator;
import org.hibernate.query.sqm.internal.SqmCreationOptionsStandard;
import org.hibernate.query.sqm.spi.SqmCreationContext;
import org.hibernate.query.sqm.tree.SqmStatement;

/**
 * Hibernate's parse tree of a text, read by both sides: parsing random texts, no two of them alike, would be a third of
 * the oracle's time. What the tree means is worked out by each side for itself.
 */
public final class ParsedOnce implements HqlTranslator {
    private record Parsed(String hql, HqlParser.StatementContext tree) {}

    private static final ThreadLocal<Parsed> LAST = new ThreadLocal<>();

    private SqmCreationContext context;
    private SqmCreationOptionsStandard options;

    /** Hibernate makes one by its name, before there is a factory. */
    static void belongTo(SessionFactory sessionFactory) {
        SessionFactoryImplementor factory = sessionFactory.unwrap(SessionFactoryImplementor.class);
        ParsedOnce translator = (ParsedOnce) factory.getQueryEngine().getHqlTranslator();
        translator.context = factory.getQueryEngine().getCriteriaBuilder();
        translator.options = new SqmCreationOptionsStandard(factory.getSessionFactoryOptions());
    }

    @Override
    public <R> SqmStatement<R> translate(String hql, Class<R> resultType) {
        HqlParser.StatementContext tree = tree(hql);
        if (tree != null) {
            try {
                return SemanticQueryBuilder.buildSemanticModel(tree, resultType, options, context, hql);
            } catch (RuntimeException e) {
                // said below, in Hibernate's words
            }
        }
        return new StandardHqlTranslator(context, options).translate(hql, resultType);
    }

    /** Null for a text that wants Hibernate's slower way. */
    private static HqlParser.StatementContext tree(String hql) {
        Parsed last = LAST.get();
        if (last == null || !last.hql.equals(hql)) {
            last = new Parsed(hql, parse(hql));
            LAST.set(last);
        }
        return last.tree;
    }

    private static HqlParser.StatementContext parse(String hql) {
        HqlParser parser =
                HqlParseTreeBuilder.INSTANCE.buildHqlParser(hql, HqlParseTreeBuilder.INSTANCE.buildHqlLexer(hql));
        parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
        parser.removeErrorListeners();
        parser.setErrorHandler(new BailErrorStrategy());
        try {
            return parser.statement();
        } catch (ParseCancellationException e) {
            return null;
        }
    }
}
