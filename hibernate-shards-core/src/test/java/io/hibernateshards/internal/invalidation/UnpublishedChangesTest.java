package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.invalidation.Twins.Item;
import io.hibernateshards.internal.transaction.Relay;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that are stored though whoever made them does not know, or did not live to publish them. */
class UnpublishedChangesTest {
    private static final ShardId ONLY = ShardId.of("shard0");

    private static Twins twins;

    @BeforeAll
    static void start() {
        NotifyListener.checkNanos = TimeUnit.MILLISECONDS.toNanos(50);
        twins = new Twins(LocalCluster.shared(Layout.DATABASES, 1));
    }

    @AfterAll
    static void stop() {
        NotifyListener.checkNanos = TimeUnit.SECONDS.toNanos(2);
        twins.close();
    }

    /** The text is cached by the factory. */
    private static void cached(ShardedSessionFactory factory, long id, String text) {
        Twins.await("is cached", () -> {
            assertThat(twins.text(factory, id)).isEqualTo(text);
            return factory.getCache().contains(Item.class, id);
        });
    }

    /** The commit takes longer than its client waits; what is read and cached meanwhile is old. */
    @ParameterizedTest
    @ValueSource(strings = {"notify", "none"})
    void aCommitThatTakesTooLong_isInTheOwnCacheToo_onceItIsMade(String coherence) throws SQLException {
        Map<String, String> settings = new HashMap<>(twins.cluster.settings());
        settings.replaceAll((name, value) ->
                name.endsWith(".url") ? value + (value.contains("?") ? "&" : "?") + "socketTimeout=4" : value);
        long id = coherence.length();
        twins.here.inTransaction(session -> session.persist(new Item(id, "old")));
        twins.execute(
                0,
                "create function hold() returns trigger language plpgsql as"
                        + " 'begin perform pg_advisory_xact_lock(4711); return new; end'");
        twins.execute(
                0,
                "create constraint trigger hold after update on Item deferrable initially deferred for each row"
                        + " execute function hold()");
        try (ShardedSessionFactory own = Twins.factory(settings, coherence, "none", Map.of());
                Connection holder = twins.cluster.shards().get(0).connect();
                Statement hold = holder.createStatement()) {
            hold.execute("select pg_advisory_lock(4711)");
            assertThatThrownBy(() -> own.inTransaction(
                            session -> Objects.requireNonNull(session.find(Item.class, id)).text = "new"))
                    .hasStackTraceContaining("Unable to commit");
            cached(own, id, "old");

            hold.execute("select pg_advisory_unlock(4711)");
            Twins.await("is stored", () -> "new".equals(text(hold, "select text from Item where id = " + id)));
            Twins.await("is read", () -> twins.text(own, id).equals("new"));
            cached(own, id, "new");
        } finally {
            twins.execute(0, "drop function hold cascade");
        }
    }

    private static final AtomicLong IDS = new AtomicLong(10);

    private enum Way {
        STATELESS,
        HQL,
        NATIVE,
        FUNCTION,
        WORK;

        void change(ShardedSessionFactory factory, long id) {
            String update = "update Item set text = 'new' where id = " + id;
            if (this == STATELESS) {
                try (ShardedStatelessSession session = factory.openStatelessSession()) {
                    Item item = session.get(Item.class, id);
                    item.text = "new";
                    session.update(item);
                }
                return;
            }
            try (ShardedSession session = factory.openSession()) {
                switch (this) {
                    case HQL -> session.createMutationQuery(update).executeUpdate();
                    case NATIVE -> session.createNativeMutationQuery(update).executeUpdate();
                    case FUNCTION ->
                        session.createNativeQuery("select renew(" + id + ")", Object.class)
                                .getSingleResult();
                    default ->
                        session.doReturningWork(ONLY, connection -> {
                            try (Statement statement = connection.createStatement()) {
                                return statement.executeUpdate(update);
                            }
                        });
                }
            }
        }
    }

    /** The statement commits by itself, and its connection is cut while the server is at work on it. */
    @ParameterizedTest
    @EnumSource
    void aStatementOutsideATransaction_thatIsNotAnswered_isInAllCaches_onceItIsMade(Way way) throws Exception {
        for (String coherence : List.of("notify", "none")) {
            long id = IDS.incrementAndGet();
            twins.here.inTransaction(session -> session.persist(new Item(id, "old")));
            twins.execute(
                    0,
                    "create function hold() returns trigger language plpgsql as"
                            + " 'begin perform pg_advisory_xact_lock(4711); return new; end';"
                            + " create constraint trigger hold after update on Item deferrable initially deferred"
                            + " for each row execute function hold();"
                            + " create function renew(which bigint) returns text language sql as"
                            + " 'update Item set text = ''new'' where id = which returning text'");
            Shard shard = twins.cluster.shards().get(0);
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try (Relay relay = new Relay(shard);
                    ShardedSessionFactory own = Twins.factory(
                            Relay.settings(twins.cluster, List.of(relay)),
                            coherence,
                            "none",
                            Map.of("hibernate.allow_update_outside_transaction", true));
                    Connection holder = shard.connect();
                    Statement hold = holder.createStatement()) {
                hold.execute("select pg_advisory_lock(4711)");
                if (coherence.equals("notify")) {
                    Twins.settle(own);
                    Twins.settle(twins.there);
                    cached(twins.there, id, "old");
                }
                cached(own, id, "old");
                Future<?> change = thread.submit(() -> way.change(own, id));
                Twins.await("waits", () -> waiting(hold) != 0);
                Objects.requireNonNull(relay.link(waiting(hold))).cut();
                assertThatThrownBy(change::get).hasStackTraceContaining("JDBCConnectionException");
                assertThat(twins.text(own, id)).isEqualTo("old");
                if (way != Way.STATELESS) { // Hibernate locks its item in the cache, and then forgets it
                    cached(own, id, "old");
                }

                hold.execute("select pg_advisory_unlock(4711)");
                Twins.await("is stored", () -> "new".equals(text(hold, "select text from Item where id = " + id)));
                Twins.await("is read", () -> twins.text(own, id).equals("new"));
                if (coherence.equals("notify")) {
                    Twins.await("is read", () -> twins.text(twins.there, id).equals("new"));
                }
            } finally {
                thread.shutdownNow();
                twins.execute(0, "drop function hold cascade; drop function renew");
            }
        }
    }

    /** The port of the client whose statement waits for the lock; 0 if none does. */
    private static int waiting(Statement statement) {
        return Integer.parseInt(text(
                statement,
                "select coalesce(max(client_port), 0) from pg_stat_activity where wait_event = 'advisory'"
                        + " and datname = current_database()"));
    }

    private static String text(Statement statement, String sql) {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** It has committed by a transaction manager, say, and was killed before it published. */
    @Test
    void aJvmThatIsKilled_makesTheOthersEmptyTheirCaches() throws SQLException {
        Shard shard = twins.cluster.shards().get(0);
        Presence killed = new Presence(NotifyBus.channel("\"hibernate_shards\"", ShardId.of(shard.name())), "killed");
        twins.here.inTransaction(session -> session.persist(new Item(1, "old")));
        Twins.settle(twins.there);
        try (Connection listener = DriverManager.getConnection(
                shard.url() + (shard.url().contains("?") ? "&" : "?") + "ApplicationName="
                        + killed.applicationName().replace(" ", "%20"),
                shard.user(),
                shard.password())) {
            assertThat(listener.isValid(0)).isTrue();
            cached(twins.there, 1, "old");
            twins.execute(0, "update Item set text = 'new' where id = 1");
            looked();
            assertThat(twins.there.getCache().contains(Item.class, 1L)).isTrue();
        }
        Twins.await("is read", () -> twins.text(twins.there, 1).equals("new"));
    }

    /** Waits until each listener has looked who is there. */
    private static void looked() {
        try (Connection connection = twins.cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            String now = text(statement, "select clock_timestamp()::text");
            Twins.await("the listeners have looked", () -> "t"
                    .equals(text(
                            statement,
                            "select count(*) >= 2 and min(query_start) > '" + now + "' from pg_stat_activity"
                                    + " where application_name like 'hibernate-shards listener %'"
                                    + " and query like '%xmin%' and datname = current_database()")));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFactoryThatIsClosed_leavesTheCachesOfOthersAlone() {
        twins.here.inTransaction(session -> session.persist(new Item(2, "old")));
        Twins.settle(twins.there);
        ShardedSessionFactory third = Twins.factory(twins.cluster.settings(), "notify", "none", Map.of());
        Twins.settle(third);
        cached(twins.there, 2, "old");
        looked();
        third.close();
        for (int i = 0; i < 6; i++) {
            looked();
        }
        assertThat(twins.there.getCache().contains(Item.class, 2L)).isTrue();
    }
}
