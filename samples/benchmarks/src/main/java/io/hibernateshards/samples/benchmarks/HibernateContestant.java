package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** Plain Hibernate with a session factory a shard, routed by hand. Its page merges whole entities of every shard. */
final class HibernateContestant implements Contestant {
    private final Topology topology;
    private final Ids ids;
    private final List<SessionFactory> factories;

    HibernateContestant(LocalCluster cluster, Topology topology, Ids ids) {
        this.topology = topology;
        this.ids = ids;
        factories = cluster.shards().stream().map(HibernateContestant::factory).toList();
    }

    private static SessionFactory factory(Shard shard) {
        return new Configuration()
                .addAnnotatedClass(PlainAccount.class)
                .setProperty("hibernate.connection.provider_class", PooledConnections.class.getName())
                .setProperty("hibernate.connection.provider_disables_autocommit", "true")
                .setProperty(PooledConnections.URL, shard.url())
                .setProperty(PooledConnections.USER, shard.user())
                .setProperty(PooledConnections.PASSWORD, shard.password())
                .buildSessionFactory();
    }

    private SessionFactory route(long id) {
        return factories.get(topology.indexOf(Ids.bucket(id)));
    }

    @Override
    public long find(long id) {
        try (Session session = route(id).openSession()) {
            return session.find(PlainAccount.class, id).getScore();
        }
    }

    @Override
    public long insert(int n) {
        long id = ids.next(ThreadLocalRandom.current().nextInt(8192));
        try (Session session = route(id).openSession()) {
            session.beginTransaction();
            session.persist(new PlainAccount(id, "owner " + n, "inserted", n));
            session.getTransaction().commit();
            return id;
        }
    }

    @Override
    public long page(int offset) {
        Stream<PlainAccount> rows = factories.parallelStream().flatMap(factory -> top(factory, offset + 20).stream());
        List<PlainAccount> merged = rows.sorted((a, b) -> a.getScore() != b.getScore()
                        ? Long.compare(b.getScore(), a.getScore())
                        : Long.compare(a.getId(), b.getId()))
                .skip(offset)
                .limit(20)
                .toList();
        return merged.get(merged.size() - 1).getScore();
    }

    private static List<PlainAccount> top(SessionFactory factory, int rows) {
        try (Session session = factory.openSession()) {
            return session.createQuery("from PlainAccount order by score desc, id", PlainAccount.class)
                    .setMaxResults(rows)
                    .getResultList();
        }
    }

    @Override
    public void close() {
        factories.forEach(SessionFactory::close);
    }
}
