package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.integration.Shop.Customer;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;

/** The oracle: the same entities on one ordinary PostgreSQL with plain Hibernate. */
final class PlainShop {
    private static SessionFactory factory;

    private PlainShop() {}

    static synchronized SessionFactory factory() {
        if (factory == null) {
            Shard one = LocalCluster.shared(Layout.DATABASES, 1).shards().get(0);
            AtomicLong next = new AtomicLong();
            ShardedIdGenerator.Source ids = (style, session, entity) ->
                    style == IdStyle.UUID_V7 ? UUID.randomUUID() : (Object) next.incrementAndGet();
            MetadataSources sources = new MetadataSources(new StandardServiceRegistryBuilder()
                    .applySetting("jakarta.persistence.jdbc.url", one.url())
                    .applySetting("jakarta.persistence.jdbc.user", one.user())
                    .applySetting("jakarta.persistence.jdbc.password", one.password())
                    .applySetting("hibernate.hbm2ddl.auto", "create")
                    .applySetting("hibernate.jdbc.batch_size", 20)
                    .addService(ShardedIdGenerator.Source.class, ids)
                    .build());
            for (Class<?> entity : ShopLayout.ENTITIES) {
                sources.addAnnotatedClass(entity);
            }
            factory = sources.buildMetadata().buildSessionFactory();
            factory.inTransaction(session -> {
                session.persist(new Office.Country("SE", "Sweden"));
                session.persist(new Office.Country("FR", "France"));
            });
        }
        return factory;
    }

    /** What plain Hibernate throws when that is done in a transaction that has begun. */
    static Throwable catchFrom(Consumer<Session> work) {
        try (Session session = factory().openSession()) {
            session.beginTransaction();
            return catchThrowable(() -> work.accept(session));
        }
    }

    static Throwable staleUpdate() {
        Customer customer = new Customer("plain");
        factory().inTransaction(session -> session.persist(customer));
        return catchFrom(session -> {
            Customer mine = session.find(Customer.class, customer.id);
            factory().inTransaction(other -> other.find(Customer.class, customer.id).name = "theirs");
            mine.name = "mine";
            session.getTransaction().commit();
        });
    }
}
