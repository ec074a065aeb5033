package io.hibernateshards.internal.scatter;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Asset;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Stock;
import java.util.List;
import org.hibernate.SessionFactory;

/** The same rows on four shards, and on one plain PostgreSQL with plain Hibernate, whose answers are right by definition. */
final class Oracle implements AutoCloseable {
    final ShardedSessionFactory sharded;
    final SessionFactory plain;

    /** The same shards, where no gathered query sends rows within its SQL. */
    final ShardedSessionFactory copying;

    private final LocalCluster cluster;
    private final LocalCluster single;

    Oracle(Collation collation) {
        this(collation, TransactionMode.TWO_PHASE);
    }

    Oracle(Collation collation, TransactionMode mode) {
        cluster = LocalCluster.shared(Layout.DATABASES, 4, collation);
        single = LocalCluster.shared(Layout.DATABASES, 1, collation);
        sharded = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting(ShardSettings.TRANSACTION_MODE, mode.setting())
                .build();
        copying = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting(ShardSettings.TRANSACTION_MODE, mode.setting())
                .setting(ShardSettings.QUERY_INLINE_LIMIT, "0")
                .build();
        plain = PlainConfiguration.of(single, List.of(OracleModel.ENTITIES)).buildSessionFactory();
        load();
    }

    private void load() {
        OracleRows forPlain = new OracleRows();
        plain.inTransaction(session -> {
            forPlain.regions().forEach(session::persist);
            forPlain.owners().forEach(session::persist);
            forPlain.assets().forEach(session::persist);
            forPlain.stocks().forEach(session::persist);
        });
        OracleRows forShards = new OracleRows();
        sharded.getReferenceData().upsert(forShards.regions());
        for (Owner owner : forShards.owners()) {
            sharded.inTransaction(session -> session.persist(owner));
        }
        for (Asset asset : forShards.assets()) {
            sharded.inTransaction(session -> session.persist(asset));
        }
        for (Stock stock : forShards.stocks()) {
            sharded.inTransaction(session -> session.persist(stock));
        }
    }

    @Override
    public void close() {
        copying.close();
        sharded.close();
        plain.close();
        cluster.close();
        single.close();
    }
}
