package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;

/** An ordinary session factory and what an application would do with it. */
final class PlainHibernate implements AutoCloseable {
    private final SessionFactory factory;

    PlainHibernate(DataSource source) {
        this(source, Map.of());
    }

    PlainHibernate(DataSource source, Map<String, Object> settings) {
        Configuration configuration = new Configuration().addAnnotatedClass(PlainAccount.class);
        configuration.getProperties().put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, source);
        configuration.getProperties().putAll(settings);
        if (source instanceof HikariDataSource pool && !pool.isAutoCommit()) {
            configuration.setProperty(AvailableSettings.CONNECTION_PROVIDER_DISABLES_AUTOCOMMIT, true);
        }
        factory = configuration.buildSessionFactory();
    }

    PlainAccount find(long id) {
        try (Session session = factory.openSession()) {
            return session.find(PlainAccount.class, id);
        }
    }

    PlainAccount byKey(long id) {
        try (Session session = factory.openSession()) {
            return session.createQuery("from PlainAccount where id = :id", PlainAccount.class)
                    .setParameter("id", id)
                    .getSingleResult();
        }
    }

    List<PlainAccount> page(int offset, int rows) {
        try (Session session = factory.openSession()) {
            return session.createQuery("from PlainAccount order by score desc, id", PlainAccount.class)
                    .setFirstResult(offset)
                    .setMaxResults(rows)
                    .getResultList();
        }
    }

    List<Group> groups() {
        try (Session session = factory.openSession()) {
            return session
                    .createQuery(
                            "select category, count(*), sum(score), max(score) from PlainAccount"
                                    + " group by category order by category",
                            Object[].class)
                    .getResultList()
                    .stream()
                    .map(Group::of)
                    .toList();
        }
    }

    void insert(PlainAccount account) {
        try (Session session = factory.openSession()) {
            session.beginTransaction();
            session.persist(account);
            session.getTransaction().commit();
        }
    }

    @Override
    public void close() {
        factory.close();
    }
}
