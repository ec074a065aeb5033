package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import java.util.List;
import java.util.Objects;
import org.hibernate.query.SelectionQuery;

/**
 * This library.
 *
 * @param readsOnly whether finds are made in sessions that only read
 */
record ShardedContestant(ShardedSessionFactory factory, boolean readsOnly) implements Contestant {
    ShardedContestant(ShardedSessionFactory factory) {
        this(factory, false);
    }

    @Override
    public long find(long id) {
        try (ShardedSession session =
                readsOnly ? factory.withOptions().readOnly(true).openSession() : factory.openSession()) {
            return session.find(Account.class, id).getScore();
        }
    }

    @Override
    public long byKey(long id) {
        try (ShardedSession session = factory.openSession()) {
            return session.createQuery("from Account where id = :id", Account.class)
                    .setParameter("id", id)
                    .getSingleResult()
                    .getScore();
        }
    }

    @Override
    public long page(int offset) {
        try (ShardedSession session = factory.openSession()) {
            List<Account> page = session.createQuery("from Account order by score desc, id", Account.class)
                    .setFirstResult(offset)
                    .setMaxResults(20)
                    .getResultList();
            return Objects.requireNonNull(page.get(page.size() - 1).getId());
        }
    }

    @Override
    public long groups(long least) {
        try (ShardedSession session = factory.openSession()) {
            SelectionQuery<Object[]> query =
                    session.createSelectionQuery(Group.query("Account", least, ":least"), Object[].class);
            if (least > 0) {
                query.setParameter("least", least);
            }
            return Group.digest(query.getResultList().stream().map(Group::of).toList());
        }
    }

    @Override
    public long insert(int n) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            Account account = new Account("owner " + n, "inserted", n, n % 1000);
            session.persist(account);
            session.getTransaction().commit();
            return Objects.requireNonNull(account.getId());
        }
    }

    @Override
    public long update(long id, int n) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            Account account = session.find(Account.class, id);
            account.setNote("note " + n);
            session.getTransaction().commit();
            return account.getScore();
        }
    }

    @Override
    public long transfer(long from, long to, long amount) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            Account giver = session.find(Account.class, from);
            Account taker = session.find(Account.class, to);
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
