package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.autoconfigure.accounts.Account;
import io.hibernateshards.spring.autoconfigure.accounts.Accounts;
import io.hibernateshards.spring.orm.ShardedJpaDialect;
import io.hibernateshards.spring.orm.ShardedJpaVendorAdapter;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.boot.model.naming.PhysicalNamingStrategy;
import org.hibernate.boot.model.naming.PhysicalNamingStrategyStandardImpl;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.JpaVendorAdapter;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.support.OpenEntityManagerInViewInterceptor;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Which beans there are, for every condition and property. */
class HibernateShardsAutoConfigurationTest {
    private static LocalCluster cluster;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static ApplicationContextRunner runner() {
        return Runners.on(cluster).withPropertyValues("spring.jpa.hibernate.ddl-auto=create-drop");
    }

    @Test
    void shards_configured_makeASessionFactoryAndATransactionManager() {
        runner().run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).hasSingleBean(EntityManagerFactory.class);
            assertThat(context.getBean(EntityManagerFactory.class))
                    .isInstanceOf(ShardedSessionFactory.class)
                    .satisfies(factory -> assertThat(factory.unwrap(ShardedSessionFactory.class)
                                    .getTopology()
                                    .shards())
                            .containsExactly(ShardId.of("shard0"), ShardId.of("shard1")));
            assertThat(context.getBean(PlatformTransactionManager.class)).isInstanceOf(JpaTransactionManager.class);
            assertThat(context.getBean(JpaVendorAdapter.class)).isInstanceOf(ShardedJpaVendorAdapter.class);
            assertThat(context).hasSingleBean(DataSource.class);
            assertThat(context.getBean(JpaTransactionManager.class).getJpaDialect())
                    .isInstanceOf(ShardedJpaDialect.class);
            assertThat(context.getBean(EntityManager.class)).isInstanceOf(ShardedSession.class);
        });
    }

    @Test
    void noShards_leaveBootAlone() {
        Shard one = cluster.shards().get(0);
        Runners.plain()
                .withPropertyValues(
                        "spring.datasource.url=" + one.url(),
                        "spring.datasource.username=" + one.user(),
                        "spring.datasource.password=" + one.password())
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(EntityManagerFactory.class))
                            .isInstanceOf(SessionFactory.class)
                            .isNotInstanceOf(ShardedSessionFactory.class);
                    assertThat(context.getBean(JpaVendorAdapter.class)).isNotInstanceOf(ShardedJpaVendorAdapter.class);
                    assertThat(context).doesNotHaveBean(HibernateShardsAutoConfiguration.class);
                    assertThat(context).doesNotHaveBean(ShardedDataSourceAutoConfiguration.class);
                });
    }

    @Test
    void switchedOff_leavesBootAlone() {
        Shard one = cluster.shards().get(0);
        runner().withPropertyValues(
                        "hibernate.shards.spring.enabled=false",
                        "spring.datasource.url=" + one.url(),
                        "spring.datasource.username=" + one.user(),
                        "spring.datasource.password=" + one.password())
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(EntityManagerFactory.class))
                            .isNotInstanceOf(ShardedSessionFactory.class);
                });
    }

    @Test
    void aShardWithoutTheListOfShards_isSharding_andTheListIsAskedFor() {
        Runners.plain()
                .withPropertyValues("hibernate.shards.shard.east.url=jdbc:postgresql://localhost/x")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("hibernate.shards.shards is missing"));
    }

    @Test
    void coreMissing_leavesBootAlone() {
        runner().withClassLoader(new FilteredClassLoader(ShardedSessionFactory.class, DataSource.class))
                .run(context -> assertThat(context).doesNotHaveBean(HibernateShardsAutoConfiguration.class));
    }

    @Test
    void entityManagerFactoryOfTheApplication_wins() {
        runner().withUserConfiguration(OwnFactory.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).hasSingleBean(LocalContainerEntityManagerFactoryBean.class);
            assertThat(context.getBean(LocalContainerEntityManagerFactoryBean.class)
                            .getPersistenceUnitName())
                    .isEqualTo("mine");
            assertThat(context.getBean(EntityManagerFactory.class)).isInstanceOf(ShardedSessionFactory.class);
        });
    }

    @Test
    void otherBeansOfTheApplication_win() {
        runner().withUserConfiguration(OwnBeans.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(PlatformTransactionManager.class)).isSameAs(OwnBeans.TRANSACTIONS);
            assertThat(context.getBean(DataSource.class)).isSameAs(OwnBeans.DATA_SOURCE);
            assertThat(context.getBean(JpaVendorAdapter.class)).isSameAs(OwnBeans.ADAPTER);
            assertThat(context.getBean(EntityManagerFactory.class)).isInstanceOf(ShardedSessionFactory.class);
        });
    }

    @Test
    void ddlAuto_makesTheSchemaOnAllShards_namedAsBootNames() {
        runner().run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(onEach("select count(*) from information_schema.columns where table_name = 'account'"
                            + " and column_name = 'account_name'"))
                    .containsExactly(1L, 1L);
        });
        assertThat(onEach("select count(*) from information_schema.tables where table_name = 'account'"))
                .as("create-drop")
                .containsExactly(0L, 0L);
    }

    @Test
    void ddlAuto_notSet_makesNothing() {
        Runners.on(cluster).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(onEach("select count(*) from information_schema.tables where table_name = 'account'"))
                    .containsExactly(0L, 0L);
        });
    }

    @Test
    void ddlAuto_validate_namesEachShardThatDiffers() {
        Runners.on(cluster)
                .withPropertyValues("spring.jpa.hibernate.ddl-auto=validate")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("HS-003")
                        .hasMessageContaining("shard0")
                        .hasMessageContaining("shard1"));
    }

    @Test
    void jpaProperties_areGivenToHibernate() {
        runner().withPropertyValues(
                        "spring.jpa.properties.hibernate.jdbc.batch_size=17",
                        "spring.jpa.properties[hibernate.default_batch_fetch_size]=13")
                .run(context -> {
                    SessionFactoryImplementor factory = factory(context);
                    assertThat(factory.getSessionFactoryOptions().getJdbcBatchSize())
                            .isEqualTo(17);
                    assertThat(factory.getSessionFactoryOptions().getDefaultBatchFetchSize())
                            .isEqualTo(13);
                });
    }

    @Test
    void customizersAndNaming_ofTheApplication_areHeeded() {
        runner().withUserConfiguration(Customized.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(factory(context).getSessionFactoryOptions().getJdbcBatchSize())
                    .isEqualTo(19);
            assertThat(onEach("select count(*) from information_schema.columns where column_name = 'accountname'"))
                    .containsExactly(1L, 1L);
        });
    }

    @Test
    void bootstrap_async_startsInTheBackground() {
        runner().withPropertyValues("spring.jpa.bootstrap=async")
                .withBean("applicationTaskExecutor", SimpleAsyncTaskExecutor.class, SimpleAsyncTaskExecutor::new)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(LocalContainerEntityManagerFactoryBean.class)
                                    .getBootstrapExecutor())
                            .isNotNull();
                    assertThat(context.getBean(Accounts.class).count()).isZero();
                });
    }

    @Test
    void openInView_isAsBootHasIt() {
        WebApplicationContextRunner web = new WebApplicationContextRunner()
                .withConfiguration(Runners.CONFIGURATIONS)
                .withUserConfiguration(io.hibernateshards.spring.autoconfigure.accounts.Application.class)
                .withPropertyValues(Runners.properties(cluster.settings()));
        web.withPropertyValues("spring.jpa.open-in-view=true")
                .run(context -> assertThat(context).hasSingleBean(OpenEntityManagerInViewInterceptor.class));
        web.withPropertyValues("spring.jpa.open-in-view=false")
                .run(context -> assertThat(context).doesNotHaveBean(OpenEntityManagerInViewInterceptor.class));
    }

    @Test
    void repositories_storeAndFindOnAllShards() {
        runner().run(context -> {
            Accounts accounts = context.getBean(Accounts.class);
            accounts.saveAll(IntStream.range(0, 40)
                    .mapToObj(i -> new Account("a%02d".formatted(i), i))
                    .toList());

            assertThat(onEach("select count(*) from account")).doesNotContain(0L);
            assertThat(accounts.count()).isEqualTo(40);
            assertThat(accounts.findById("a07"))
                    .get()
                    .extracting(a -> a.balance)
                    .isEqualTo(7L);
            assertThat(accounts.findByBalanceGreaterThanOrderByAccountName(36))
                    .extracting(a -> a.accountName)
                    .containsExactly("a37", "a38", "a39");
            accounts.deleteById("a07");
            assertThat(accounts.existsById("a07")).isFalse();
        });
    }

    @Test
    void repositories_canBeSwitchedOff() {
        runner().withPropertyValues("spring.data.jpa.repositories.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Accounts.class));
    }

    @Test
    void transaction_overTwoShards_commitsOrRollsBackBoth() {
        runner().run(context -> {
            Accounts accounts = context.getBean(Accounts.class);
            TransactionTemplate transaction = new TransactionTemplate(context.getBean(JpaTransactionManager.class));
            List<String> names = onePerShard(context);
            transaction.executeWithoutResult(status -> names.forEach(name -> accounts.save(new Account(name, 100))));
            assertThat(onEach("select sum(balance) from account")).containsExactly(100L, 100L);

            assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                        accounts.findAllById(names).forEach(account -> account.balance = 0);
                        accounts.flush();
                        throw new IllegalStateException("stop");
                    }))
                    .hasMessage("stop");
            assertThat(onEach("select sum(balance) from account")).containsExactly(100L, 100L);
        });
    }

    @Test
    void transactionMode_singleShard_refusesTheSecond() {
        runner().withPropertyValues("hibernate.shards.transaction.mode=" + TransactionMode.SINGLE_SHARD.setting())
                .run(context -> {
                    Accounts accounts = context.getBean(Accounts.class);
                    TransactionTemplate transaction =
                            new TransactionTemplate(context.getBean(JpaTransactionManager.class));
                    assertThatThrownBy(() -> transaction.executeWithoutResult(status ->
                                    onePerShard(context).forEach(name -> accounts.save(new Account(name, 1)))))
                            .hasStackTraceContaining("HS-020");
                    assertThat(onEach("select count(*) from account")).containsExactly(0L, 0L);
                });
    }

    private static SessionFactoryImplementor factory(ApplicationContext context) {
        return context.getBean(EntityManagerFactory.class).unwrap(SessionFactoryImplementor.class);
    }

    /** A name that lives on each shard. */
    private static List<String> onePerShard(ApplicationContext context) {
        ShardedSessionFactory factory =
                context.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class);
        return cluster.shards().stream()
                .map(shard -> IntStream.range(0, 1000)
                        .mapToObj(i -> "n" + i)
                        .filter(name ->
                                factory.locate(Account.class, name).name().equals(shard.name()))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private static List<Long> onEach(String sql) {
        return cluster.shards().stream().map(shard -> number(shard, sql)).toList();
    }

    private static long number(Shard shard, String sql) {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFactory {
        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory() {
            LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
            factory.setJpaVendorAdapter(new ShardedJpaVendorAdapter());
            factory.setPersistenceUnitName("mine");
            factory.setPackagesToScan(Account.class.getPackageName());
            factory.setJpaPropertyMap(cluster.settings());
            return factory;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnBeans {
        static final JpaTransactionManager TRANSACTIONS = new JpaTransactionManager();
        static final DataSource DATA_SOURCE = new DriverManagerDataSource();
        static final JpaVendorAdapter ADAPTER = new ShardedJpaVendorAdapter();

        @Bean
        PlatformTransactionManager transactionManager() {
            return TRANSACTIONS;
        }

        @Bean
        DataSource dataSource() {
            return DATA_SOURCE;
        }

        @Bean
        JpaVendorAdapter jpaVendorAdapter() {
            return ADAPTER;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Customized {
        @Bean
        HibernatePropertiesCustomizer batches() {
            return properties -> properties.put("hibernate.jdbc.batch_size", "19");
        }

        @Bean
        PhysicalNamingStrategy naming() {
            return new PhysicalNamingStrategyStandardImpl();
        }
    }
}
