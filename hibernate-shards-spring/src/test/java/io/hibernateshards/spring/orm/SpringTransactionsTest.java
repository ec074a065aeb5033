package io.hibernateshards.spring.orm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.hibernate.FlushMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring's transactions on two shards with a replica each, without Spring Boot. */
class SpringTransactionsTest {
    private static LocalCluster cluster;
    private static LocalContainerEntityManagerFactoryBean factoryBean;
    private static EntityManagerFactory factory;
    private static EntityManager entities;
    private static JpaTransactionManager transactions;
    private static List<String> owners;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.start(Layout.DATABASES, 2, Collation.C, ServerOptions.FAST, 1);
        factoryBean = new LocalContainerEntityManagerFactoryBean();
        factoryBean.setJpaVendorAdapter(new ShardedJpaVendorAdapter());
        factoryBean.setPackagesToScan(Purse.class.getPackageName());
        Map<String, Object> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.hbm2ddl.auto", "create");
        factoryBean.setJpaPropertyMap(settings);
        factoryBean.afterPropertiesSet();
        factory = Objects.requireNonNull(factoryBean.getObject());
        entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
        transactions = new JpaTransactionManager(factory);
        ShardedSessionFactory shards = factory.unwrap(ShardedSessionFactory.class);
        owners = cluster.shards().stream()
                .map(shard -> IntStream.range(0, 1000)
                        .mapToObj(i -> "owner" + i)
                        .filter(name -> shards.locate(Purse.class, name).name().equals(shard.name()))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    @AfterAll
    static void stop() {
        factoryBean.destroy();
        cluster.close();
    }

    @BeforeEach
    void twoPurses() {
        run(template(), () -> {
            entities.createQuery("delete from Purse").executeUpdate();
            owners.forEach(owner -> entities.persist(new Purse(owner, 100)));
        });
    }

    private static TransactionTemplate template() {
        return new TransactionTemplate(transactions);
    }

    private static TransactionTemplate readOnly() {
        TransactionTemplate template = template();
        template.setReadOnly(true);
        return template;
    }

    private static TransactionTemplate requiresNew() {
        TransactionTemplate template = template();
        template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        return template;
    }

    private static void run(TransactionTemplate template, Runnable work) {
        template.executeWithoutResult(status -> work.run());
    }

    private static Purse purse(int shard) {
        return entities.find(Purse.class, owners.get(shard));
    }

    // ---- several shards

    @Test
    void transaction_thatWritesTwoShards_commitsBoth() {
        run(template(), () -> {
            purse(0).credits -= 30;
            purse(1).credits += 30;
        });

        assertThat(credits()).containsExactly(70L, 130L);
    }

    @Test
    void transaction_thatFails_rollsBothBack() {
        assertThatThrownBy(() -> run(template(), () -> {
                    purse(0).credits -= 30;
                    purse(1).credits += 30;
                    entities.flush();
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");

        assertThat(credits()).containsExactly(100L, 100L);
    }

    @Test
    void requiresNew_commitsByItself() {
        assertThatThrownBy(() -> run(template(), () -> {
                    purse(0).credits = 1;
                    entities.flush();
                    run(requiresNew(), () -> purse(1).credits = 2);
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");

        assertThat(credits()).containsExactly(100L, 2L);
    }

    @Test
    void rollbackOnly_byAnInnerPart_rollsTheWholeBack() {
        assertThatThrownBy(() -> run(template(), () -> {
                    purse(0).credits = 1;
                    template().executeWithoutResult(status -> {
                        purse(1).credits = 2;
                        status.setRollbackOnly();
                    });
                }))
                .isInstanceOf(UnexpectedRollbackException.class);

        assertThat(credits()).containsExactly(100L, 100L);
    }

    @Test
    void synchronizations_areCalledAroundTheCommitOfAllShards() {
        List<String> seen = new ArrayList<>();
        run(template(), () -> {
            purse(0).credits = 1;
            purse(1).credits = 2;
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void beforeCommit(boolean readOnly) {
                    seen.add("before " + credits());
                }

                @Override
                public void afterCommit() {
                    seen.add("after " + credits());
                }

                @Override
                public void afterCompletion(int status) {
                    seen.add(status == STATUS_COMMITTED ? "committed" : "status " + status);
                }
            });
        });

        assertThat(seen).containsExactly("before [100, 100]", "after [1, 2]", "committed");
    }

    @Test
    void beforeCommit_mayWriteAShardNotUsedBefore() {
        run(template(), () -> {
            purse(0).credits = 1;
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void beforeCommit(boolean readOnly) {
                    purse(1).credits = 2;
                }
            });
        });

        assertThat(credits()).containsExactly(1L, 2L);
    }

    // ---- read-only

    @Test
    void readOnly_isAnsweredByReplicas() {
        cluster.awaitReplicas(0);
        assertThat(inRecovery(template())).containsExactly(false, false);
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (inRecovery(readOnly()).contains(false)) { // until the first probes have seen the replicas
            assertThat(System.nanoTime())
                    .as("a minute later, no replica answers")
                    .isLessThan(end);
        }
        assertThat(inRecovery(template())).as("afterwards").containsExactly(false, false);
    }

    private static List<Boolean> inRecovery(TransactionTemplate template) {
        return template.execute(status -> cluster.shards().stream()
                .map(shard -> (Boolean) entities.createNativeQuery("select pg_is_in_recovery()", Boolean.class)
                        .setHint(ShardHints.SHARD, shard.name())
                        .getSingleResult())
                .toList());
    }

    @Test
    void readOnly_doesNotStoreChanges() {
        run(readOnly(), () -> purse(0).credits = 1);

        assertThat(credits()).containsExactly(100L, 100L);
    }

    @Test
    void readOnly_refusesStatementsThatWrite() {
        assertThatThrownBy(() -> run(readOnly(), () -> entities.createQuery("update Purse set credits = 1")
                        .executeUpdate()))
                .hasMessageContaining("HS-031")
                .hasMessageContaining("only reads");

        assertThat(credits()).containsExactly(100L, 100L);
    }

    @Test
    void readOnly_inASessionThatLivesOn_leavesItAsItWas() {
        inView(session -> {
            run(readOnly(), () -> {
                assertThat(session.isReadsOnly()).isTrue();
                assertThat(session.getHibernateFlushMode()).isEqualTo(FlushMode.MANUAL);
                assertThat(purse(0).credits).isEqualTo(100);
            });
            assertThat(session.isReadsOnly()).isFalse();
            assertThat(session.getHibernateFlushMode()).isEqualTo(FlushMode.AUTO);

            run(template(), () -> purse(0).credits = 7);
            assertThat(credits()).containsExactly(7L, 100L);

            run(readOnly(), () -> assertThat(purse(0).credits).isEqualTo(7));
            run(template(), () -> purse(1).credits = 8);
        });

        assertThat(credits()).containsExactly(7L, 8L);
    }

    @Test
    void requiresNew_readOnlyWithinOneThatWrites_leavesTheOuterAlone() {
        run(template(), () -> {
            purse(0).credits = 5;
            TransactionTemplate inner = requiresNew();
            inner.setReadOnly(true);
            run(inner, () -> assertThat(purse(0).credits).isEqualTo(100));
            purse(1).credits = 6;
        });

        assertThat(credits()).containsExactly(5L, 6L);
    }

    /** As the interceptor for open-in-view does, for the length of a web request. */
    private static void inView(Consumer<ShardedSession> request) {
        EntityManager entityManager = factory.createEntityManager();
        TransactionSynchronizationManager.bindResource(factory, new EntityManagerHolder(entityManager));
        try {
            request.accept(entityManager.unwrap(ShardedSession.class));
        } finally {
            TransactionSynchronizationManager.unbindResource(factory);
            entityManager.close();
        }
    }

    // ---- time-out and isolation

    @Test
    void timeout_endsStatementsOfEachShard() {
        TransactionTemplate template = template();
        template.setTimeout(1);
        inView(unused -> {
            for (Shard shard : cluster.shards()) {
                assertThatThrownBy(() -> run(template, () -> sleep(shard, 600)))
                        .hasStackTraceContaining("canceling statement");
            }
            run(template(), () -> sleep(cluster.shards().get(0), 2));
        });
    }

    private static void sleep(Shard shard, int seconds) {
        entities.createNativeQuery("select cast(pg_sleep(" + seconds + ") as text)")
                .setHint(ShardHints.SHARD, shard.name())
                .getResultList();
    }

    @Test
    void isolation_isThatOfEachShard_forThisTransactionOnly() {
        for (int level : List.of(
                TransactionDefinition.ISOLATION_READ_UNCOMMITTED,
                TransactionDefinition.ISOLATION_REPEATABLE_READ,
                TransactionDefinition.ISOLATION_SERIALIZABLE)) {
            String expected = LEVELS.get(level);
            inView(session -> {
                assertThat(levels(isolated(level))).containsExactly(expected, expected);
                assertThat(levels(template())).containsExactly("read committed", "read committed");
            });
        }
    }

    private static final Map<Integer, String> LEVELS = Map.of(
            TransactionDefinition.ISOLATION_READ_UNCOMMITTED, "read uncommitted",
            TransactionDefinition.ISOLATION_REPEATABLE_READ, "repeatable read",
            TransactionDefinition.ISOLATION_SERIALIZABLE, "serializable");

    private static TransactionTemplate isolated(int level) {
        TransactionTemplate template = template();
        template.setIsolationLevel(level);
        return template;
    }

    private static List<String> levels(TransactionTemplate template) {
        return template.execute(status -> cluster.shards().stream()
                .map(shard -> (String)
                        entities.createNativeQuery("select current_setting('transaction_isolation')", String.class)
                                .setHint(ShardHints.SHARD, shard.name())
                                .getSingleResult())
                .toList());
    }

    @Test
    void serializable_readOnly_isAnswered_thoughReplicasRefuseIt() {
        TransactionTemplate template = isolated(TransactionDefinition.ISOLATION_SERIALIZABLE);
        template.setReadOnly(true);

        assertThat(levels(template)).containsExactly("serializable", "serializable");
        assertThat(inRecovery(template)).containsExactly(false, false);
    }

    @Test
    void serializable_overTwoShards_commitsBoth() {
        run(isolated(TransactionDefinition.ISOLATION_SERIALIZABLE), () -> {
            purse(0).credits -= 30;
            purse(1).credits += 30;
        });

        assertThat(credits()).containsExactly(70L, 130L);
    }

    @Test
    void serializable_thatCannotBe_isSpringsFailureToLock_whenItWritesAndWhenItCommits() {
        TransactionTemplate serializable = isolated(TransactionDefinition.ISOLATION_SERIALIZABLE);
        TransactionTemplate other = isolated(TransactionDefinition.ISOLATION_SERIALIZABLE);
        other.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        assertThatThrownBy(() -> run(serializable, () -> {
                    purse(0);
                    run(other, () -> purse(0).credits = 1);
                    purse(0).credits = 2;
                }))
                .isInstanceOf(CannotAcquireLockException.class);
        assertThat(credits()).containsExactly(1L, 100L);

        String neighbour = IntStream.range(1000, 2000)
                .mapToObj(i -> "owner" + i)
                .filter(name -> locate(name).equals(locate(owners.get(0))))
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> run(serializable, () -> {
                    assertThat(purse(0).credits).isEqualTo(1);
                    entities.persist(new Purse(neighbour, 10));
                    entities.flush();
                    run(other, () -> {
                        assertThat(entities.find(Purse.class, neighbour)).isNull();
                        purse(0).credits = 3;
                    });
                }))
                .isInstanceOf(CannotAcquireLockException.class);
        assertThat(credits()).containsExactly(3L, 100L);
    }

    private static ShardId locate(String owner) {
        return factory.unwrap(ShardedSessionFactory.class).locate(Purse.class, owner);
    }

    // ---- errors

    @Test
    void constraintViolation_atCommit_isSprings() {
        assertThatThrownBy(() -> run(requiresNew(), () -> entities.createNativeQuery(
                                "insert into purse (owner, credits) values ('" + owners.get(0) + "', 1)")
                        .setHint(ShardHints.SHARD, "shard0")
                        .executeUpdate()))
                .satisfies(
                        failure -> assertThat(translated(failure)).isInstanceOf(DataIntegrityViolationException.class));
        assertThatThrownBy(() -> run(template(), () -> entities.persist(new Purse(owners.get(1), 1))))
                .isInstanceOf(DataIntegrityViolationException.class);
    }

    private static DataAccessException translated(Throwable failure) {
        return Objects.requireNonNull(new ShardedJpaDialect().translateExceptionIfPossible((RuntimeException) failure));
    }

    private static List<Long> credits() {
        return cluster.shards().stream()
                .map(shard -> onShard(shard, row -> {
                    try {
                        row.next();
                        return row.getLong(1);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
    }

    private static <T> T onShard(Shard shard, Function<ResultSet, T> read) {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select credits from purse")) {
            return read.apply(rows);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
