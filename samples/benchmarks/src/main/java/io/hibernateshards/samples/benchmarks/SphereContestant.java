package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.shardingsphere.driver.api.ShardingSphereDataSourceFactory;
import org.apache.shardingsphere.infra.algorithm.core.config.AlgorithmConfiguration;
import org.apache.shardingsphere.infra.config.mode.ModeConfiguration;
import org.apache.shardingsphere.mode.repository.standalone.StandalonePersistRepositoryConfiguration;
import org.apache.shardingsphere.sharding.api.config.ShardingRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.rule.ShardingTableRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.strategy.sharding.StandardShardingStrategyConfiguration;
import org.apache.shardingsphere.transaction.config.TransactionRuleConfiguration;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.query.common.FetchClauseType;

/**
 * ShardingSphere-JDBC under one ordinary session factory. It shards by {@code id % 4} and reads the tables that the others
 * read: see {@link Ids}.
 */
final class SphereContestant implements Contestant {
    /** It gives all shards' rows for "fetch first ? rows only", which is what Hibernate writes: "limit ?" it understands. */
    private static final class LimitDialect extends PostgreSQLDialect {
        @Override
        public boolean supportsFetchClause(FetchClauseType type) {
            return false;
        }
    }

    private final Topology topology;
    private final Ids ids;
    private final Pools pools;
    private final DataSource source;
    private final PlainHibernate hibernate;

    /**
     * Opens its pools.
     *
     * @param xa whether transactions are XA's, with Narayana, instead of one local commit after the other
     */
    SphereContestant(LocalCluster cluster, Topology topology, Ids ids, boolean xa) {
        this.topology = topology;
        this.ids = ids;
        pools = new Pools(cluster);
        source = open(pools.byShard(), xa);
        hibernate = new PlainHibernate(source, Map.of(AvailableSettings.DIALECT, new LimitDialect()));
    }

    private static DataSource open(Map<String, HikariDataSource> pools, boolean xa) {
        Properties byRemainder = new Properties();
        byRemainder.setProperty("strategy", "STANDARD");
        byRemainder.setProperty("algorithmClassName", ByRemainder.class.getName());
        byRemainder.setProperty("shards", String.valueOf(pools.size()));
        ShardingTableRuleConfiguration table = new ShardingTableRuleConfiguration(
                "account",
                pools.keySet().stream().map(shard -> shard + ".account").collect(Collectors.joining(",")));
        table.setDatabaseShardingStrategy(new StandardShardingStrategyConfiguration("id", "by_remainder"));
        ShardingRuleConfiguration rule = new ShardingRuleConfiguration();
        rule.getTables().add(table);
        rule.getShardingAlgorithms().put("by_remainder", new AlgorithmConfiguration("CLASS_BASED", byRemainder));
        Properties properties = new Properties();
        properties.setProperty("sql-show", "false");
        try {
            return ShardingSphereDataSourceFactory.createDataSource(
                    xa ? "accounts_xa" : "accounts",
                    new ModeConfiguration(
                            "Standalone", new StandalonePersistRepositoryConfiguration("JDBC", new Properties())),
                    new HashMap<>(pools),
                    xa
                            ? List.of(rule, new TransactionRuleConfiguration("XA", "Narayana", new Properties()))
                            : List.of(rule),
                    properties);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long find(long id) {
        return hibernate.find(id).getScore();
    }

    @Override
    public long byKey(long id) {
        return hibernate.byKey(id).getScore();
    }

    @Override
    public long page(int offset) {
        List<PlainAccount> page = hibernate.page(offset, 20);
        return page.get(page.size() - 1).getId();
    }

    @Override
    public long groups(long least) {
        return Group.digest(hibernate.groups(least));
    }

    @Override
    public long insert(int n) {
        int bucket = ThreadLocalRandom.current().nextInt(8192);
        long id = ids.next(bucket, topology.indexOf(bucket));
        hibernate.insert(new PlainAccount(id, "owner " + n, "inserted", n, n % 1000));
        return id;
    }

    @Override
    public long update(long id, int n) {
        return hibernate.update(id, n);
    }

    @Override
    public long transfer(long from, long to, long amount) {
        return hibernate.transfer(from, to, amount);
    }

    @Override
    public void close() {
        hibernate.close();
        try {
            ((AutoCloseable) source).close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            pools.close();
        }
    }
}
