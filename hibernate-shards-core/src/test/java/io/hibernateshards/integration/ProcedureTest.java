package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.ParameterMode;
import jakarta.persistence.StoredProcedureQuery;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.hibernate.procedure.ProcedureCall;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Stored procedures and functions, on the shard that a hint names. */
class ProcedureTest {
    @Entity(name = "Meter")
    static class Meter {
        @Id
        @ShardKey
        Long id;

        int reading;

        Meter() {}

        Meter(Long id) {
            this.id = id;
        }
    }

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        factory = new ShardedConfiguration()
                .entities(Meter.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        """
                        create or replace procedure read_meter(which bigint, by_how_much integer, out new_reading integer)
                        language sql as 'update Meter set reading = reading + by_how_much where id = which
                            returning reading'
                        """);
                statement.execute(
                        """
                        create or replace procedure meters(out meter_rows refcursor) language plpgsql as '
                        begin open meter_rows for select id, reading from Meter order by id; end'
                        """);
            }
        }
        for (long id = 1; id <= 20; id++) {
            Meter meter = new Meter(id);
            factory.inTransaction(session -> session.persist(meter));
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static StoredProcedureQuery reading(StoredProcedureQuery call) {
        return call.registerStoredProcedureParameter("which", Long.class, ParameterMode.IN)
                .registerStoredProcedureParameter("by_how_much", Integer.class, ParameterMode.IN)
                .registerStoredProcedureParameter("new_reading", Integer.class, ParameterMode.OUT);
    }

    @Test
    void procedure_runsOnTheShardOfTheKey_whateverIsSetFirst() {
        factory.inTransaction(session -> {
            StoredProcedureQuery call = reading(session.createStoredProcedureQuery("read_meter"))
                    .setParameter("which", 7L)
                    .setParameter("by_how_much", 5)
                    .setHint(ShardHints.KEY, 7L);
            call.execute();
            assertThat(call.getOutputParameterValue("new_reading")).isEqualTo(5);
            assertThat(((ShardedSession) session).usedShards()).containsExactly(factory.locate(Meter.class, 7L));
        });
        assertThat(factory.<Integer>fromTransaction(session -> session.find(Meter.class, 7L).reading))
                .isEqualTo(5);
    }

    @Test
    void procedure_countsAsAWrite() {
        ShardId first = factory.locate(Meter.class, 1L);
        long other = 1;
        while (factory.locate(Meter.class, other).equals(first)) {
            other++;
        }
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.beginTransaction();
            reading(session.createStoredProcedureQuery("read_meter"))
                    .setHint(ShardHints.SHARD, first)
                    .setParameter("which", 1L)
                    .setParameter("by_how_much", 1)
                    .execute();
            session.find(Meter.class, other).reading = 99;
            assertThatThrownBy(session::flush).isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                    .isEqualTo(ShardErrorCode.CROSS_SHARD_TRANSACTION));
        }
    }

    @Test
    void refCursor_hasTheRowsOfItsShard() {
        long rows = 0;
        for (ShardId shard : factory.getTopology().shards()) {
            rows += factory.<Integer>fromTransaction(
                    session -> session.createStoredProcedureQuery("meters", Meter.class)
                            .setHint(ShardHints.SHARD, shard)
                            .registerStoredProcedureParameter(1, void.class, ParameterMode.REF_CURSOR)
                            .getResultList()
                            .size());
        }
        assertThat(rows).isEqualTo(20);
    }

    @Test
    void function_isCalled() {
        factory.inTransaction(session -> {
            ProcedureCall call = session.createStoredProcedureCall("abs");
            call.setHint(ShardHints.SHARD, "shard1");
            call.markAsFunctionCall(Integer.class);
            call.registerParameter(1, Integer.class, ParameterMode.IN);
            call.setParameter(1, -5);
            assertThat(call.getSingleResult()).isEqualTo(5);
            assertThat(((ShardedSession) session).usedShards()).containsExactly(ShardId.of("shard1"));
        });
    }

    @Test
    void withoutAShard_isRefusedBeforeAnythingIsSent() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            StoredProcedureQuery call = reading(session.createStoredProcedureQuery("read_meter"))
                    .setParameter("which", 7L)
                    .setParameter("by_how_much", 5);
            assertThatThrownBy(call::execute)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.ROUTE_MISSING))
                    .hasMessageContainingAll("read_meter", "2 shards", ShardHints.KEY);
            assertThat(session.usedShards()).isEmpty();
        }
    }

    @Test
    void hintsOfNoUse_areRefused() {
        try (ShardedSession session = factory.openSession()) {
            StoredProcedureQuery call = session.createStoredProcedureQuery("meters");
            assertThatThrownBy(() -> call.setHint(ShardHints.ALL, true)).isInstanceOf(IllegalArgumentException.class);
            call.setHint(ShardHints.SHARD, "shard0").getParameters();
            assertThatThrownBy(() -> call.setHint(ShardHints.SHARD, "shard1"))
                    .hasMessageContaining("has its shard already");
        }
    }
}
