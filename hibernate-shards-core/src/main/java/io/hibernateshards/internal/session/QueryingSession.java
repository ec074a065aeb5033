package io.hibernateshards.internal.session;

import io.hibernateshards.ShardedQuery;
import io.hibernateshards.internal.scatter.QueryPlan;
import io.hibernateshards.internal.scatter.ShardAccess;
import io.hibernateshards.internal.scatter.ShardedQueryImpl;
import io.hibernateshards.internal.sql.ShardedNativeQuery;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.TypedQueryReference;
import jakarta.persistence.criteria.CriteriaDelete;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.CriteriaUpdate;
import java.util.function.Supplier;
import org.hibernate.HibernateException;
import org.hibernate.LockMode;
import org.hibernate.QueryException;
import org.hibernate.SharedSessionContract;
import org.hibernate.UnknownEntityTypeException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.graph.GraphSemantic;
import org.hibernate.query.IllegalMutationQueryException;
import org.hibernate.query.IllegalSelectQueryException;
import org.hibernate.query.MutationQuery;
import org.hibernate.query.NativeQuery;
import org.hibernate.query.Query;
import org.hibernate.query.SelectionQuery;
import org.hibernate.query.UnknownNamedQueryException;
import org.hibernate.query.criteria.CriteriaDefinition;
import org.hibernate.query.criteria.JpaCriteriaInsert;
import org.hibernate.query.named.NamedObjectRepository;
import org.hibernate.query.named.NamedResultSetMappingMemento;
import org.hibernate.query.specification.internal.MutationSpecificationImpl;
import org.hibernate.query.specification.internal.SelectionSpecificationImpl;
import org.hibernate.query.sql.spi.NamedNativeQueryMemento;
import org.hibernate.query.sqm.spi.NamedSqmQueryMemento;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.jspecify.annotations.Nullable;

/**
 * Makes queries. HQL and criteria are routed when they run; SQL is text to this library, and goes where its hints say.
 */
@SuppressWarnings({"deprecation", "removal", "rawtypes", "unchecked"})
abstract class QueryingSession<S extends SharedSessionContractImplementor>
        implements SharedSessionContract, ShardAccess {
    private static final long serialVersionUID = 1L;

    /** The cure where Hibernate's specifications would create a query of their own for the session. */
    static final String REFERENCE =
            ". For a query of a specification pass its reference: session.createQuery(specification.reference())";

    @Override
    public abstract S template();

    /** The only child that can be meant where an operation does not say which shard. */
    abstract S singleShard(String operation);

    private SessionFactoryImplementor factory() {
        return template().getFactory();
    }

    // ---- HQL

    private <R> ShardedQueryImpl<R> ofHql(String hql, @Nullable Class<R> resultType) {
        checkOpen();
        try {
            return new ShardedQueryImpl<>(hql, plans().ofHql(hql, resultType), resultType, this);
        } catch (RuntimeException e) {
            markRollbackOnly();
            throw template().getExceptionConverter().convert(e);
        }
    }

    @Override
    public ShardedQuery createQuery(String hql) {
        return ofHql(hql, null);
    }

    @Override
    public <R> ShardedQuery<R> createQuery(String hql, Class<R> resultType) {
        return ofHql(hql, resultType);
    }

    @Override
    public SelectionQuery<?> createSelectionQuery(String hql) {
        return selection(hql, null);
    }

    @Override
    public <R> SelectionQuery<R> createSelectionQuery(String hql, Class<R> resultType) {
        return selection(hql, resultType);
    }

    @Override
    public <R> SelectionQuery<R> createSelectionQuery(String hql, EntityGraph<R> graph) {
        Class<R> type =
                ((org.hibernate.graph.RootGraph<R>) graph).getGraphedType().getJavaType();
        return selection(hql, type).setEntityGraph(graph, GraphSemantic.LOAD);
    }

    /** Hibernate does not convert the exceptions of these. */
    private <R> ShardedQueryImpl<R> selection(String hql, @Nullable Class<R> resultType) {
        checkOpen();
        try {
            QueryPlan plan = plans().ofHql(hql, resultType);
            if (!plan.isSelect()) {
                throw new IllegalSelectQueryException("Expecting a selection query, but found '" + hql + "'", hql);
            }
            return new ShardedQueryImpl<>(hql, plan, resultType, this);
        } catch (RuntimeException e) {
            markRollbackOnly();
            throw e;
        }
    }

    @Override
    public MutationQuery createMutationQuery(String hql) {
        ShardedQueryImpl<?> query = ofHql(hql, null);
        if (!(query.getSqmStatement() instanceof SqmDmlStatement)) {
            throw new IllegalMutationQueryException("Expecting a mutation query, but found '" + hql + "'");
        }
        return query;
    }

    // ---- criteria

    private <R> ShardedQueryImpl<R> ofTree(SqmStatement<R> tree, @Nullable Class<R> resultType) {
        return new ShardedQueryImpl<>(tree, resultType, this);
    }

    private <T> T converted(Supplier<T> query) {
        checkOpen();
        try {
            return query.get();
        } catch (RuntimeException e) {
            throw converted(e);
        }
    }

    /** Converts an exception; a query that is wrong does not have the transaction rolled back, anything else does. */
    private RuntimeException converted(RuntimeException e) {
        if (!(e instanceof QueryException)) {
            markRollbackOnly();
        }
        return template().getExceptionConverter().convert(e);
    }

    @Override
    public <R> ShardedQuery<R> createQuery(CriteriaQuery<R> criteria) {
        checkOpen();
        if (criteria instanceof CriteriaDefinition<R> definition) {
            return (ShardedQuery<R>) definition.createSelectionQuery(this);
        }
        return converted(() -> {
            SqmSelectStatement<R> select = (SqmSelectStatement<R>) criteria;
            if (select.getQueryPart() instanceof SqmQuerySpec<?> spec
                    && spec.getSelectClause().getSelections().isEmpty()
                    && spec.getFromClause().getRoots().size() == 1) {
                spec.getSelectClause()
                        .setSelection(spec.getFromClause().getRoots().get(0));
            }
            return ofTree(select, criteria.getResultType());
        });
    }

    @Override
    public <R> SelectionQuery<R> createSelectionQuery(CriteriaQuery<R> criteria) {
        return createQuery(criteria);
    }

    @Override
    public Query createQuery(CriteriaUpdate update) {
        return converted(() -> ofTree((SqmStatement<?>) update, null));
    }

    @Override
    public Query createQuery(CriteriaDelete delete) {
        return converted(() -> ofTree((SqmStatement<?>) delete, null));
    }

    @Override
    public MutationQuery createMutationQuery(CriteriaUpdate update) {
        return createQuery(update);
    }

    @Override
    public MutationQuery createMutationQuery(CriteriaDelete delete) {
        return createQuery(delete);
    }

    @Override
    public MutationQuery createMutationQuery(JpaCriteriaInsert insert) {
        return converted(() -> ofTree((SqmStatement<?>) insert, null));
    }

    // ---- named

    @Override
    public <R> ShardedQuery<R> createQuery(TypedQueryReference<R> reference) {
        checkOpen();
        if (reference instanceof SelectionSpecificationImpl<R> selection) {
            return ofTree((SqmStatement<R>) selection.buildCriteria(getCriteriaBuilder()), selection.getResultType());
        }
        if (reference instanceof MutationSpecificationImpl<?> mutation) {
            return ofTree((SqmStatement<R>) mutation.buildCriteria(getCriteriaBuilder()), null);
        }
        ShardedQueryImpl<R> query =
                sqm(reference.getName(), (Class<R>) reference.getResultType(), "createQuery(TypedQueryReference)");
        reference.getHints().forEach(query::setHint);
        return query;
    }

    @Override
    public Query createNamedQuery(String name) {
        return named(name, null);
    }

    @Override
    public <R> Query<R> createNamedQuery(String name, Class<R> resultType) {
        if (resultType == null) {
            throw new IllegalArgumentException("Result class is null");
        }
        return named(name, resultType);
    }

    @Override
    public Query getNamedQuery(String name) {
        return createNamedQuery(name);
    }

    private <R> Query<R> named(String name, @Nullable Class<R> resultType) {
        checkOpen();
        try {
            return isNative(name) ? namedSql(name, resultType) : sqm(name, resultType, "createNamedQuery");
        } catch (UnknownNamedQueryException e) {
            markRollbackOnly();
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (HibernateException e) {
            throw converted(e);
        }
    }

    @Override
    public SelectionQuery<?> createNamedSelectionQuery(String name) {
        return createNamedSelectionQuery(name, null);
    }

    @Override
    public <R> SelectionQuery<R> createNamedSelectionQuery(String name, @Nullable Class<R> resultType) {
        checkOpen();
        if (isNative(name)) {
            return namedSql(name, resultType);
        }
        NamedSqmQueryMemento<?> memento = named().getSqmQueryMemento(name);
        if (memento != null && !isSelect(memento)) {
            throw new IllegalSelectQueryException(
                    "Expecting a named selection query '" + name + "', but found a mutation", memento.getHqlString());
        }
        return sqm(name, resultType, "createNamedSelectionQuery");
    }

    @Override
    public MutationQuery createNamedMutationQuery(String name) {
        checkOpen();
        if (isNative(name)) {
            ShardedNativeQuery<?> query = namedSql(name, null);
            if (Boolean.TRUE.equals(query.isSelectQuery())) {
                throw new IllegalMutationQueryException("Expecting named native query (" + name
                        + ") to be a mutation query, but found `" + query.getQueryString() + "`");
            }
            return query;
        }
        ShardedQueryImpl<?> query = sqm(name, null, "createNamedMutationQuery");
        if (!(query.getSqmStatement() instanceof SqmDmlStatement)) {
            throw new IllegalMutationQueryException(
                    "Expecting a named mutation query '" + name + "', but found a select statement");
        }
        return query;
    }

    private boolean isSelect(NamedSqmQueryMemento<?> memento) {
        return memento.getSqmStatement() == null
                ? plans().ofHql(memento.getHqlString(), null).isSelect()
                : memento.getSqmStatement() instanceof SqmSelectStatement;
    }

    private boolean isNative(String name) {
        return named().getNativeQueryMemento(name) != null;
    }

    private <R> ShardedNativeQuery<R> namedSql(String name, @Nullable Class<R> resultType) {
        NamedNativeQueryMemento<?> memento = nativeMemento(name);
        return new ShardedNativeQuery<>(
                memento, resultType == null ? (Class<R>) memento.getResultType() : resultType, this);
    }

    private <R> ShardedQueryImpl<R> sqm(String name, @Nullable Class<R> resultType, String operation) {
        NamedSqmQueryMemento<?> memento = named().getSqmQueryMemento(name);
        if (memento == null) {
            if (isNative(name)) {
                throw Refusals.operation(
                        operation, "\"" + name + "\" is a native query", "use createNamedQuery(name, type)");
            }
            throw new UnknownNamedQueryException(name);
        }
        ShardedQueryImpl<R> query = memento.getHqlString() == null || memento.getSqmStatement() != null
                ? new ShardedQueryImpl<>(memento, (SqmStatement<R>) memento.getSqmStatement(), resultType, this)
                : new ShardedQueryImpl<>(memento, resultType, this);
        if (memento.getLockOptions() != null) {
            query.setLockOptions(memento.getLockOptions());
        }
        return query;
    }

    // ---- SQL

    @Override
    public NativeQuery createNativeQuery(String sql) {
        return ofSql(sql, null);
    }

    @Override
    public <R> NativeQuery<R> createNativeQuery(String sql, Class<R> resultType) {
        return ofSql(sql, resultType);
    }

    private <R> ShardedNativeQuery<R> ofSql(String sql, @Nullable Class<R> resultType) {
        return converted(() -> new ShardedNativeQuery<>(sql, resultType, this));
    }

    @Override
    public <R> NativeQuery<R> createNativeQuery(String sql, Class<R> resultType, String tableAlias) {
        ShardedNativeQuery<R> query = ofSql(sql, resultType);
        if (!factory().getMappingMetamodel().isEntityClass(resultType)) {
            throw new UnknownEntityTypeException(resultType);
        }
        query.addEntity(tableAlias, resultType, LockMode.READ);
        return query;
    }

    @Override
    public NativeQuery createNativeQuery(String sql, String resultSetMapping) {
        return mapped(sql, resultSetMapping, null);
    }

    @Override
    public <R> NativeQuery<R> createNativeQuery(String sql, String resultSetMapping, Class<R> resultType) {
        return mapped(sql, resultSetMapping, resultType);
    }

    private <R> ShardedNativeQuery<R> mapped(String sql, String mapping, @Nullable Class<R> resultType) {
        checkOpen();
        if (mapping == null || mapping.isEmpty()) {
            throw new IllegalArgumentException("Result set mapping name was not specified");
        }
        return converted(() -> {
            NamedResultSetMappingMemento memento = named().getResultSetMappingMemento(mapping);
            if (memento == null) {
                throw new HibernateException("No result set mapping with given name '" + mapping + "'");
            }
            return new ShardedNativeQuery<>(sql, memento, resultType, this);
        });
    }

    @Override
    public MutationQuery createNativeMutationQuery(String sql) {
        ShardedNativeQuery<?> query = ofSql(sql, null);
        if (Boolean.TRUE.equals(query.isSelectQuery())) {
            throw new IllegalMutationQueryException("Expecting a native mutation query, but found `" + sql + "`");
        }
        return query;
    }

    @Override
    public NativeQuery getNamedNativeQuery(String name) {
        checkOpen();
        NamedNativeQueryMemento<?> memento = nativeMemento(name);
        return new ShardedNativeQuery<>(memento, memento.getResultType(), this);
    }

    @Override
    public NativeQuery getNamedNativeQuery(String name, String resultSetMapping) {
        checkOpen();
        return new ShardedNativeQuery<>(nativeMemento(name), resultSetMapping, this);
    }

    private NamedNativeQueryMemento<?> nativeMemento(String name) {
        NamedNativeQueryMemento<?> memento = named().getNativeQueryMemento(name);
        if (memento == null) {
            throw converted(new IllegalArgumentException("No query with given name '" + name + "'"));
        }
        return memento;
    }

    private NamedObjectRepository named() {
        return factory().getQueryEngine().getNamedObjectRepository();
    }
}
