package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.spring.autoconfigure.accounts.Application;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;

/** Contexts as an ordinary application has them, with Boot's auto-configurations and ours. */
final class Runners {
    static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(
            ShardedDataSourceAutoConfiguration.class,
            HibernateShardsAutoConfiguration.class,
            DataSourceAutoConfiguration.class,
            HibernateJpaAutoConfiguration.class,
            DataJpaRepositoriesAutoConfiguration.class,
            TransactionManagerCustomizationAutoConfiguration.class,
            TransactionAutoConfiguration.class,
            DataSourceTransactionManagerAutoConfiguration.class);

    private Runners() {}

    /** With no properties at all. */
    static ApplicationContextRunner plain() {
        return new ApplicationContextRunner()
                .withConfiguration(CONFIGURATIONS)
                .withUserConfiguration(Application.class);
    }

    static ApplicationContextRunner on(LocalCluster cluster) {
        return plain().withPropertyValues(properties(cluster.settings()));
    }

    static String[] properties(Map<String, String> settings) {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
    }
}
