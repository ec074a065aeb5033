package io.hibernateshards.samples.benchmarks;

import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.hibernate.query.SelectionQuery;

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

    List<Group> groups(long least) {
        try (Session session = factory.openSession()) {
            SelectionQuery<Object[]> query =
                    session.createSelectionQuery(Group.query("PlainAccount", least, ":least"), Object[].class);
            if (least > 0) {
                query.setParameter("least", least);
            }
            return query.getResultList().stream().map(Group::of).toList();
        }
    }

    void insert(PlainAccount account) {
        try (Session session = factory.openSession()) {
            session.beginTransaction();
            session.persist(account);
            session.getTransaction().commit();
        }
    }

    long update(long id, int n) {
        try (Session session = factory.openSession()) {
            session.beginTransaction();
            PlainAccount account = session.find(PlainAccount.class, id);
            account.setNote("note " + n);
            session.getTransaction().commit();
            return account.getScore();
        }
    }

    long transfer(long from, long to, long amount) {
        try (Session session = factory.openSession()) {
            session.beginTransaction();
            PlainAccount giver = session.find(PlainAccount.class, from);
            PlainAccount taker = session.find(PlainAccount.class, to);
            giver.setScore(giver.getScore() - amount);
            taker.setScore(taker.getScore() + amount);
            session.getTransaction().commit();
            return giver.getScore() + taker.getScore();
        }
    }

    @Override
    public void close() {
        factory.close();
    }
}
