package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.integration.Crates.Crate;
import io.hibernateshards.integration.Crates.Paper;
import io.hibernateshards.internal.jta.Narayana;
import jakarta.persistence.ParameterMode;
import jakarta.persistence.PersistenceException;
import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.HeuristicRollbackException;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hibernate.HibernateException;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.SharedSessionContract;
import org.hibernate.Transaction;
import org.hibernate.jdbc.ReturningWork;
import org.hibernate.jpa.HibernateHints;
import org.hibernate.procedure.ProcedureCall;
import org.hibernate.query.NativeQuery;
import org.hibernate.query.Query;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Whatever a session has read, and left open, and whatever it writes then: outside a transaction a write that returns is
 * stored at once; within one it is after the commit, and is not after a rollback; and one that is refused leaves nothing.
 * The servers are as before each time.
 */
@SuppressWarnings({"ImmutableEnumChecker", "EnumOrdinal"}) // the constants are what is done; any number will do
class ReadThenWriteTest {
    private static Crates crates;
    private static Crates lenient;
    private static Crates jta;
    private static TransactionManager manager;

    @BeforeAll
    static void start() {
        crates = new Crates(Map.of());
        lenient = new Crates(Map.of("hibernate.allow_update_outside_transaction", "true"));
        manager = Narayana.start();
        jta = new Crates(Map.of("hibernate.transaction.coordinator_class", "jta"));
    }

    @AfterAll
    static void stop() {
        for (Crates each : List.of(crates, lenient, jta)) {
            each.assertSettings();
            each.close();
        }
    }

    // ---- sessions

    /** A session of one of both kinds, and what it leaves open. */
    private static final class Used implements AutoCloseable {
        final Crates of;
        final ShardedSession stateful;
        final ShardedStatelessSession stateless;
        final List<Object> open = new ArrayList<>(); // not to be collected

        Used(Crates of, boolean isStateless) {
            this.of = of;
            ShardedSessionFactory factory = of.factory;
            stateful = isStateless ? null : factory.openSession();
            stateless = isStateless ? factory.openStatelessSession() : null;
        }

        SharedSessionContract session() {
            return stateful == null ? stateless : stateful;
        }

        <R> Query<R> query(String hql, Class<R> type) {
            return session().createQuery(hql, type).setFetchSize(3);
        }

        NativeQuery<Long> sql(String sql) {
            return session().createNativeQuery(sql, Long.class);
        }

        Crate find(long id) {
            return stateful == null ? stateless.get(Crate.class, id) : stateful.find(Crate.class, id);
        }

        <T> T work(ShardId shard, ReturningWork<T> work) {
            return stateful == null ? stateless.doReturningWork(shard, work) : stateful.doReturningWork(shard, work);
        }

        void setReadsOnly() {
            if (stateful == null) {
                stateless.setReadsOnly(true);
            } else {
                stateful.setReadsOnly(true);
            }
        }

        void setIsolation(int level) {
            if (stateful == null) {
                stateless.setTransactionIsolation(level);
            } else {
                stateful.setTransactionIsolation(level);
            }
        }

        void begin() {
            if (of == jta) {
                byManager(TransactionManager::begin);
            } else {
                session().beginTransaction();
            }
        }

        void commit() {
            if (of == jta) {
                byManager(TransactionManager::commit);
            } else {
                session().getTransaction().commit();
            }
        }

        void rollback() {
            if (of == jta) {
                byManager(TransactionManager::rollback);
            } else {
                session().getTransaction().rollback();
            }
        }

        private interface Deed {
            void by(TransactionManager manager)
                    throws NotSupportedException, SystemException, RollbackException, HeuristicMixedException,
                            HeuristicRollbackException;
        }

        private static void byManager(Deed deed) {
            try {
                deed.by(manager);
            } catch (RollbackException e) {
                throw new PersistenceException(e);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        /** Reads two rows and keeps the rest open. */
        void leaveOpen(Stream<?> rows) {
            Iterator<?> some = rows.iterator();
            some.next();
            some.next();
            open.add(some);
            open.add(rows);
        }

        void leaveOpen(ScrollableResults<?> rows) {
            rows.next();
            rows.next();
            open.add(rows);
        }

        @Override
        public void close() {
            session().close();
        }
    }

    // ---- reads

    private enum Read {
        NOTHING(used -> {}),
        FIND(used -> used.find(used.of.stored(0).get(0))),
        FIND_WITHOUT_RESULT(used -> used.find(999)),
        LIST(used -> used.query("from Crate", Crate.class).list()),
        LIST_OF_ONE_SHARD(used -> ofOneShard(used).list()),
        LIST_SORTED_BY_TEXT(used ->
                used.query("from Crate c order by c.label, c.id", Crate.class).list()),
        COUNT(used -> used.query("from Crate", Crate.class).getResultCount()),
        LAZY_COLLECTION(used -> {
            Crate crate = used.find(used.of.stored(1).get(0));
            if (used.stateless != null) {
                used.stateless.fetch(crate.items);
            }
            assertThat(crate.items).hasSize(1);
        }),
        FAILING_LIST(used -> failing(() -> used.query("select 1 / (c.amount - c.amount) from Crate c", Integer.class)
                .list())),
        STREAM_CLOSED(used -> {
            try (Stream<Crate> rows = used.query("from Crate", Crate.class).getResultStream()) {
                assertThat(rows.count()).isGreaterThanOrEqualTo(Crates.STORED);
            }
        }),
        STREAM_CLOSED_EARLY(used -> {
            try (Stream<Crate> rows = used.query("from Crate", Crate.class).getResultStream()) {
                assertThat(rows.findFirst()).isPresent();
            }
        }),
        STREAM_AT_ITS_END(used -> used.open.add(
                ofOneShard(used).getResultStream().map(crate -> crate.id).toList())),
        STREAM_LEFT_OPEN(
                used -> used.leaveOpen(used.query("from Crate", Crate.class).getResultStream())),
        STREAM_OF_ONE_SHARD_LEFT_OPEN(used -> used.leaveOpen(ofOneShard(used).getResultStream())),
        SORTED_STREAM_LEFT_OPEN(used -> used.leaveOpen(
                used.query("from Crate c order by c.label, c.id", Crate.class).getResultStream())),
        TWO_STREAMS_OF_WHICH_ONE_IS_CLOSED(used -> {
            Stream<Crate> first = ofOneShard(used).getResultStream();
            used.leaveOpen(ofOneShard(used).getResultStream());
            first.close();
        }),
        STREAM_WITH_LAZY_LOADS_LEFT_OPEN(used -> {
            Stream<Crate> rows =
                    used.query("from Crate c order by c.id", Crate.class).getResultStream();
            Iterator<Crate> some = rows.iterator();
            Crate crate = some.next();
            if (used.stateful != null) {
                assertThat(crate.items).hasSize(1);
            }
            used.open.add(rows);
        }),
        STREAM_THAT_FAILS(used -> failing(
                () -> used.query("select 10 / (c.id - 20) from Crate c where c.id <= 40 order by c.id", Long.class)
                        .getResultStream()
                        .forEach(row -> {}))),
        STREAM_CUT_BY_A_LIST(used -> {
            used.leaveOpen(used.query("from Crate", Crate.class).getResultStream());
            LIST.run.accept(used);
        }),
        STREAM_CUT_BY_A_GATHERED_QUERY(used -> {
            used.leaveOpen(used.query("from Crate", Crate.class).getResultStream());
            gathered(used);
        }),
        SCROLL_CLOSED(used -> {
            try (ScrollableResults<Crate> rows =
                    used.query("from Crate c order by c.id", Crate.class).scroll(ScrollMode.FORWARD_ONLY)) {
                assertThat(rows.next()).isTrue();
            }
        }),
        SCROLL_LEFT_OPEN(used -> used.leaveOpen(
                used.query("from Crate c order by c.id", Crate.class).scroll(ScrollMode.FORWARD_ONLY))),
        SCROLL_OF_ONE_SHARD_LEFT_OPEN(used -> used.leaveOpen(ofOneShard(used).scroll(ScrollMode.FORWARD_ONLY))),
        SCROLL_BACKWARDS_LEFT_OPEN(used -> used.leaveOpen(ofOneShard(used).scroll(ScrollMode.SCROLL_INSENSITIVE))),
        NATIVE_LIST(used ->
                used.sql("select id from crate").setHint(ShardHints.ALL, true).list()),
        NATIVE_STREAM_LEFT_OPEN(
                used -> used.leaveOpen(onFirst(used, "select id from crate").getResultStream())),
        NATIVE_STREAM_WITH_LOCKS_LEFT_OPEN(used ->
                used.leaveOpen(onFirst(used, "select id from crate for update").getResultStream())),
        NATIVE_SCROLL_LEFT_OPEN(
                used -> used.leaveOpen(onFirst(used, "select id from crate").scroll(ScrollMode.FORWARD_ONLY))),
        GATHERED(Read::gathered),
        GATHERED_THAT_FAILS(used -> failing(() -> used.query(
                        "select 1 / (a.amount - b.amount) from Crate a, Crate b where a.id < 9 and b.id < 9",
                        Integer.class)
                .list())),
        GATHERED_SQL(used -> used.sql("select count(*) from crate a join crate b on a.amount = b.amount")
                .setHint(ShardHints.GATHER, true)
                .list()),
        CURSOR_OF_A_FUNCTION(used -> onlyWithin(used, () -> {
            ProcedureCall call = used.session().createStoredProcedureCall("cursor_of_crates", Crate.class);
            call.setHint(HibernateHints.HINT_CALLABLE_FUNCTION, true);
            call.registerStoredProcedureParameter(1, void.class, ParameterMode.REF_CURSOR);
            call.setHint(ShardHints.SHARD, used.of.shard(0).name());
            List<?> all = call.getResultList();
            assertThat(all.isEmpty()).isFalse();
        })),
        LARGE_OBJECT(used -> onlyWithin(
                used, () -> assertThat(used.query("from Paper", Paper.class).list())
                        .extracting(paper -> paper.text)
                        .containsOnly(Crates.TEXT)
                        .hasSize(2))),
        WORK_THAT_READS(used -> used.work(used.of.shard(0), connection -> execute(connection, "select 1"))),
        WORK_THAT_LEAVES_A_READ_TRANSACTION(used -> used.work(used.of.shard(0), connection -> {
            connection.setAutoCommit(false);
            return execute(connection, "select * from crate");
        })),
        WORK_THAT_LEAVES_AN_ABORTED_TRANSACTION(used -> used.work(used.of.shard(0), connection -> {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> execute(connection, "select 1 / 0")).hasMessageContaining("division by zero");
            return true;
        }));

        final Consumer<Used> run;

        Read(Consumer<Used> run) {
            this.run = run;
        }

        /**
         * Outside a transaction the driver may refuse it, or the cursor is gone before it is read, as in plain Hibernate; and a
         * session that only reads calls no function.
         */
        private static void onlyWithin(Used used, Runnable read) {
            try {
                read.run();
            } catch (RuntimeException e) {
                assertThat(e)
                        .satisfiesAnyOf(
                                refused -> assertThat(refused).hasMessageContaining("the session only reads"),
                                failed -> assertThat(failed).hasStackTraceContaining("PSQLException"));
                if (used.session().isJoinedToTransaction()) {
                    throw e;
                }
            }
        }

        private static Query<Crate> ofOneShard(Used used) {
            return used.query("from Crate c where c.id in :ids", Crate.class)
                    .setParameterList("ids", used.of.stored(0));
        }

        private static NativeQuery<Long> onFirst(Used used, String sql) {
            return used.sql(sql)
                    .setHint(ShardHints.SHARD, used.of.shard(0).name())
                    .setFetchSize(3);
        }

        private static void gathered(Used used) {
            used.query("select count(*) from Crate a, Crate b where a.label = b.label and a.id <> b.id", Long.class)
                    .setHint(ShardHints.INLINE_LIMIT, 0) // else it is a read like any other
                    .list();
        }

        /** Makes temporary tables in a branch, which cannot be prepared then. */
        boolean gathers() {
            return this == GATHERED || this == GATHERED_SQL || this == STREAM_CUT_BY_A_GATHERED_QUERY;
        }

        boolean aborts() {
            return this == FAILING_LIST
                    || this == STREAM_THAT_FAILS
                    || this == GATHERED_THAT_FAILS
                    || this == WORK_THAT_LEAVES_AN_ABORTED_TRANSACTION;
        }

        private static void failing(Runnable read) {
            try {
                read.run();
            } catch (RuntimeException e) {
                assertThat(e).hasStackTraceContaining("division by zero");
                return;
            }
            throw new AssertionError("there was no failure");
        }

        private static boolean execute(Connection connection, String sql) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        }
    }

    // ---- writes: each ends with a crate of that id and 7 of something, or without it

    private enum Write {
        INSERT(false, (used, id) -> insert(used, new Crate(id, 7, "new"))),
        INSERT_WITH_A_LISTENER(false, (used, id) -> insert(used, new Crate(id, 7, Crates.AUDITED))),
        INSERT_WITH_AN_INTERCEPTOR(false, (used, id) -> insert(used, new Crate(id, 1, Crates.INTERCEPTED))),
        INSERT_OF_A_LARGE_OBJECT(false, (used, id) -> insert(used, new Paper(id))),
        UPDATE(true, (used, id) -> {
            if (used.stateful == null) {
                used.stateless.update(new Crate(id, 7, "changed"));
            } else {
                used.stateful.find(Crate.class, id).amount = 7;
                used.stateful.flush();
            }
        }),
        UPSERT(true, (used, id) -> {
            if (used.stateful == null) {
                used.stateless.upsert(new Crate(id, 7, "changed"));
            } else {
                used.stateful.merge(new Crate(id, 7, "changed"));
                used.stateful.flush();
            }
        }),
        DELETE(true, (used, id) -> {
            if (used.stateful == null) {
                used.stateless.delete(new Crate(id, 1, "old"));
            } else {
                used.stateful.remove(used.stateful.find(Crate.class, id));
                used.stateful.flush();
            }
        }),
        MULTIPLE(false, (used, id) -> {
            if (used.stateful == null) {
                used.stateless.insertMultiple(List.of(new Crate(id, 7, "new")));
            } else {
                insert(used, new Crate(id, 7, "new"));
            }
        }),
        HQL(true, (used, id) -> used.session()
                .createMutationQuery("update Crate c set c.amount = 7 where c.id = :id")
                .setParameter("id", id)
                .executeUpdate()),
        SQL(true, (used, id) -> used.session()
                .createNativeMutationQuery("update crate set amount = 7 where id = :id")
                .setParameter("id", id)
                .setHint(ShardHints.SHARD, shard(used, id).name())
                .executeUpdate()),
        WORK(true, (used, id) -> used.work(shard(used, id), connection -> update(connection, id))),
        WORK_WITH_ITS_OWN_TRANSACTION(
                true,
                (used, id) -> used.work(shard(used, id), connection -> {
                    if (used.session().getTransaction().isActive()) {
                        return update(connection, id);
                    }
                    connection.setAutoCommit(false);
                    boolean done = update(connection, id);
                    connection.commit();
                    return done;
                }));

        interface Act {
            void on(Used used, long id);
        }

        final boolean exists;
        final Act act;

        Write(boolean exists, Act act) {
            this.exists = exists;
            this.act = act;
        }

        private static ShardId shard(Used used, long id) {
            return used.of.shard(used.of.shardOf(id));
        }

        private static void insert(Used used, Object entity) {
            if (used.stateful == null) {
                used.stateless.insert(entity);
            } else {
                used.stateful.persist(entity);
                used.stateful.flush();
            }
        }

        private static boolean update(Connection connection, long id) throws SQLException {
            return Read.execute(connection, "update crate set amount = 7 where id = " + id);
        }

        boolean isWork() {
            return this == WORK || this == WORK_WITH_ITS_OWN_TRANSACTION;
        }

        boolean isBulk() {
            return this == HQL || this == SQL;
        }

        void prepare(Crates of, long id) {
            if (exists) {
                of.execute(of.shardOf(id), "insert into crate (id, amount, label) values (" + id + ", 1, 'old')");
            }
        }

        /** Whether it is stored; it is wrong if a part of it is. */
        boolean isStored(Crates of, long id) {
            if (this == INSERT_OF_A_LARGE_OBJECT) {
                return of.number(of.shardOf(id), "select count(*) from paper where id = " + id) > 0;
            }
            String now = "select (select coalesce(max(amount), 0) from crate where id = " + id
                    + ") + 100 * (select count(*) from audit where id = " + id + ")";
            int found = of.number(of.shardOf(id), now);
            int done = this == DELETE ? 0 : this == INSERT_WITH_A_LISTENER ? 107 : 7;
            assertThat(found).as("%s, what is stored of it", this).isIn(done, exists ? 1 : 0);
            return found == done;
        }
    }

    // ---- transactions

    private enum State {
        NONE,
        READS_ONLY,
        COMMIT,
        ROLLBACK,
        READ_UNCOMMITTED,
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE;

        /** Which a transaction of a manager cannot be given. */
        boolean isLevel() {
            return ordinal() >= READ_UNCOMMITTED.ordinal();
        }

        boolean isTransaction() {
            return this != NONE && this != READS_ONLY;
        }

        void begin(Used used) {
            switch (this) {
                case READS_ONLY -> used.setReadsOnly();
                case READ_UNCOMMITTED -> used.setIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
                case READ_COMMITTED -> used.setIsolation(Connection.TRANSACTION_READ_COMMITTED);
                case REPEATABLE_READ -> used.setIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                case SERIALIZABLE -> used.setIsolation(Connection.TRANSACTION_SERIALIZABLE);
                default -> {}
            }
            if (isTransaction()) {
                used.begin();
            }
        }
    }

    // ---- cursors that go on

    @Test
    void streamsAndScrolls_goOnWhileRowsAreWritten() {
        List<Long> written = new ArrayList<>();
        try (Used used = new Used(crates, true)) {
            try (Stream<Crate> rows =
                    used.query("from Crate c where c.id <= 40", Crate.class).getResultStream()) {
                rows.forEach(crate -> written.add(insertedBeside(used, crate)));
            }
            try (ScrollableResults<Crate> rows = used.query(
                            "from Crate c where c.id <= 40 order by c.label, c.id", Crate.class)
                    .scroll(ScrollMode.FORWARD_ONLY)) {
                while (rows.next()) {
                    written.add(insertedBeside(used, rows.get()));
                }
            }
            crates.hygiene.assertClean("streams that were closed");
        }
        assertThat(written).hasSize(2 * Crates.STORED);
        written.forEach(id -> crates.execute(crates.shardOf(id), "delete from crate where id = " + id));
    }

    private static long insertedBeside(Used used, Crate crate) {
        long id = crates.newId(crates.shardOf(crate.id));
        used.stateless.insert(new Crate(id, 7, "new"));
        assertThat(Write.INSERT.isStored(crates, id)).isTrue();
        return id;
    }

    @Test
    void transactionThatBeginsWhileAStreamIsOpen_isStoredOrNot() {
        for (boolean stored : new boolean[] {true, false}) {
            long id = crates.newId(0);
            try (Used used = new Used(crates, true)) {
                Read.STREAM_LEFT_OPEN.run.accept(used);
                Transaction transaction = used.stateless.beginTransaction();
                used.stateless.insert(new Crate(id, 7, "new"));
                if (stored) {
                    transaction.commit();
                } else {
                    transaction.rollback();
                }
                crates.hygiene.assertClean("the end of the transaction");
            }
            assertThat(Write.INSERT.isStored(crates, id)).isEqualTo(stored);
            crates.execute(0, "delete from crate where id = " + id);
        }
    }

    @Test
    void whatAFunctionWritesForTheRowsOfAStream_isStored() {
        int rows = crates.stored(0).size();
        String sql = "select note(-id) from crate where id <= 40";
        try (Used used = new Used(crates, false)) {
            try (Stream<Long> noted = Read.onFirst(used, sql).getResultStream()) {
                assertThat(noted.count()).isEqualTo(rows);
            }
            assertThat(crates.number(0, "select count(*) from audit where id < 0"))
                    .isEqualTo(rows);
            used.leaveOpen(Read.onFirst(used, sql).getResultStream());
        }
        assertThat(crates.number(0, "select count(*) from audit where id < 0")).isGreaterThan(rows);
    }

    // ---- what is refused

    @Test
    void workThatLeavesWhatItWroteUncommitted_isRefused_andLeavesNothing() {
        long id = crates.newId(0);
        Write.WORK.prepare(crates, id);
        try (Used used = new Used(crates, false)) {
            assertThatThrownBy(() -> used.work(crates.shard(0), connection -> {
                        connection.setAutoCommit(false);
                        return Write.update(connection, id);
                    }))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-031")
                    .hasMessageContaining("written in it and not ended it");
            crates.hygiene.assertClean("work that was refused");
            assertThat(used.<Boolean>work(crates.shard(0), Connection::getAutoCommit))
                    .isTrue();
        }
        assertThat(Write.WORK.isStored(crates, id)).isFalse();
        crates.execute(0, "delete from crate where id = " + id);
    }

    @Test
    void gatheredQueryAfterAWrite_isAnswered_andAWriteAfterIt_isStored() {
        try (Used used = new Used(crates, true)) {
            for (int i = 0; i < 2; i++) {
                long id = crates.newId(i);
                used.stateless.insert(new Crate(id, 7, "new"));
                Read.gathered(used);
                assertThat(Write.INSERT.isStored(crates, id)).isTrue();
                crates.execute(i, "delete from crate where id = " + id);
            }
        }
        crates.hygiene.assertClean("gathered queries between writes");
    }

    // ---- the property

    @TestFactory
    Stream<DynamicTest> statelessSession() {
        return everything(() -> crates, true);
    }

    @TestFactory
    Stream<DynamicTest> session() {
        return everything(() -> crates, false);
    }

    @TestFactory
    Stream<DynamicTest> session_thatMayWriteOutsideTransactions() {
        return everything(() -> lenient, false).limit(Read.values().length);
    }

    @TestFactory
    Stream<DynamicTest> statelessSession_thatMayWriteOutsideTransactions() {
        return everything(() -> lenient, true).limit(Read.values().length);
    }

    @TestFactory
    Stream<DynamicTest> session_inJta() {
        return everything(() -> jta, false);
    }

    @TestFactory
    Stream<DynamicTest> statelessSession_inJta() {
        return everything(() -> jta, true);
    }

    private static Stream<DynamicTest> everything(Supplier<Crates> of, boolean isStateless) {
        return Arrays.stream(State.values())
                .filter(state -> of.get() != jta || !state.isLevel())
                .flatMap(state -> Arrays.stream(Read.values())
                        .map(read -> DynamicTest.dynamicTest(state + " " + read, () -> {
                            for (Write write : writes(of.get(), isStateless, state, read)) {
                                check(of.get(), isStateless, state, read, write);
                            }
                        })));
    }

    /** Most outside a transaction; within one some for each read, and others for the next. */
    private static List<Write> writes(Crates of, boolean isStateless, State state, Read read) {
        List<Write> writes = Arrays.stream(Write.values())
                .filter(write -> of != lenient || write.isBulk())
                .toList();
        if (state == State.NONE) {
            return of == lenient ? writes : Effort.some(writes, 2, read.ordinal() + (isStateless ? 0 : 1));
        }
        int some = state == State.COMMIT ? 3 : 1;
        int first = (read.ordinal() + state.ordinal()) * some;
        return IntStream.range(first, first + some)
                .mapToObj(i -> writes.get(i % writes.size()))
                .toList();
    }

    private static void check(Crates of, boolean isStateless, State state, Read read, Write write) {
        String what = (isStateless ? "stateless " : "") + state + ", " + read + ", " + write;
        int shard = write.ordinal() % 2;
        long id = of.newId(shard);
        write.prepare(of, id);
        RuntimeException refused = null;
        try (Used used = new Used(of, isStateless)) {
            state.begin(used);
            try {
                read.run.accept(used);
                write.act.on(used, id);
                if (!state.isTransaction()) {
                    assertThat(write.isStored(of, id))
                            .as("%s: stored at once", what)
                            .isTrue();
                }
            } catch (RuntimeException e) {
                refused = e;
            }
            try {
                if (state.isTransaction() && (refused != null || state == State.ROLLBACK)) {
                    used.rollback();
                } else if (state.isTransaction()) {
                    used.commit();
                }
            } catch (RuntimeException e) {
                refused = e;
            }
        }
        boolean doomed = of != jta
                && state.isTransaction()
                && read.aborts(); // Hibernate rolls it back, whatever it is asked for
        boolean stored = refused == null && state != State.ROLLBACK && !doomed;
        assertThat(write.isStored(of, id))
                .as("%s: stored, after %s", what, refused)
                .isEqualTo(stored);
        if (refused != null) {
            assertThat(refused)
                    .as(what)
                    .isInstanceOfAny(ShardingException.class, HibernateException.class, PersistenceException.class);
        }
        boolean mayBeEither = of == jta && (read.aborts() || state == State.COMMIT && read.gathers());
        if (!doomed && !mayBeEither) {
            assertThat(refused != null)
                    .as("%s is refused: %s", what, refused)
                    .isEqualTo(isRefused(of, isStateless, state, read, write));
        }
        of.hygiene.assertClean(what);
        of.execute(shard, "delete from crate where id = " + id);
        of.execute(shard, "delete from paper where id = " + id);
    }

    /** What plain Hibernate refuses, too, and what only reads. */
    private static boolean isRefused(Crates of, boolean isStateless, State state, Read read, Write write) {
        if (state == State.READS_ONLY) {
            return !write.isWork() || read == Read.NATIVE_STREAM_WITH_LOCKS_LEFT_OPEN;
        }
        boolean needsTransaction = write.isBulk()
                ? of != lenient
                : write == Write.INSERT_OF_A_LARGE_OBJECT || !isStateless && !write.isWork();
        return state == State.NONE && needsTransaction;
    }
}
