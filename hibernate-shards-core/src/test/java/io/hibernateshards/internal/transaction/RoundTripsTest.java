package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.persistence.LockModeType;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a transaction sends in the mode two-phase, as the network sees it. */
@Tag("pgbouncer")
class RoundTripsTest {
    private static final List<Relay> RELAYS = new ArrayList<>();

    private static LocalCluster cluster;
    private static ShardedSessionFactory sharded;
    private static SessionFactory plain;
    private static HikariDataSource pool;
    private static List<String> names;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        Map<String, String> settings = new HashMap<>(cluster.settings());
        for (Shard shard : cluster.shards()) {
            Relay relay = new Relay(shard);
            RELAYS.add(relay);
            settings.put("hibernate.shards.shard." + shard.name() + ".url", relay.url(shard));
        }
        sharded = Purses.factory(settings, "create");
        names = Purses.names(sharded, 1).stream().map(list -> list.get(0)).toList();
        sharded.inTransaction(session -> names.forEach(name -> session.persist(new Purse(name, 0))));
        Shard first = cluster.shards().get(0);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(RELAYS.get(0).url(first));
        config.setUsername(first.user());
        config.setPassword(first.password());
        config.setAutoCommit(false);
        config.setMaximumPoolSize(1);
        pool = new HikariDataSource(config);
        Configuration plainly = new Configuration().addAnnotatedClass(Purse.class);
        plainly.getProperties().put("hibernate.connection.datasource", pool);
        plainly.setProperty("hibernate.connection.provider_disables_autocommit", "true");
        plain = plainly.buildSessionFactory();
    }

    @AfterAll
    static void stop() {
        plain.close();
        pool.close();
        sharded.close();
        RELAYS.forEach(Relay::close);
        cluster.close();
    }

    private static void change(Session session, int shard) {
        session.find(Purse.class, names.get(shard)).coins++;
    }

    /** The fewest round trips to each server: a pool asks a connection that it did not use for a while whether it lives. */
    private static List<Integer> roundTrips(SessionFactory factory, Consumer<Session> work) {
        int first = Integer.MAX_VALUE;
        int second = Integer.MAX_VALUE;
        for (int i = 0; i < 15; i++) {
            int firstBefore = RELAYS.get(0).roundTrips();
            int secondBefore = RELAYS.get(1).roundTrips();
            factory.inTransaction(work);
            first = Math.min(first, RELAYS.get(0).roundTrips() - firstBefore);
            second = Math.min(second, RELAYS.get(1).roundTrips() - secondBefore);
        }
        return List.of(first, second);
    }

    @Test
    void aTransactionThatWritesOneShard_costsWhatPlainHibernateCosts() {
        List<Integer> plainly = roundTrips(plain, session -> change(session, 0));
        assertThat(plainly).as("select, update, commit").containsExactly(3, 0);
        assertThat(roundTrips(sharded, session -> change(session, 0))).isEqualTo(plainly);
    }

    @Test
    void aBranchThatOnlyReads_isCommitted_andTheWriterPaysNothingForIt() {
        assertThat(roundTrips(sharded, session -> {
                    change(session, 0);
                    assertThat(session.find(Purse.class, names.get(1)).name).isEqualTo(names.get(1));
                }))
                .as("select, update, commit; select, commit")
                .containsExactly(3, 2);
    }

    @Test
    void aBranchThatHoldsALock_costsOneRoundTripMore_ifAnotherHasWritten() {
        assertThat(roundTrips(sharded, session -> {
                    change(session, 0);
                    session.find(Purse.class, names.get(1), LockModeType.PESSIMISTIC_WRITE);
                }))
                .as("select, update, commit; select, look, commit")
                .containsExactly(3, 3);
        assertThat(roundTrips(sharded, session -> {
                    session.find(Purse.class, names.get(0));
                    session.find(Purse.class, names.get(1), LockModeType.PESSIMISTIC_WRITE);
                }))
                .as("select, commit; select, commit")
                .containsExactly(2, 2);
    }

    @Test
    void aTransactionThatWritesTwoShards_costsOneRoundTripMoreOnEach() {
        assertThat(roundTrips(sharded, session -> {
                    change(session, 0);
                    change(session, 1);
                }))
                .as("select, update, decision, commit; select, update, prepare, commit prepared")
                .containsExactly(4, 4);
    }

    @Test
    void anIsolationLevel_costsOneRoundTripOnEachShard() {
        assertThat(roundTrips(sharded, session -> {
                    ((ShardedSession) session).setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                    change(session, 0);
                    assertThat(session.find(Purse.class, names.get(1)).name).isEqualTo(names.get(1));
                }))
                .as("level, select, update, commit; level, select, commit")
                .containsExactly(4, 3);
    }
}
