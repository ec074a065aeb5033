package io.hibernateshards.internal.jta;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.OnCluster;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tills on several shards, for transactions of JTA, and what tests need to see of them past the session. */
final class Tills extends OnCluster {
    @Entity(name = "Till")
    static class Till {
        @Id
        @ShardKey
        String name = "";

        int coins;

        @Version
        int version;

        Till() {}

        Till(String name, int coins) {
            this.name = name;
            this.coins = coins;
        }
    }

    @Entity(name = "Badge")
    static class Badge {
        @Id
        @ShardKey
        String holder = "";

        @GlobalUnique
        String number = "";

        @Version
        int version;

        Badge() {}

        Badge(String holder, String number) {
            this.holder = holder;
            this.number = number;
        }
    }

    @Entity(name = "Mint")
    @ReferenceEntity
    static class Mint {
        @Id
        String country = "";

        String place = "";

        Mint() {}

        Mint(String country, String place) {
            this.country = country;
            this.place = place;
        }
    }

    final ShardedSessionFactory factory;

    /** One on each shard, in the order of the shards. */
    final List<String> names;

    Tills(LocalCluster cluster) {
        this(cluster, cluster.settings());
    }

    Tills(LocalCluster cluster, Map<String, String> settings) {
        super(cluster);
        factory = factory(settings, "two-phase", "create");
        names = factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> "till" + i)
                        .filter(name -> factory.locate(Till.class, name).equals(shard))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    static ShardedSessionFactory factory(Map<String, String> shards, String mode, String schema) {
        ShardedConfiguration configuration = new ShardedConfiguration().entities(Till.class, Mint.class);
        if (!mode.equals("single-shard")) {
            configuration.entities(Badge.class); // its values are kept on other shards than itself
        }
        return configuration
                .settings(shards)
                .setting("hibernate.transaction.coordinator_class", "jta")
                .setting(
                        "hibernate.transaction.jta.platform",
                        "org.hibernate.engine.transaction.jta.platform.internal.NarayanaJtaPlatform")
                .setting(ShardSettings.TRANSACTION_MODE, mode)
                .setting("hibernate.shards.pool.maximum-pool-size", 4)
                .setting("hibernate.hbm2ddl.auto", schema)
                .build();
    }

    void fill() {
        for (int shard = 0; shard < names.size(); shard++) {
            execute(shard, "delete from Till");
            execute(shard, "insert into Till (name, coins, version) values ('" + names.get(shard) + "', 10, 0)");
        }
    }

    List<Integer> coins() {
        return IntStream.range(0, names.size())
                .mapToObj(i -> number(i, "select coins from Till where name = '" + names.get(i) + "'"))
                .toList();
    }

    /** The prepared branches of each shard. */
    List<Integer> prepared() {
        return IntStream.range(0, names.size())
                .mapToObj(i -> number(i, "select count(*) from pg_prepared_xacts where database = current_database()"))
                .toList();
    }

    /** The connections that are within a transaction, of all shards. */
    int inTransaction() {
        return Stream.iterate(0, i -> i + 1)
                .limit(names.size())
                .mapToInt(i -> number(
                        i,
                        "select count(*) from pg_stat_activity where datname = current_database()"
                                + " and state like 'idle in transaction%'"))
                .sum();
    }

    @Override
    public void close() {
        factory.close();
        cluster.close();
    }
}
