package io.hibernateshards.spring.data;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jpa.repository.config.EnableJpaAuditing;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** One of two applications that are the same but for where their rows are. */
final class Side implements AutoCloseable {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableJpaAuditing
    @EnableJpaRepositories(considerNestedRepositories = false)
    static class Application {}

    /** What may be asked of either. */
    @FunctionalInterface
    interface Question {
        @Nullable
        Object ask(Side side);
    }

    private final LocalCluster cluster;
    private final ConfigurableApplicationContext context;
    final Authors authors;
    final Books books;
    final Visits visits;
    final EntityManager entityManager;

    private Side(LocalCluster cluster, Map<String, Object> properties) {
        this.cluster = cluster;
        Map<String, Object> all = new HashMap<>(properties);
        all.put("spring.jpa.hibernate.ddl-auto", "create");
        all.put("spring.jpa.properties.hibernate.jdbc.batch_size", "50");
        all.put("spring.liquibase.enabled", "false");
        all.put("spring.flyway.enabled", "false");
        context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(all)
                .run();
        authors = context.getBean(Authors.class);
        books = context.getBean(Books.class);
        visits = context.getBean(Visits.class);
        entityManager = context.getBean(EntityManager.class);
    }

    static Side sharded() {
        LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 4);
        return new Side(cluster, new HashMap<>(cluster.settings()));
    }

    static Side plain() {
        LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
        Shard one = cluster.shards().get(0);
        return new Side(
                cluster,
                Map.of(
                        "spring.datasource.url", one.url(),
                        "spring.datasource.username", one.user(),
                        "spring.datasource.password", one.password()));
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Within a transaction that is rolled back. */
    String tried(Question work, boolean readOnly) {
        TransactionTemplate transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        transaction.setReadOnly(readOnly);
        return Objects.requireNonNull(transaction.execute(status -> {
            status.setRollbackOnly();
            return String.valueOf(work.ask(this));
        }));
    }

    void stored(Runnable work) {
        new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> work.run());
    }

    /** In a transaction of its own, whatever the thread is in. */
    void apart(Runnable work) {
        TransactionTemplate transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        transaction.executeWithoutResult(status -> work.run());
    }

    /** Transactions that wait for others, as PostgreSQL has it. */
    long waiting() {
        long waiting = 0;
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select count(*) from pg_stat_activity"
                            + " where datname = current_database() and wait_event_type = 'Lock'"
                            + " and cardinality(pg_blocking_pids(pid)) > 0")) {
                row.next();
                waiting += row.getLong(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return waiting;
    }

    @Override
    public void close() {
        context.close();
        cluster.close();
    }
}
