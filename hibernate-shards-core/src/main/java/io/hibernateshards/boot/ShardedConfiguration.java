package io.hibernateshards.boot;

import io.hibernateshards.ShardedSessionFactory;
import java.util.Map;
import java.util.Properties;
import org.hibernate.cfg.Configuration;

/**
 * Builds a sharded session factory in Java:
 *
 * <pre>{@code
 * ShardedSessionFactory factory = new ShardedConfiguration()
 *         .shard("eu", "jdbc:postgresql://eu.db/shop", "shop", password)
 *         .shard("us", "jdbc:postgresql://us.db/shop", "shop", password)
 *         .entities(Customer.class, Order.class)
 *         .build();
 * }</pre>
 *
 * <p>Not safe for use by several threads.
 *
 * @since 0.1
 */
public final class ShardedConfiguration {
    private final Configuration configuration = new Configuration();
    private final StringBuilder shards = new StringBuilder();

    /** A configuration without shards and entities; Hibernate's own settings are read as {@link Configuration} does. */
    public ShardedConfiguration() {}

    /**
     * Adds a shard.
     *
     * @param name see {@link io.hibernateshards.ShardId#name()}
     * @param url a PostgreSQL JDBC URL
     * @param username the user to connect as
     * @param password the user's password
     * @return this
     */
    public ShardedConfiguration shard(String name, String url, String username, String password) {
        shards.append(shards.isEmpty() ? "" : ",").append(name);
        String prefix = "hibernate.shards.shard." + name + ".";
        setting(prefix + "url", url);
        setting(prefix + "username", username);
        setting(prefix + "password", password);
        return this;
    }

    /**
     * Adds entities, embeddables, converters and mapped superclasses.
     *
     * @param classes annotated classes
     * @return this
     */
    public ShardedConfiguration entities(Class<?>... classes) {
        for (Class<?> type : classes) {
            configuration.addAnnotatedClass(type);
        }
        return this;
    }

    /**
     * Sets one of {@link io.hibernateshards.ShardSettings} or of Hibernate's own settings.
     *
     * @param name the setting's full name
     * @param value its value
     * @return this
     */
    public ShardedConfiguration setting(String name, Object value) {
        Properties one = new Properties();
        one.put(name, value);
        configuration.addProperties(one);
        return this;
    }

    /**
     * Sets several.
     *
     * @param settings full names and values
     * @return this
     */
    public ShardedConfiguration settings(Map<String, ?> settings) {
        settings.forEach(this::setting);
        return this;
    }

    /**
     * Starts.
     *
     * @return the factory; close it to close the connection pools
     * @throws io.hibernateshards.ShardingException if settings, mapping or schema cannot be used
     */
    public ShardedSessionFactory build() {
        if (!shards.isEmpty()) {
            setting("hibernate.shards.shards", shards.toString());
        }
        return configuration.buildSessionFactory().unwrap(ShardedSessionFactory.class);
    }
}
