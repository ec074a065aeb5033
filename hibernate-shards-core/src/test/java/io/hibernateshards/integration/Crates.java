package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.OnCluster;
import io.hibernateshards.ServerHygiene;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Lob;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.hibernate.Interceptor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.type.Type;

/** Crates and their items on two shards whose texts only a server can order, for every way to read and to write. */
final class Crates extends OnCluster {
    @Entity(name = "Crate")
    @Table(name = "crate")
    static class Crate {
        @Id
        @ShardKey
        Long id;

        int amount;

        String label;

        @OneToMany(mappedBy = "crate")
        List<Item> items = new ArrayList<>();

        Crate() {}

        Crate(Long id, int amount, String label) {
            this.id = id;
            this.amount = amount;
            this.label = label;
        }
    }

    @Entity(name = "Item")
    @Table(name = "item")
    static class Item {
        @Id
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        Crate crate;
    }

    /** What only a transaction can read and write. */
    @Entity(name = "Paper")
    @Table(name = "paper")
    static class Paper {
        @Id
        @ShardKey
        Long id;

        @Lob
        String text = TEXT;

        Paper() {}

        Paper(Long id) {
            this.id = id;
        }
    }

    static final String TEXT = "a text of its own";

    /** A label of a crate that an interceptor puts 7 of something in. */
    static final String INTERCEPTED = "intercepted";

    /** A label whose insert is written down in another table by a listener. */
    static final String AUDITED = "audited";

    static final int STORED = 40;

    private static final int CONNECTIONS = 3;

    /** Ids of crates that are always there are smaller. */
    private static final AtomicLong NEXT = new AtomicLong(1000);

    final ShardedSessionFactory factory;
    final ServerHygiene hygiene;

    Crates(Map<String, ?> settings) {
        super(LocalCluster.shared(Layout.DATABASES, 2, Collation.icu("de-DE")), true);
        ShardedConfiguration configuration = new ShardedConfiguration()
                .entities(Crate.class, Item.class, Paper.class)
                .settings(cluster.settings())
                .setting("hibernate.shards.pool.maximum-pool-size", CONNECTIONS)
                .setting("hibernate.session_factory.interceptor", new Filling())
                .setting("hibernate.hbm2ddl.auto", "create");
        settings.forEach(configuration::setting);
        factory = configuration.build();
        factory.unwrap(org.hibernate.engine.spi.SessionFactoryImplementor.class)
                .getServiceRegistry()
                .requireService(EventListenerRegistry.class)
                .appendListeners(EventType.POST_INSERT, new Audit());
        for (int shard = 0; shard < 2; shard++) {
            execute(shard, "create table audit (id bigint)");
            execute(
                    shard,
                    "create function note(bigint) returns bigint language sql as"
                            + " 'insert into audit values ($1) returning id'");
        }
        for (long id = 1; id <= STORED; id++) {
            int shard = shardOf(id);
            execute(shard, "insert into crate (id, amount, label) values (" + id + ", 1, 'ä" + id % 7 + "')");
            execute(shard, "insert into item (id, crate_id) values (" + id + ", " + id + ")");
        }
        for (int shard = 0; shard < 2; shard++) {
            long id = newId(shard);
            execute(
                    shard,
                    "insert into paper (id, text) values (" + id + ", lo_from_bytea(0, '" + TEXT + "'::bytea)); "
                            + "create function cursor_of_crates() returns refcursor language plpgsql as"
                            + " 'declare all_of_them refcursor;"
                            + " begin open all_of_them for select * from crate; return all_of_them; end'");
        }
        hygiene = new ServerHygiene(cluster);
    }

    private static final class Filling implements Interceptor {
        @Override
        public boolean onPersist(Object entity, Object id, Object[] state, String[] names, Type[] types) {
            return fill(state, names);
        }

        @Override
        public void onInsert(Object entity, Object id, Object[] state, String[] names, Type[] types) {
            fill(state, names);
        }

        private static boolean fill(Object[] state, String[] names) {
            boolean chosen = Arrays.asList(state).contains(INTERCEPTED);
            if (chosen) {
                state[List.of(names).indexOf("amount")] = 7;
            }
            return chosen;
        }
    }

    private static final class Audit implements PostInsertEventListener {
        private static final long serialVersionUID = 1L;

        @Override
        public void onPostInsert(PostInsertEvent event) {
            if (event.getEntity() instanceof Crate crate && AUDITED.equals(crate.label)) {
                event.getSession().doWork(connection -> {
                    try (var statement = connection.createStatement()) {
                        statement.execute("insert into audit values (" + crate.id + ")");
                    }
                });
            }
        }

        @Override
        public boolean requiresPostCommitHandling(EntityPersister persister) {
            return false;
        }
    }

    int shardOf(long id) {
        return factory.getTopology().shards().indexOf(factory.locate(Crate.class, id));
    }

    ShardId shard(int number) {
        return factory.getTopology().shards().get(number);
    }

    /** An id that is not in use, of a shard. */
    long newId(int shard) {
        while (true) {
            long id = NEXT.incrementAndGet();
            if (shardOf(id) == shard) {
                return id;
            }
        }
    }

    /** Whether no connection of the pools has a setting that its server did not give it. */
    void assertSettings() {
        for (int shard = 0; shard < 2; shard++) {
            List<Connection> all = new ArrayList<>();
            try {
                for (int i = 0; i < CONNECTIONS; i++) {
                    all.add(factory.openConnection(shard(shard)));
                    assertThat(ServerHygiene.settings(all.get(i))).isEmpty();
                }
                for (Connection connection : all) {
                    connection.close();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The crates of a shard that are always there. */
    List<Long> stored(int shard) {
        return LongStream.rangeClosed(1, STORED)
                .filter(id -> shardOf(id) == shard)
                .boxed()
                .toList();
    }

    @Override
    public void close() {
        hygiene.close();
        factory.close();
        closeCluster();
    }
}
