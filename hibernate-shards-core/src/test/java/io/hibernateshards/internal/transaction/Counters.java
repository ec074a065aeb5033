package io.hibernateshards.internal.transaction;

import io.hibernateshards.OnCluster;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Counters on three shards, which have no version: only a lock keeps an update from being lost. */
final class Counters extends OnCluster {
    static final int SHARDS = 3;

    @Entity(name = "Counter")
    static class Counter {
        @Id
        @ShardKey
        String name = "";

        int amount;

        Counter() {}

        Counter(String name) {
            this.name = name;
        }
    }

    final ShardedSessionFactory factory;

    /** One on each shard, in the order of the shards. */
    final List<String> names;

    Counters() {
        this(LocalCluster::settings);
    }

    /**
     * @param settings of the shards
     */
    Counters(Function<LocalCluster, Map<String, String>> settings) {
        super(LocalCluster.shared(Layout.DATABASES, SHARDS));
        factory = new ShardedConfiguration()
                .entities(Counter.class)
                .settings(settings.apply(cluster))
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting(ShardSettings.TRANSACTION_RECOVERY_INTERVAL, 3_600_000)
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        names = factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> "counter" + i)
                        .filter(name -> factory.locate(Counter.class, name).equals(shard))
                        .findFirst()
                        .orElseThrow())
                .toList();
        onAll("create table audit (text text)");
        onAll("create function note(t text) returns text language plpgsql as"
                + " $$ begin insert into audit values (t); return t; end $$");
        onAll("create function guarded() returns int language plpgsql as"
                + " $$ begin perform pg_advisory_xact_lock(17); return 17; end $$");
        onAll("create function count_to(which text, value int) returns int language sql as"
                + " $$ update Counter set amount = value where name = which returning amount $$");
        onAll("create view noting as select note('view') as text");
        onAll("create sequence tickets");
        onAll("alter table Counter add constraint no_thirteen exclude (amount with =) where (amount = 13)"
                + " deferrable initially deferred");
    }

    void onAll(String sql) {
        for (int shard = 0; shard < SHARDS; shard++) {
            execute(shard, sql);
        }
    }

    /** All are 0, and nothing is noted. */
    void reset() {
        onAll("truncate audit");
        factory.inTransaction(session -> {
            session.createMutationQuery("delete from Counter").executeUpdate();
            names.forEach(name -> session.persist(new Counter(name)));
        });
    }

    static Counter find(ShardedSession session, String name) {
        return session.find(Counter.class, name);
    }

    /** What a select on one shard yields. */
    static Object select(ShardedSession session, int shard, String sql) {
        return session.createNativeQuery(sql, Object.class)
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .getSingleResult();
    }

    List<Integer> amounts() {
        return IntStream.range(0, SHARDS)
                .mapToObj(i -> number(i, "select amount from Counter where name = '" + names.get(i) + "'"))
                .toList();
    }

    /** How many rows of each shard tell what functions have done. */
    List<Integer> notes() {
        return IntStream.range(0, SHARDS)
                .mapToObj(i -> number(i, "select count(*) from audit"))
                .toList();
    }

    int prepared() {
        return number(0, "select count(*) from pg_prepared_xacts");
    }

    @Override
    public void close() {
        onAll("drop view noting; drop function note(text); drop function guarded();"
                + " drop function count_to(text, int); drop table audit;"
                + " drop sequence tickets");
        factory.close();
        cluster.close();
    }
}
