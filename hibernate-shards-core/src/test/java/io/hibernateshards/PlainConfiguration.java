package io.hibernateshards;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import org.hibernate.cfg.Configuration;

/** What is compared with: plain Hibernate on one ordinary PostgreSQL. */
public final class PlainConfiguration {
    private PlainConfiguration() {}

    /** Of the only server of a cluster, where it creates the tables. */
    public static Configuration of(LocalCluster single, Iterable<Class<?>> entities) {
        Shard one = single.shards().get(0);
        Configuration configuration = new Configuration()
                .setProperty("jakarta.persistence.jdbc.url", one.url())
                .setProperty("jakarta.persistence.jdbc.user", one.user())
                .setProperty("jakarta.persistence.jdbc.password", one.password())
                .setProperty("hibernate.hbm2ddl.auto", "create");
        entities.forEach(configuration::addAnnotatedClass);
        return configuration;
    }
}
