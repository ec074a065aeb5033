package io.hibernateshards.internal.transaction;

import io.hibernateshards.OnCluster;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
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
import org.hibernate.JDBCException;

/** Purses on several shards, and what tests need to see of them past the session. */
final class Purses extends OnCluster {
    @Entity(name = "Purse")
    static class Purse {
        @Id
        @ShardKey
        String name = "";

        int coins;

        @Version
        int version;

        Purse() {}

        Purse(String name, int coins) {
            this.name = name;
            this.coins = coins;
        }
    }

    final ShardedSessionFactory factory;

    /** One on each shard, in the order of the shards. */
    final List<String> names;

    Purses(LocalCluster cluster) {
        super(cluster);
        factory = factory(cluster.settings(), "create");
        names = names(factory, 1).stream().map(list -> list.get(0)).toList();
    }

    static ShardedSessionFactory factory(Map<String, String> shards, String schema) {
        return configured(shards, schema)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .build();
    }

    /** With the mode that is the default. */
    static ShardedConfiguration configured(Map<String, String> shards, String schema) {
        return new ShardedConfiguration()
                .entities(Purse.class)
                .settings(shards)
                .setting(ShardSettings.TRANSACTION_RECOVERY_INTERVAL, 3_600_000)
                .setting("hibernate.hbm2ddl.auto", schema);
    }

    /** So many of each shard, in the order of the shards. */
    static List<List<String>> names(ShardedSessionFactory factory, int count) {
        return factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> "purse" + i)
                        .filter(name -> factory.locate(Purse.class, name).equals(shard))
                        .limit(count)
                        .toList())
                .toList();
    }

    void fill(int coins) {
        factory.inTransaction(session -> {
            session.createMutationQuery("delete from Purse").executeUpdate();
            names.forEach(name -> session.persist(new Purse(name, coins)));
        });
    }

    /** Has the pools notice which of their connections were cut. */
    void heal() {
        for (ShardId shard : factory.getTopology().shards()) {
            boolean answered = false;
            while (!answered) {
                try {
                    answered = factory.fromSession(session -> session.createNativeQuery("select true", Boolean.class)
                            .setHint(ShardHints.SHARD, shard)
                            .getSingleResult());
                } catch (JDBCException cut) {
                    // the pool gives it out no more
                }
            }
        }
    }

    List<Integer> coins() {
        return IntStream.range(0, names.size())
                .mapToObj(i -> number(i, "select coins from Purse where name = '" + names.get(i) + "'"))
                .toList();
    }

    /** The sum over all shards of a query that yields a number. */
    int sum(String sql) {
        return IntStream.range(0, cluster.shards().size())
                .map(i -> number(i, sql))
                .sum();
    }

    int prepared() {
        return sum("select count(*) from pg_prepared_xacts where database = current_database()");
    }

    int decisions() {
        return IntStream.range(0, cluster.shards().size())
                .filter(i -> number(i, "select count(*) from pg_tables where tablename = 'transaction_decision'") == 1)
                .map(i -> number(i, "select count(*) from hibernate_shards.transaction_decision"))
                .sum();
    }

    /** Makes all decisions older. */
    void age(String interval) {
        for (int shard = 0; shard < cluster.shards().size(); shard++) {
            if (number(shard, "select count(*) from pg_tables where tablename = 'transaction_decision'") == 1) {
                execute(
                        shard,
                        "update hibernate_shards.transaction_decision set decided = decided - interval '" + interval
                                + "'");
            }
        }
    }

    @Override
    public void close() {
        factory.close();
        cluster.close();
    }
}
