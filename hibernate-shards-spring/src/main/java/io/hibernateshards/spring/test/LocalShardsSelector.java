package io.hibernateshards.spring.test;

import io.hibernateshards.cluster.LocalCluster;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Makes the shards of {@link LocalShards} those of the context. It imports nothing; but selectors run while the
 * application's own configuration is read, which is before any auto-configuration looks at the settings.
 */
final class LocalShardsSelector implements ImportSelector {
    private final ConfigurableEnvironment environment;
    private final ConfigurableListableBeanFactory beans;

    LocalShardsSelector(Environment environment, BeanFactory beans) {
        this.environment = (ConfigurableEnvironment) environment;
        this.beans = (ConfigurableListableBeanFactory) beans;
    }

    @Override
    public String[] selectImports(AnnotationMetadata metadata) {
        LocalShards wanted = metadata.getAnnotations().get(LocalShards.class).synthesize();
        LocalCluster cluster = WantedShards.of(wanted, metadata.getClassName()).cluster();
        LocalShardsInitializer.initialize(environment, beans, cluster, WantedShards.settings(wanted.settings()));
        return new String[0];
    }
}
