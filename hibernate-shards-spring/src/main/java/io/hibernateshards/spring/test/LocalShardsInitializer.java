package io.hibernateshards.spring.test;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.cluster.LocalCluster;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Gives a Spring context the shards of a local cluster, before anything else of it is read: for {@code
 * ApplicationContextRunner.withInitializer}, {@code SpringApplicationBuilder.initializers} and {@code
 * ContextConfiguration.initializers}. The cluster is a bean of the context, which does not close it.
 *
 * <p>The cluster's settings go before all others. Those that would lead to another server are refused: a test must not reach
 * one that it did not start.
 *
 * @since 0.1
 */
public final class LocalShardsInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    private static final String NAME = "localShards";

    private final @Nullable LocalCluster cluster;

    /** Four shards, which are databases of one server, and shared with other tests of this JVM that say no more. */
    public LocalShardsInitializer() {
        cluster = null;
    }

    /**
     * The shards of a cluster.
     *
     * @param cluster it runs already; close it after the context
     */
    public LocalShardsInitializer(LocalCluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        LocalCluster given = cluster == null ? WantedShards.of(4).cluster() : cluster;
        initialize(context.getEnvironment(), context.getBeanFactory(), given, Map.of());
    }

    static void initialize(
            ConfigurableEnvironment environment,
            ConfigurableListableBeanFactory beans,
            LocalCluster cluster,
            Map<String, String> more) {
        if (environment.getPropertySources().contains(NAME)) {
            if (beans.getSingleton(NAME) != cluster) {
                throw new IllegalStateException(
                        "two of the context's classes want different shards: leave one @LocalShards or initializer");
            }
        } else {
            beans.registerSingleton(NAME, cluster);
        }
        Map<String, Object> settings = new LinkedHashMap<>(cluster.settings());
        settings.putAll(more);
        environment.getPropertySources().addFirst(new MapPropertySource(NAME, settings));
        refuseOthers(environment, cluster.settings());
    }

    private static void refuseOthers(ConfigurableEnvironment environment, Map<String, String> ours) {
        Binder.get(environment)
                .bind(ShardSettings.SHARD, Bindable.mapOf(String.class, String.class))
                .orElseGet(Map::of)
                .keySet()
                .forEach(name -> {
                    if (name.endsWith("url") && !ours.containsKey(ShardSettings.SHARD + "." + name)) {
                        throw new IllegalStateException(
                                "setting " + ShardSettings.SHARD + "." + name
                                        + " leads to a server that is not of the local cluster "
                                        + ours.get(ShardSettings.SHARDS)
                                        + ": keep it in a profile that is not active here, or give the cluster that name or replica");
                    }
                });
    }
}
