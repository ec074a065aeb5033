package io.hibernateshards.spring.orm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.LockModeType;
import jakarta.persistence.TypedQuery;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Whatever Spring's transactions have read, and left open, and whatever they write then: it is stored after the commit, and
 * not after a rollback, and one that is refused leaves nothing. The servers are as before each time.
 */
@SuppressWarnings("ImmutableEnumChecker") // the constants are what is done
class ReadThenWriteTest {
    private static final String LEFT =
            """
            select (select count(*) from pg_stat_activity
                    where datname = current_database() and state like 'idle in transaction%')
                + (select count(*) from pg_prepared_xacts where database = current_database())
            """;

    private static LocalCluster cluster;
    private static LocalContainerEntityManagerFactoryBean factoryBean;
    private static ShardedSessionFactory shards;
    private static EntityManager entities;
    private static JpaTransactionManager transactions;
    private static List<List<String>> owners;
    private static final List<Connection> OUTSIDE = new ArrayList<>();
    private static final List<Object> OPEN = new ArrayList<>(); // not to be collected

    @BeforeAll
    static void start() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        for (Shard shard : cluster.shards()) {
            OUTSIDE.add(shard.connect());
        }
        factoryBean = new LocalContainerEntityManagerFactoryBean();
        factoryBean.setJpaVendorAdapter(new ShardedJpaVendorAdapter());
        factoryBean.setPackagesToScan(Purse.class.getPackageName());
        Map<String, Object> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.hbm2ddl.auto", "create");
        settings.put("hibernate.shards.pool.maximum-pool-size", 4);
        factoryBean.setJpaPropertyMap(settings);
        factoryBean.afterPropertiesSet();
        EntityManagerFactory factory = Objects.requireNonNull(factoryBean.getObject());
        entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
        transactions = new JpaTransactionManager(factory);
        shards = factory.unwrap(ShardedSessionFactory.class);
        owners = List.of(owners(0), owners(1));
        new TransactionTemplate(transactions)
                .executeWithoutResult(status -> owners.forEach(
                        some -> some.subList(0, 10).forEach(owner -> entities.persist(new Purse(owner, 1)))));
    }

    /** Ten that are always there, and one that is written. */
    private static List<String> owners(int shard) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "owner" + i)
                .filter(name -> shards.locate(Purse.class, name)
                        .name()
                        .equals(cluster.shards().get(shard).name()))
                .limit(11)
                .toList();
    }

    @AfterAll
    static void stop() throws SQLException {
        factoryBean.destroy();
        for (Connection outside : OUTSIDE) {
            outside.close();
        }
        cluster.close();
    }

    private static String written(int shard) {
        return owners.get(shard).get(10);
    }

    private static TypedQuery<Purse> query(String hql) {
        return entities.createQuery(hql, Purse.class).setHint("org.hibernate.fetchSize", 3);
    }

    private static void leaveOpen(Stream<?> rows) {
        Iterator<?> some = rows.iterator();
        some.next();
        OPEN.add(some);
        OPEN.add(rows);
    }

    private static void work(ShardId shard, String sql) {
        entities.unwrap(ShardedSession.class).doReturningWork(shard, connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    private enum Read {
        NOTHING(() -> {}),
        FIND(() -> entities.find(Purse.class, owners.get(0).get(0))),
        LIST(() -> query("from Purse").getResultList()),
        PAGE(() -> query("from Purse p order by p.owner")
                .setFirstResult(3)
                .setMaxResults(3)
                .getResultList()),
        STREAM_CLOSED(() -> {
            try (Stream<Purse> rows = query("from Purse").getResultStream()) {
                assertThat(rows.count()).isGreaterThanOrEqualTo(20);
            }
        }),
        STREAM_LEFT_OPEN(() -> leaveOpen(query("from Purse").getResultStream())),
        SORTED_STREAM_LEFT_OPEN(
                () -> leaveOpen(query("from Purse p order by p.owner").getResultStream())),
        LOCKED(() -> query("from Purse p where p.credits = 1")
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList()),
        NATIVE(() -> entities.createNativeQuery("select owner from purse", String.class)
                .setHint(ShardHints.ALL, true)
                .getResultList()),
        GATHERED(() -> entities.createQuery(
                        "select count(*) from Purse a, Purse b where a.credits < b.credits", Long.class)
                .getSingleResult()),
        WORK(() -> work(shards.getTopology().shards().get(0), "select 1"));

        final Runnable run;

        Read(Runnable run) {
            this.run = run;
        }
    }

    /** Each ends with 7 credits of a purse, where there was one of 2, or none. */
    private enum Write {
        PERSIST(false, owner -> entities.persist(new Purse(owner, 7))),
        CHANGE(true, owner -> entities.find(Purse.class, owner).credits = 7),
        MERGE(true, owner -> entities.merge(new Purse(owner, 7))),
        HQL(true, owner -> entities.createQuery("update Purse p set p.credits = 7 where p.owner = :owner")
                .setParameter("owner", owner)
                .executeUpdate()),
        SQL(true, owner -> entities.createNativeQuery("update purse set credits = 7 where owner = :owner")
                .setParameter("owner", owner)
                .setHint(ShardHints.ALL, true)
                .executeUpdate()),
        WORK(
                true,
                owner -> work(
                        shards.locate(Purse.class, owner),
                        "update purse set credits = 7 where owner = '" + owner + "'"));

        final boolean exists;
        final Consumer<String> run;

        Write(boolean exists, Consumer<String> run) {
            this.exists = exists;
            this.run = run;
        }
    }

    private enum State {
        COMMIT,
        ROLLBACK,
        READ_ONLY,
        REPEATABLE_READ,
        SERIALIZABLE,
        INNER_COMMIT,
        WITHIN_ONE_THAT_READS;

        void run(Runnable work) {
            TransactionTemplate template = new TransactionTemplate(transactions);
            switch (this) {
                case READ_ONLY -> template.setReadOnly(true);
                case REPEATABLE_READ -> template.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
                case SERIALIZABLE -> template.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
                case INNER_COMMIT, WITHIN_ONE_THAT_READS ->
                    template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
                default -> {}
            }
            Runnable inner = () -> template.executeWithoutResult(status -> {
                work.run();
                if (this == ROLLBACK) {
                    entities.flush();
                    status.setRollbackOnly();
                }
            });
            if (this == INNER_COMMIT || this == WITHIN_ONE_THAT_READS) {
                new TransactionTemplate(transactions).executeWithoutResult(status -> {
                    if (this == WITHIN_ONE_THAT_READS) {
                        leaveOpen(query("from Purse").getResultStream());
                    }
                    inner.run();
                    if (this == INNER_COMMIT) {
                        status.setRollbackOnly();
                    }
                });
            } else {
                inner.run();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> everyTransaction() {
        return Arrays.stream(State.values()).flatMap(state -> Arrays.stream(Read.values())
                .map(read -> DynamicTest.dynamicTest(state + " " + read, () -> {
                    for (Write write : Write.values()) {
                        for (int shard = 0; shard < 2; shard++) {
                            check(state, read, write, shard);
                        }
                    }
                })));
    }

    private static void check(State state, Read read, Write write, int shard) {
        String what = state + ", " + read + ", " + write + " on " + shard;
        String owner = written(shard);
        execute(shard, "delete from purse where owner = '" + owner + "'");
        if (write.exists) {
            execute(shard, "insert into purse (owner, credits) values ('" + owner + "', 2)");
        }
        RuntimeException refused = null;
        try {
            state.run(() -> {
                read.run.run();
                write.run.accept(owner);
            });
        } catch (RuntimeException e) {
            refused = e;
        }
        int found = number(shard, "select coalesce(max(credits), 0) from purse where owner = '" + owner + "'");
        int before = write.exists ? 2 : 0;
        if (state == State.READ_ONLY && read == Read.GATHERED && write == Write.WORK) {
            assertThat(found).as(what).isIn(before, 7); // temporary tables number a transaction, whatever else it does
        } else if (state == State.READ_ONLY) {
            assertThat(found).as(what).isEqualTo(before); // refused, or as with plain Hibernate not flushed
        } else {
            assertThat(refused).as(what).isNull();
            assertThat(found).as(what).isEqualTo(state == State.ROLLBACK ? before : 7);
        }
        for (int each = 0; each < 2; each++) {
            assertThat(number(each, LEFT)).as("left open by %s", what).isZero();
        }
    }

    private static void execute(int shard, String sql) {
        try (Statement statement = OUTSIDE.get(shard).createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int number(int shard, String sql) {
        try (Statement statement = OUTSIDE.get(shard).createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
