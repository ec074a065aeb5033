package io.hibernateshards.spring.test;

import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Query;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Entry to assertions about the shards that queries ask, in the manner of AssertJ:
 *
 * <pre>{@code
 * assertThatQuery(factory, "select c from City c where c.country.code = :code").with("code", "SE").asksOneShard();
 * }</pre>
 *
 * @since 0.1
 */
public final class ShardAssertions {
    private ShardAssertions() {}

    /**
     * A query in HQL or JPQL. It is planned and not run: no rows are needed.
     *
     * @param factory of a sharded application; a proxy of Spring is fine
     * @param hql a query or a statement that writes
     * @return assertions
     */
    public static QueryAssert assertThatQuery(EntityManagerFactory factory, String hql) {
        ShardedSessionFactory sharded = factory.unwrap(ShardedSessionFactory.class);
        return new QueryAssert(hql, sharded.getTopology(), parameters -> explained(sharded, hql, parameters));
    }

    /**
     * As {@link #assertThatQuery(EntityManagerFactory, String)}.
     *
     * @param entityManager of a sharded application; a proxy of Spring is fine
     * @param hql a query or a statement that writes
     * @return assertions
     */
    public static QueryAssert assertThatQuery(EntityManager entityManager, String hql) {
        return assertThatQuery(entityManager.getEntityManagerFactory(), hql);
    }

    /**
     * A query object with its parameters, pages and hints, of criteria for example. It is planned and not run.
     *
     * @param factory of a sharded application; a proxy of Spring is fine
     * @param query of an entity manager of that factory that is open; no native one
     * @return assertions
     */
    public static QueryAssert assertThatQuery(EntityManagerFactory factory, Query query) {
        ShardedQuery<?> sharded = query.unwrap(ShardedQuery.class);
        return new QueryAssert(
                sharded.getQueryString(),
                factory.unwrap(ShardedSessionFactory.class).getTopology(),
                parameters -> {
                    bind(sharded, parameters);
                    return sharded.explain();
                });
    }

    /**
     * Work in a session of its own, in a transaction that is rolled back.
     *
     * @param factory of a sharded application; a proxy of Spring is fine
     * @param work what to do
     * @return assertions
     */
    public static WorkAssert assertThatWork(EntityManagerFactory factory, Consumer<ShardedSession> work) {
        try (ShardedSession session =
                factory.unwrap(ShardedSessionFactory.class).openSession()) {
            session.beginTransaction();
            try {
                work.accept(session);
                session.flush();
                return WorkAssert.of(session.usedShards());
            } finally {
                session.getTransaction().rollback();
            }
        }
    }

    /**
     * Work of repositories and services, in the transaction of Spring that the caller is in. Nothing may have been done in
     * that before.
     *
     * @param entityManager Spring's own, as it is injected
     * @param work what to do
     * @return assertions
     */
    public static WorkAssert assertThatWork(EntityManager entityManager, Runnable work) {
        ShardedSession session = entityManager.unwrap(ShardedSession.class);
        if (!session.usedShards().isEmpty()) {
            throw new IllegalStateException("the transaction has asked " + session.usedShards()
                    + " already, so it cannot be told what the work asks: begin a new one for it");
        }
        work.run();
        if (session.isJoinedToTransaction()) {
            session.flush();
        }
        return WorkAssert.of(session.usedShards());
    }

    @SuppressWarnings("deprecation") // the only way to make a query of what may be a select or not
    private static String explained(ShardedSessionFactory factory, String hql, Map<String, Object> parameters) {
        try (ShardedSession session = factory.openSession()) {
            org.hibernate.query.Query<?> query = session.createQuery(hql);
            bind(query, parameters);
            return query.unwrap(ShardedQuery.class).explain();
        }
    }

    private static void bind(Query query, Map<String, Object> parameters) {
        parameters.forEach((name, value) -> {
            if (name.chars().allMatch(Character::isDigit)) {
                query.setParameter(Integer.parseInt(name), value);
            } else {
                query.setParameter(name, value);
            }
        });
    }
}
