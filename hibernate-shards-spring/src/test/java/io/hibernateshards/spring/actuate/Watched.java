package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Two shards, each a server with a standby, some people on them, and an application that watches. */
final class Watched implements AutoCloseable {
    static final int PEOPLE = 40;

    final LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 2, Collation.C, ServerOptions.FAST, 1);
    final ShardedSessionFactory factory;
    final List<Long> people = new ArrayList<>();

    Watched(Map<String, Object> settings) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.hot-keys.sample", "1")
                .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                .setting("hibernate.generate_statistics", "true")
                .entities(Person.class, Land.class);
        settings.forEach(configuration::setting);
        factory = configuration.build();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            for (int i = 0; i < PEOPLE; i++) {
                Person person = new Person("person " + i);
                person.hobbies.add("chess");
                session.persist(person);
                people.add(person.getId());
            }
            session.persist(new Land("NO"));
            session.getTransaction().commit();
        }
        cluster.shards().forEach(shard -> execute(shard, "analyze"));
    }

    static void execute(Shard shard, String sql) {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Someone who lives there. */
    Long personOn(ShardId shard) {
        return people.stream()
                .filter(id -> factory.locate(Person.class, id).equals(shard))
                .findFirst()
                .orElseThrow();
    }

    /** An application with this factory; it does not close it. */
    ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withPropertyValues("hibernate.shards.shards=shard0,shard1")
                .withBean(
                        "entityManagerFactory",
                        ShardedSessionFactory.class,
                        () -> factory,
                        bean -> bean.setDestroyMethodName(""));
    }

    @Override
    public void close() {
        try (cluster) {
            factory.close();
        }
    }
}
