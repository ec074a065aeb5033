package io.hibernateshards.spring.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spring.ShardContext;
import io.hibernateshards.spring.jdbc.Bank.Account;
import io.hibernateshards.spring.jdbc.Bank.Branch;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.ShardingKeyDataSourceAdapter;
import org.springframework.jdbc.datasource.ShardingKeyProvider;
import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** JDBC goes where it is told to, and takes part in the transaction of the sessions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShardedDataSourceTest {
    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 4);
    private final ShardedSessionFactory factory = new ShardedConfiguration()
            .settings(cluster.settings())
            .setting("hibernate.hbm2ddl.auto", "create")
            .entities(Account.class, Branch.class)
            .build();
    private final ShardedDataSource shards = new ShardedDataSource(() -> factory);
    private final JdbcClient jdbc = JdbcClient.create(shards);
    private final List<ShardId> all = factory.getTopology().shards();

    /** One owner on each shard. */
    private final List<String> owners = new ArrayList<>();

    @BeforeEach
    void fill() {
        if (owners.isEmpty()) {
            for (ShardId shard : all) {
                int i = 0;
                while (!factory.locate(Account.class, "owner" + i).equals(shard)) {
                    i++;
                }
                owners.add("owner" + i);
            }
        }
        factory.inTransaction(session -> {
            session.createMutationQuery("delete from Account").executeUpdate();
            owners.forEach(owner -> session.persist(new Account(owner, 100)));
        });
    }

    @AfterAll
    void close() {
        factory.close();
        cluster.close();
    }

    private int balance(String owner) {
        return factory.fromSession(session -> session.find(Account.class, owner).balance);
    }

    private void assertBalances(Integer... expected) {
        assertThat(owners).map(this::balance).containsExactly(expected);
    }

    private TransactionTemplate transactions() {
        return new TransactionTemplate(new JpaTransactionManager(factory));
    }

    private EntityManager current() {
        return Objects.requireNonNull(EntityManagerFactoryUtils.getTransactionalEntityManager(factory));
    }

    private String database(ShardId shard) throws SQLException {
        try (Connection connection = factory.openConnection(shard)) {
            return connection.getCatalog();
        }
    }

    private int add(int amount) {
        return jdbc.sql("update account set balance = balance + ?")
                .param(amount)
                .update();
    }

    private List<String> here() {
        return jdbc.sql("select owner from account").query(String.class).list();
    }

    @Test
    void scopes_sayTheShard_andEndWithTheWork() {
        for (int i = 0; i < all.size(); i++) {
            String owner = owners.get(i);
            assertThat(ShardContext.onShard(all.get(i), this::here)).containsExactly(owner);
            assertThat(ShardContext.onShard(all.get(i).name(), this::here)).containsExactly(owner);
            assertThat(ShardContext.onKey(Account.class, owner, this::here)).containsExactly(owner);
        }
        assertThat(ShardContext.<List<String>, RuntimeException>onShard(all.get(0), () -> {
                    assertThat(ShardContext.onShard(all.get(1), this::here)).containsExactly(owners.get(1));
                    return here();
                }))
                .containsExactly(owners.get(0));
        assertThatThrownBy(() -> ShardContext.onShard(all.get(0), (Runnable) () -> {
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertThat(ShardContext.currentShard(factory)).isNull();
    }

    @Test
    void withoutAShard_statementsAreRefused() {
        assertThatThrownBy(this::here)
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.ROUTE_MISSING))
                .hasMessageContaining("ShardContext")
                .hasMessageContaining(all.toString());
        assertThatThrownBy(() -> ShardContext.onShard("nowhere", this::here))
                .hasMessageContaining("no shard \"nowhere\"");
        assertThatThrownBy(() -> ShardContext.onKey("x", this::here)).hasMessageContaining("2 kinds of shard keys");
    }

    @Test
    void whatAllServersAnswerAlike_needsNoShard() throws SQLException {
        try (Connection connection = shards.getConnection()) {
            assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
            assertThat(connection.isValid(1)).isTrue();
        }
    }

    @Test
    void shardingKeys_leadToTheirShard() throws SQLException {
        try (Connection connection = shards.createConnectionBuilder()
                .shardingKey(shards.createShardingKeyBuilder()
                        .subkey(owners.get(2), JDBCType.VARCHAR)
                        .build())
                .superShardingKey(shards.shardingKey("Account"))
                .build()) {
            assertThat(connection.getCatalog()).isEqualTo(database(all.get(2)));
        }
        ShardId of = factory.locate(Branch.class, "SE", 7);
        assertThat(factory.locate(ShardKeys.of("SE", "7"), Branch.class)).isEqualTo(of);
        try (Connection connection = shards.createConnectionBuilder()
                .shardingKey(shards.createShardingKeyBuilder()
                        .subkey("SE", JDBCType.VARCHAR)
                        .subkey(7, JDBCType.INTEGER)
                        .build())
                .superShardingKey(shards.shardingKey(Branch.class))
                .build()) {
            assertThat(connection.getCatalog()).isEqualTo(database(of));
        }
    }

    @Test
    void shardingKeysOfNoUse_areRefused() {
        assertThatThrownBy(() -> shards.createShardingKeyBuilder().build()).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> shards.createConnectionBuilder()
                        .shardingKey(shards.shardingKey("x"))
                        .build())
                .hasMessageContaining("2 kinds of shard keys");
        assertThatThrownBy(() -> shards.createConnectionBuilder()
                        .shardingKey(shards.shardingKey("x"))
                        .superShardingKey(shards.shardingKey("Nothing"))
                        .build())
                .hasMessageContaining("Nothing is no entity");
        assertThatThrownBy(() -> shards.createConnectionBuilder()
                        .superShardingKey(shards.shardingKey("Account"))
                        .build())
                .hasMessageContaining("needs a shardingKey");
        assertThatThrownBy(() -> shards.createConnectionBuilder().user("ada").build())
                .isInstanceOf(SQLFeatureNotSupportedException.class);
        assertThatThrownBy(() -> shards.getConnection("ada", "secret"))
                .isInstanceOf(SQLFeatureNotSupportedException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void springsOwnAdapter_routes() {
        ShardingKeyProvider keys = new ShardingKeyProvider() {
            @Override
            public ShardingKey getShardingKey() {
                return shards.shardingKey(owners.get(3));
            }

            @Override
            public ShardingKey getSuperShardingKey() {
                return shards.shardingKey("Account");
            }
        };
        JdbcClient keyed = JdbcClient.create(new ShardingKeyDataSourceAdapter(shards, keys));
        assertThat(keyed.sql("select owner from account").query(String.class).list())
                .containsExactly(owners.get(3));
    }

    @Test
    void outsideATransaction_statementsCommitByThemselves() {
        assertThat(ShardContext.onShard(all.get(1), () -> add(5))).isEqualTo(1);
        JdbcClient.create(shards.onShard(all.get(2)))
                .sql("update account set balance = 0")
                .update();
        assertBalances(100, 105, 0, 100);
    }

    @Test
    void inATransactionOfTheSession_bothSeeTheSame_andCommitTogetherOnAllShards() {
        transactions().executeWithoutResult(status -> {
            EntityManager session = current();
            session.find(Account.class, owners.get(0)).balance = 50;
            session.flush();
            assertThat(ShardContext.onShard(all.get(0), () -> jdbc.sql("select balance from account")
                            .query(Integer.class)
                            .single()))
                    .isEqualTo(50);
            ShardContext.onShard(all.get(1), () -> add(25));
            JdbcClient.create(shards.onShard(all.get(2)))
                    .sql("update account set balance = balance + 25")
                    .update();
            assertThat(session.find(Account.class, owners.get(1)).balance).isEqualTo(125);
            assertThat(session.createQuery("select sum(a.balance) from Account a", Long.class)
                            .getSingleResult())
                    .isEqualTo(400);
            assertBalances(100, 100, 100, 100);
        });
        assertBalances(50, 125, 125, 100);
    }

    @Test
    void aTransactionThatFails_undoesWhatJdbcDidOnAllShards() {
        assertThatThrownBy(() -> transactions().executeWithoutResult(status -> {
                    all.forEach(shard -> ShardContext.onShard(shard, () -> add(1)));
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertBalances(100, 100, 100, 100);
    }

    @Test
    void modeSingleShard_holdsForJdbcToo() {
        assertThatThrownBy(() -> transactions().executeWithoutResult(status -> {
                    current().unwrap(ShardedSession.class).setTransactionMode(TransactionMode.SINGLE_SHARD);
                    ShardContext.onShard(all.get(0), () -> add(1));
                    ShardContext.onShard(all.get(1), () -> add(1));
                }))
                .hasMessageContaining("HS-020");
        assertBalances(100, 100, 100, 100);
    }

    @Test
    void aNewTransactionWithin_isOneOfItsOwn() {
        transactions().executeWithoutResult(outer -> {
            ShardContext.onShard(all.get(0), () -> add(1));
            TransactionTemplate inner = transactions();
            inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
            inner.executeWithoutResult(status -> ShardContext.onShard(all.get(1), () -> add(2)));
            TransactionTemplate none = transactions();
            none.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
            none.executeWithoutResult(status -> ShardContext.onShard(all.get(2), () -> add(3)));
            assertBalances(100, 102, 103, 100);
            outer.setRollbackOnly();
        });
        assertBalances(100, 102, 103, 100);
    }

    @Test
    void theEndOfASessionsTransaction_isNotForItsConnections() {
        transactions()
                .executeWithoutResult(status -> ShardContext.onShard(all.get(0), () -> {
                    try (Connection connection = shards.getConnection()) {
                        assertThat(connection.getAutoCommit()).isFalse();
                        assertThatThrownBy(connection::commit).hasMessageContaining("transaction manager");
                        assertThatThrownBy(connection::rollback).hasMessageContaining("transaction manager");
                        assertThatThrownBy(() -> connection.setAutoCommit(true))
                                .hasMessageContaining("transaction manager");
                        assertThatThrownBy(
                                        () -> connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE))
                                .hasMessageContaining("transaction manager");
                        var point = connection.setSavepoint();
                        add(1);
                        connection.rollback(point);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                    add(10);
                }));
        assertBalances(110, 100, 100, 100);
    }

    @Test
    void aConnectionThatOutlivesItsTransaction_isOfNoUse() throws SQLException {
        Connection kept = transactions().execute(status -> shards.getConnection());
        assertThat(kept).isNotNull();
        assertThatThrownBy(() -> ShardContext.onShard(all.get(0), () -> {
                    kept.createStatement();
                    return true;
                }))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("has ended");
        kept.close();
        assertThat(kept.isClosed()).isTrue();
        assertThatThrownBy(kept::createStatement).hasMessageContaining("closed");
    }

    @Test
    void readOnlyTransactions_writeNothingByJdbcEither() {
        JpaTransactionManager manager = new JpaTransactionManager(factory);
        manager.setEntityManagerInitializer(
                entityManager -> entityManager.unwrap(ShardedSession.class).setReadsOnly(true));
        TransactionTemplate reading = new TransactionTemplate(manager);
        assertThat(reading.<List<String>>execute(status -> ShardContext.onShard(all.get(0), this::here)))
                .containsExactly(owners.get(0));
        List<Throwable> refusals = new ArrayList<>();
        assertThatThrownBy(() -> reading.executeWithoutResult(status -> {
                    try {
                        ShardContext.onShard(all.get(0), () -> add(1));
                    } catch (RuntimeException e) {
                        refusals.add(e);
                        throw e;
                    }
                }))
                .isInstanceOf(RuntimeException.class);
        assertThat(refusals).hasSize(1);
        assertThat(refusals.get(0)).hasStackTraceContaining("read-only transaction");
        assertBalances(100, 100, 100, 100);
    }

    @Test
    void aTransactionOfJdbcsOwn_isOnOneShard() {
        PlatformTransactionManager ofJdbc = new DataSourceTransactionManager(shards);
        TransactionTemplate own = new TransactionTemplate(ofJdbc);
        ShardContext.onShard(
                all.get(0),
                () -> own.executeWithoutResult(status -> {
                    add(1);
                    add(1);
                }));
        assertBalances(102, 100, 100, 100);
        assertThatThrownBy(() -> ShardContext.onShard(
                        all.get(0),
                        () -> own.executeWithoutResult(status -> {
                            add(1);
                            ShardContext.onShard(all.get(1), () -> add(1));
                        })))
                .hasMessageContaining("HS-020")
                .hasMessageContaining("JPA transaction manager");
        assertBalances(102, 100, 100, 100);
    }

    @Test
    void oneShard_needsNoWord() {
        try (LocalCluster one = LocalCluster.shared(Layout.DATABASES, 1);
                ShardedSessionFactory single = new ShardedConfiguration()
                        .settings(one.settings())
                        .setting("hibernate.hbm2ddl.auto", "create")
                        .entities(Account.class, Branch.class)
                        .build()) {
            assertThat(JdbcClient.create(new ShardedDataSource(() -> single))
                            .sql("select count(*) from account")
                            .query(Long.class)
                            .single())
                    .isZero();
        }
    }

    @Test
    void dataSourcesOfOneShard_areEqual() {
        assertThat(shards.onShard(all.get(0))).isEqualTo(shards.onShard(all.get(0)));
        assertThat(shards.onShard(all.get(0))).isNotEqualTo(shards.onShard(all.get(1)));
    }

    @Test
    void connections_areGivenBack() {
        for (int i = 0; i < 100; i++) { // more than a pool has
            ShardContext.onShard(all.get(i % 4), this::here);
            transactions()
                    .executeWithoutResult(status -> all.forEach(shard -> ShardContext.onShard(shard, this::here)));
        }
        assertBalances(100, 100, 100, 100);
    }
}
