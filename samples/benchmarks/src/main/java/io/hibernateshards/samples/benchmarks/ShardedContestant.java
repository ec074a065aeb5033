package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import java.util.List;
import java.util.Objects;

/** This library. */
record ShardedContestant(ShardedSessionFactory factory) implements Contestant {
    @Override
    public long find(long id) {
        try (ShardedSession session = factory.openSession()) {
            return session.find(Account.class, id).getScore();
        }
    }

    @Override
    public long insert(int n) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            Account account = new Account("owner " + n, "inserted", n);
            session.persist(account);
            session.getTransaction().commit();
            return Objects.requireNonNull(account.getId());
        }
    }

    @Override
    public long page(int offset) {
        try (ShardedSession session = factory.openSession()) {
            List<Account> page = session.createQuery("from Account order by score desc, id", Account.class)
                    .setFirstResult(offset)
                    .setMaxResults(20)
                    .getResultList();
            return page.get(page.size() - 1).getScore();
        }
    }

    @Override
    public void close() {
        factory.close();
    }
}
