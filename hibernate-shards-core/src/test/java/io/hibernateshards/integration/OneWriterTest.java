package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.integration.Office.AppSetting;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hibernate.FlushMode;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.junit.jupiter.api.Test;

/** In mode single-shard a transaction writes one shard: a second one is refused before anything of it is sent, and nothing is stored. */
class OneWriterTest extends SeveralShardsTest {
    /** Collects what is sent that changes something. */
    private final List<String> writes = new ArrayList<>();

    private ShardedSession recorded() {
        ShardedSession session = (ShardedSession) factory()
                .withOptions()
                .statementInspector((UnaryOperator<String>) sql -> {
                    if (!sql.startsWith("select")) {
                        writes.add(sql);
                    }
                    return sql;
                })
                .openSession();
        session.setTransactionMode(TransactionMode.SINGLE_SHARD);
        return session;
    }

    @Override
    ShardedSession open() {
        ShardedSession session = super.open();
        session.setTransactionMode(TransactionMode.SINGLE_SHARD);
        return session;
    }

    private ShardedStatelessSession openStateless() {
        ShardedStatelessSession session = factory().openStatelessSession();
        session.setTransactionMode(TransactionMode.SINGLE_SHARD);
        return session;
    }

    private void assertNothingIsStored(Customer... customers) {
        for (Customer customer : customers) {
            assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
        }
    }

    @Test
    void atCommit_nothingIsSent_andTheMessageNamesEntitiesAndShards() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            assertRefused(
                    session.getTransaction()::commit,
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(0) + "\" would be sent insert",
                    "Customer#" + one.id,
                    "\"" + shard(1) + "\" would be sent insert",
                    "Customer#" + two.id);
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
            assertThat(writes).isEmpty();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void atFlush_nothingIsSent_andTheTransactionCanOnlyBeRolledBack() {
        Customer one = customer(shard(1));
        Customer two = customer(shard(2));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            assertRefused(session::flush, ShardErrorCode.CROSS_SHARD_TRANSACTION, "Customer#" + one.id);
            assertThat(writes).isEmpty();
            assertThat(session.getTransaction().getRollbackOnly()).isTrue();
            session.getTransaction().rollback();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void commitAfterARefusal_fails_soThatNobodyTakesItForStored() {
        Customer one = customer(shard(1));
        Customer two = customer(shard(2));
        try (ShardedSession session = open()) {
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            assertRefused(session::flush, ShardErrorCode.CROSS_SHARD_TRANSACTION);
            assertRefused(
                    session.getTransaction()::commit, ShardErrorCode.CROSS_SHARD_TRANSACTION, "Customer#" + one.id);
            assertThat(session.getTransaction().isActive()).isFalse();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void afterAFlush_theSecondIsRefused_andTheFirstIsNamedByWhatWasSent() {
        Customer one = customer(shard(1));
        Customer two = customer(shard(2));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.persist(one);
            session.flush();
            session.persist(two);
            assertThat(writes).hasSize(1);
            assertRefused(
                    session.getTransaction()::commit,
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(1) + "\" has been sent",
                    "Customer (insert into customer)",
                    "\"" + shard(2) + "\" would be sent insert",
                    "Customer#" + two.id);
            assertThat(writes).hasSize(1);
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void updatesAndDeletes_areNamed() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(3));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.find(Customer.class, one.id).name = "changed";
            session.remove(session.find(Customer.class, two.id));
            assertRefused(
                    session.getTransaction()::commit,
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(0) + "\" would be sent update",
                    "Customer#" + one.id,
                    "\"" + shard(3) + "\" would be sent delete",
                    "Customer#" + two.id);
            assertThat(writes).isEmpty();
        }
        in(session -> {
            assertThat(session.find(Customer.class, one.id).name).isEqualTo(one.name);
            assertThat(session.find(Customer.class, two.id)).isNotNull();
        });
    }

    @Test
    void changedCollection_isAWrite() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.find(Customer.class, one.id).phones.add("1");
            session.find(Customer.class, two.id).name = "changed";
            assertRefused(
                    session.getTransaction()::commit,
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "Customer.phones#" + one.id,
                    "Customer#" + two.id);
        }
        assertThat(rows(shard(0), "customer_phones where customer_id = " + one.id))
                .isZero();
    }

    @Test
    void generatedIdentity_whichIsSentAtOnce_isRefusedAtOnce() {
        Customer one = customer(shard(1));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.persist(one);
            session.flush();
            assertRefused(
                    () -> session.persist(new AppSetting("x")),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "AppSetting",
                    "\"shard0\"");
            session.getTransaction().rollback();
        }
        assertNothingIsStored(one);
    }

    @Test
    void session_isUsableAfterTheRollback() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedSession session = open()) {
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            assertRefused(session.getTransaction()::commit, ShardErrorCode.CROSS_SHARD_TRANSACTION);
            session.clear();
            session.beginTransaction();
            session.persist(two);
            session.getTransaction().commit();
            session.beginTransaction();
            session.persist(one);
            session.getTransaction().commit();
        }
        assertThat(placesOf("customer where id = " + one.id)).containsExactly(shard(0));
        assertThat(placesOf("customer where id = " + two.id)).containsExactly(shard(1));
    }

    @Test
    void readingOtherShards_isFine() {
        Customer read = stored(shard(0));
        Customer locked = stored(shard(1));
        Customer written = customer(shard(2));
        in(session -> {
            assertThat(session.find(Customer.class, read.id)).isNotNull();
            session.persist(written);
            session.find(Customer.class, locked.id, jakarta.persistence.LockModeType.PESSIMISTIC_WRITE);
            assertThat(session.createQuery("select count(c) from Customer c", Long.class)
                            .getSingleResult())
                    .isPositive();
        });
        assertThat(placesOf("customer where id = " + written.id)).containsExactly(shard(2));
    }

    @Test
    void queryThatFlushesTwoShards_isRefused() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedSession session = recorded()) {
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            assertRefused(
                    () -> session.createQuery("from Customer c where c.name = 'x'", Customer.class)
                            .getResultList(),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "Customer#" + one.id,
                    "Customer#" + two.id);
            assertThat(writes).isEmpty();
            session.getTransaction().rollback();
        }
    }

    @Test
    void manualFlush_leavesWhatIsNotFlushed() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedSession session = open()) {
            session.setHibernateFlushMode(FlushMode.MANUAL);
            session.beginTransaction();
            session.persist(one);
            session.persist(two);
            session.getTransaction().commit();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void bulkUpdate_ofASecondShard_isRefused() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        try (ShardedSession session = open()) {
            session.beginTransaction();
            update(session, one.id);
            assertRefused(
                    () -> update(session, two.id),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(0) + "\"",
                    "\"" + shard(1) + "\"",
                    "Customer (update customer)");
            session.getTransaction().rollback();
        }
        in(session -> assertThat(session.find(Customer.class, one.id).name).isEqualTo(one.name));
    }

    @Test
    void bulkUpdate_ofAReferenceEntity_isRefused() {
        in(session -> assertRefused(
                () -> session.createMutationQuery("update Country c set c.name = 'x'")
                        .executeUpdate(),
                ShardErrorCode.QUERY_REFUSED,
                "Country"));
        assertThat(counts("country where code = 'SE' and name = 'Sweden'")).containsOnly(1L);
    }

    private static void update(ShardedSession session, Long id) {
        session.createMutationQuery("update Customer c set c.name = 'bulk' where c.id = :id")
                .setParameter("id", id)
                .executeUpdate();
    }

    @Test
    void workOnAConnection_countsAsAWrite() {
        Customer one = customer(shard(0));
        try (ShardedSession session = open()) {
            session.beginTransaction();
            session.persist(one);
            session.flush();
            assertRefused(
                    () -> session.doReturningWork(shard(1), connection -> true),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(1) + "\"",
                    "work on its connection");
            session.getTransaction().rollback();
        }
        assertNothingIsStored(one);
    }

    @Test
    void workOnTheWritersConnection_isInItsTransaction() {
        Customer one = customer(shard(1));
        in(session -> {
            session.persist(one);
            session.flush();
            long seen = session.doReturningWork(shard(1), connection -> {
                try (var rows = connection
                        .createStatement()
                        .executeQuery("select count(*) from customer where id = " + one.id)) {
                    rows.next();
                    return rows.getLong(1);
                }
            });
            assertThat(seen).isEqualTo(1);
        });
    }

    @Test
    void stateless_theSecondRowIsRefused() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedStatelessSession session = openStateless()) {
            session.beginTransaction();
            session.insert(one);
            assertRefused(
                    () -> session.insert(two),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(0) + "\" has been sent",
                    "\"" + shard(1) + "\"",
                    "Customer (insert into customer)");
            session.getTransaction().rollback();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void stateless_severalRowsOfTwoShards_areRefusedBeforeTheFirst() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedStatelessSession session = openStateless()) {
            session.beginTransaction();
            assertRefused(
                    () -> session.insertMultiple(List.of(one, two)),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "\"" + shard(0) + "\"",
                    "\"" + shard(1) + "\"",
                    "Customer");
            session.getTransaction().rollback();
        }
        assertNothingIsStored(one, two);
    }

    @Test
    void lostReader_keepsTheWriterFromCommitting() {
        Customer one = stored(shard(0));
        Customer read = stored(shard(1));
        Note note = new Note(number(), one, "x");
        try (ShardedSession session = open()) {
            session.beginTransaction();
            session.find(Customer.class, read.id, jakarta.persistence.LockModeType.PESSIMISTIC_WRITE);
            session.persist(note);
            session.flush();
            loseConnection(shard(1));
            assertThat(org.assertj.core.api.Assertions.catchThrowable(session.getTransaction()::commit))
                    .isNotNull();
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(placesOf("note where id = " + note.id)).isEmpty();
    }

    /** Ends the server's side of the connection that has locked a customer. */
    private void loseConnection(ShardId shard) {
        sql(
                shard,
                "select pg_terminate_backend(pid) from pg_locks"
                        + " where relation = 'customer'::regclass and mode = 'RowShareLock'");
    }
}
