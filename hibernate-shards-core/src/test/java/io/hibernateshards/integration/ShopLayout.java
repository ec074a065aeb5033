package io.hibernateshards.integration;

import io.hibernateshards.ServerHygiene;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.util.List;

/** Every way to lay shards out, each with one factory for all tests of this JVM: they use ids and keys of their own. */
@SuppressWarnings("ImmutableEnumChecker") // what it makes, it makes once
enum ShopLayout {
    ONE_SHARD(Layout.DATABASES, 1),
    SERVERS(Layout.SERVERS, 4),
    DATABASES(Layout.DATABASES, 4),
    SCHEMAS(Layout.SCHEMAS, 4);

    static final Class<?>[] ENTITIES = {
        Shop.Customer.class,
        Shop.Purchase.class,
        Shop.Line.class,
        Shop.Label.class,
        Shop.Note.class,
        Shop.Device.class,
        Office.Document.class,
        Office.Page.class,
        Office.Remark.class,
        Office.Account.class,
        Office.Profile.class,
        Office.Ticket.class,
        Office.Country.class,
        Office.AppSetting.class,
        Office.Payment.class,
        Office.CardPayment.class,
        Office.CashPayment.class,
        Office.Asset.class,
        Office.House.class,
        Office.Boat.class,
        Office.Visit.class,
        Office.WebVisit.class,
        Office.ShopVisit.class
    };

    private final Layout layout;
    private final int count;
    private LocalCluster cluster;
    private ShardedSessionFactory factory;
    private ServerHygiene hygiene;

    ShopLayout(Layout layout, int count) {
        this.layout = layout;
        this.count = count;
    }

    synchronized LocalCluster cluster() {
        if (cluster == null) {
            cluster = LocalCluster.shared(layout, count);
        }
        return cluster;
    }

    synchronized ServerHygiene hygiene() {
        if (hygiene == null) {
            hygiene = new ServerHygiene(cluster());
        }
        return hygiene;
    }

    synchronized ShardedSessionFactory factory() {
        if (factory == null) {
            factory = new ShardedConfiguration()
                    .entities(ENTITIES)
                    .settings(cluster().settings())
                    .setting("hibernate.shards.pool.maximum-pool-size", 5)
                    .setting("hibernate.hbm2ddl.auto", "create")
                    .setting("hibernate.jdbc.batch_size", 20)
                    .setting("hibernate.current_session_context_class", "thread")
                    .build();
            factory.getReferenceData()
                    .upsert(List.of(new Office.Country("SE", "Sweden"), new Office.Country("FR", "France")));
        }
        return factory;
    }
}
