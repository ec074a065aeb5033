package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.internal.gather.Shards;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Stock;
import jakarta.persistence.QueryTimeoutException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.hibernate.query.NativeQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** SQL over the rows of all shards yields what one database does. */
class GatheredSqlTest {
    private static Oracle oracle;

    @BeforeAll
    static void load() {
        oracle = new Oracle(Collation.C);
    }

    @AfterAll
    static void stop() {
        oracle.close();
    }

    private static NativeQuery<Object[]> query(Session session, String sql) {
        return session.createNativeQuery(sql, Object[].class);
    }

    private static void assertSame(String sql, UnaryOperator<NativeQuery<Object[]>> set) {
        List<Object[]> expected = oracle.plain.fromTransaction(
                session -> set.apply(query(session, sql)).getResultList());
        assertThat(expected).isNotEmpty();
        oracle.sharded.inTransaction(session -> {
            for (int again = 0; again < 7; again++) { // the driver prepares what it sees more often
                List<Object[]> rows = set.apply(query(session, sql))
                        .setHint(ShardHints.GATHER, true)
                        .getResultList();
                assertThat(rows).as(sql).usingRecursiveComparison().isEqualTo(expected);
            }
            assertThat(set.apply(query(session, sql))
                            .setHint(ShardHints.GATHER, "true")
                            .getResultCount())
                    .isEqualTo(oracle.plain
                            .fromTransaction(
                                    plain -> set.apply(query(plain, sql)).getResultCount())
                            .longValue());
            assertNothingLeft((ShardedSession) session);
        });
    }

    private static void assertNothingLeft(ShardedSession session) {
        for (ShardId shard : oracle.sharded.getTopology().shards()) {
            assertThat(((Shards) session)
                            .child(shard)
                            .createNativeQuery(
                                    "select count(*) from pg_class where relpersistence = 't'"
                                            + " or relname = 'hibernate_shards_gathered'",
                                    Long.class)
                            .getSingleResult())
                    .as("temporary tables on " + shard)
                    .isZero();
        }
    }

    @Test
    void queries_areAnsweredAsByOneDatabase() {
        for (String sql : List.of(
                "select a.id, b.id from Owner a join Owner b on b.number = a.number and b.id > a.id order by 1, 2",
                "select number, count(*), sum(amount) from Owner group by number order by number",
                "select id, rank() over (order by number desc nulls last, id) from Owner order by id",
                "select name, 1 from Owner union select text, 2 from Line order by 1, 2",
                "with Boat as (select id, number from Owner) select count(*), max(number) from Boat",
                "select percentile_cont(0.5) within group (order by number), count(*) from Owner",
                "select o.id, o.name, count(d.id) from Owner o left join Deal d on d.owner_id = o.id group by o.id order by 1",
                "select r.code, count(*) from Region r join Owner o on o.region_code = r.code group by r.code order by 1",
                "select id, row_to_json(o)::jsonb::text from Owner o where o.id < 5 order by o.id",
                "select id, ';' from Stock order by id")) {
            assertSame(sql, query -> query);
        }
    }

    @Test
    void parametersAndPages_areHibernates() {
        assertSame(
                "select id, name from Owner where (name <> :text or name is null) and id > :number and number in (:list)"
                        + " and (:nothing is null or id = 3) order by id",
                query -> query.setParameter("text", "it's \\ \" ? :x $1")
                        .setParameter("number", -50L)
                        .setParameter("nothing", null, String.class)
                        .setParameterList("list", List.of(1, 2, 3, 4, 5, 6)));
        String sql = "select id, number from Owner order by number, id";
        List<Object[]> expected = oracle.plain.fromTransaction(session ->
                query(session, sql).setFirstResult(7).setMaxResults(11).getResultList());
        oracle.sharded.inTransaction(session -> assertThat(query(session, sql)
                        .setHint(ShardHints.GATHER, true)
                        .setFirstResult(7)
                        .setMaxResults(11)
                        .getResultStream()
                        .toList())
                .usingRecursiveComparison()
                .isEqualTo(expected));
    }

    @Test
    void uncommittedWrites_areSeen() {
        try (ShardedSession session = oracle.sharded.openSession()) {
            session.beginTransaction();
            Stock stock = new Stock();
            stock.id = 5000L;
            stock.amount = 77_777;
            session.persist(stock);
            assertThat(session.createNativeQuery("select max(amount) from Stock", Integer.class)
                            .setHint(ShardHints.GATHER, true)
                            .getSingleResult())
                    .isEqualTo(77_777);
            session.getTransaction().rollback();
        }
        try (ShardedSession session = oracle.sharded.openSession()) { // without a transaction
            assertThat(session.createNativeQuery("select count(*) from Stock", Long.class)
                            .setHint(ShardHints.GATHER, true)
                            .getSingleResult())
                    .isEqualTo(40L);
            assertNothingLeft(session);
        }
    }

    @Test
    void readOnlyTransaction_isAnsweredToo() {
        oracle.sharded.inTransaction(session -> {
            ReadOnly.begin((ShardedSession) session);
            assertThat(session.createNativeQuery("select max(amount) from Stock", Integer.class)
                            .setHint(ShardHints.GATHER, true)
                            .getSingleResult())
                    .isEqualTo(oracle.plain.<Integer>fromSession(
                            plain -> plain.createNativeQuery("select max(amount) from Stock", Integer.class)
                                    .getSingleResult()));
            assertThat(session.createNativeQuery(
                                    "select count(*) from Region r left join Owner o on o.region_code = r.code",
                                    Long.class)
                            .setHint(ShardHints.GATHER, true)
                            .getSingleResult())
                    .isEqualTo(oracle.plain.<Long>fromSession(plain -> plain.createNativeQuery(
                                    "select count(*) from Region r left join Owner o on o.region_code = r.code",
                                    Long.class)
                            .getSingleResult()));
            assertNothingLeft((ShardedSession) session);
        });
    }

    @Test
    void timeOut_isOneForAllShards_gatheredOrNot() {
        for (String hint : List.of(ShardHints.GATHER, ShardHints.ALL)) {
            for (int i = 0; i < 3; i++) {
                int kind = i;
                try (ShardedSession session = oracle.sharded.openSession()) {
                    session.beginTransaction();
                    NativeQuery<Object> query = session.createNativeQuery(
                                    "select count(*) from Owner a, Owner b, Owner c, Owner d, Owner e, Owner f, pg_sleep(60)",
                                    Object.class)
                            .setHint(hint, true);
                    switch (kind) {
                        case 0 -> query.setTimeout(1);
                        case 1 -> query.setHint("jakarta.persistence.query.timeout", 300);
                        default -> query.setHint(ShardHints.MAX_TIME, 300);
                    }
                    assertThatThrownBy(query::getResultList)
                            .as(hint)
                            .isInstanceOf(QueryTimeoutException.class)
                            .hasMessageContaining(kind == 0 ? "had 1000 ms" : "had 300 ms");
                    session.getTransaction().rollback();
                }
            }
        }
    }

    private static void refused(String sql, String... words) {
        oracle.sharded.inTransaction(session -> {
            assertThatThrownBy(() ->
                            query(session, sql).setHint(ShardHints.GATHER, true).getResultList())
                    .as(sql)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll(words);
            assertNothingLeft((ShardedSession) session);
        });
    }

    @Test
    void whatCannotBeRight_isRefused() {
        for (ShardId shard : oracle.sharded.getTopology().shards()) {
            try (ShardedSession session = oracle.sharded.openSession()) {
                session.beginTransaction();
                for (String sql : List.of(
                        "create table if not exists stranger (id int)",
                        "create or replace view own_view as select id from Owner",
                        "create or replace function owners() returns bigint language sql as 'select count(*) from Owner'")) {
                    session.createNativeMutationQuery(sql)
                            .setHint(ShardHints.SHARD, shard)
                            .executeUpdate();
                }
                session.getTransaction().commit();
            }
        }
        refused("select id, 1 from stranger", "stranger", "no entity");
        refused("select id, 1 from own_view", "own_view", "no table");
        refused("select owners(), 1", "owners()");
        refused("select id, 1 from missing", "missing", "could not be found");
        refused("select id, 1 from public.Owner", "schema");
        refused("select relname, 1 from pg_class", "pg_class");
        refused("select id, 1 from Owner for update", "lock");
        refused("delete from Owner returning id, 1", "writes");
        refused("select id, 1 from Owner; delete from Owner", "could not be found");
        refused("with gone as (delete from Owner returning id) select id, 1 from gone", "writes");
    }

    @Test
    void entities_areRefusedBeforeAnythingIsSent() {
        try (ShardedSession session = oracle.sharded.openSession()) {
            session.beginTransaction();
            for (NativeQuery<?> query : List.<NativeQuery<?>>of(
                    session.createNativeQuery("select * from Owner", Owner.class),
                    session.createNativeQuery("select {o.*} from Owner o", Object.class)
                            .addEntity("o", Owner.class),
                    session.createNativeQuery("select o.*, 1 as twice from Owner o", "Owner.pair", Object[].class))) {
                assertThatThrownBy(() -> query.setHint(ShardHints.GATHER, true).getResultList())
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("select the ids");
            }
            assertThat(session.usedShards()).isEmpty();
            assertThat(session.createNativeQuery("select id, name from Owner where id = 2", "Owner.dto", Object.class)
                            .setHint(ShardHints.GATHER, true)
                            .getResultList())
                    .hasSize(1);
        }
    }

    @Test
    void limit_holds() {
        oracle.sharded.inTransaction(session -> {
            NativeQuery<Object[]> query = query(session, "select count(*), 1 from Owner")
                    .setHint(ShardHints.GATHER, true)
                    .setHint(ShardHints.GATHER_LIMIT, 100);
            assertThatThrownBy(query::getResultList).hasMessageContaining("more than 100 rows");
            assertNothingLeft((ShardedSession) session);
        });
    }
}
