package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import io.hibernateshards.internal.scatter.ShardAccess;
import jakarta.persistence.LockModeType;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.TransactionRequiredException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.FlushMode;
import org.hibernate.ScrollMode;
import org.hibernate.StaleObjectStateException;
import org.hibernate.Transaction;
import org.hibernate.exception.DataException;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.junit.jupiter.api.Test;

/** One logical transaction over all branches, told from outside like any other. */
class TransactionTest extends EveryLayoutTest {
    /** Writes down what it is told. */
    private static final class Told implements Synchronization {
        final List<String> calls = new ArrayList<>();

        @Override
        public void beforeCompletion() {
            calls.add("before");
        }

        @Override
        public void afterCompletion(int status) {
            calls.add(status == Status.STATUS_COMMITTED ? "committed" : "rolled back");
        }
    }

    /** Rows of notes with a certain text fail when their transaction is committed. */
    private void failAtCommit(ShardId shard) {
        sql(
                shard,
                """
                create or replace function refuse_note() returns trigger language plpgsql as $$
                begin
                  if new.text = 'refused at commit' then
                    raise exception 'refused at commit' using errcode = '23514';
                  end if;
                  return null;
                end $$;
                drop trigger if exists refuse_note on note;
                create constraint trigger refuse_note after insert on note
                deferrable initially deferred for each row execute function refuse_note()""");
    }

    @Test
    void commit_isTold() {
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            session.persist(customer(shard(1)));
            transaction.commit();
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.COMMITTED);
            assertThat(transaction.isActive()).isFalse();
        }
        assertThat(told.calls).containsExactly("before", "committed");
    }

    @Test
    void rollback_isTold_andStoresNothing() {
        Told told = new Told();
        Customer customer = customer(shard(1));
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            session.persist(customer);
            session.flush();
            transaction.rollback();
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(told.calls).containsExactly("rolled back");
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void failureAtCommit_rollsBackAll_andIsTold() {
        failAtCommit(shard(1));
        Customer customer = stored(shard(1));
        Customer read = stored(shard(0));
        Note fine = new Note(number(), customer, "fine");
        Note refused = new Note(number(), customer, "refused at commit");
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            session.find(Customer.class, read.id);
            session.persist(fine);
            session.persist(refused);
            assertThatThrownBy(transaction::commit).hasStackTraceContaining("refused at commit");
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(told.calls).containsExactly("before", "rolled back");
        assertThat(placesOf("note where id in (" + fine.id + "," + refused.id + ")"))
                .isEmpty();
    }

    @Test
    void failureAtFlush_isTold_andCanBeRolledBack() {
        Customer customer = stored(shard(2));
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            session.persist(customer(shard(2)));
            Customer twin = customer(shard(2));
            twin.id = customer.id;
            session.persist(twin);
            assertThat(catchThrowable(session::flush)).hasStackTraceContaining("customer_pkey");
            transaction.rollback();
        }
        assertThat(told.calls).containsExactly("rolled back");
    }

    @Test
    void failureBeforeCompletion_rollsBack() {
        Customer customer = customer(shard(1));
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    throw new IllegalArgumentException("not today");
                }

                @Override
                public void afterCompletion(int status) {}
            });
            session.persist(customer);
            assertThatThrownBy(transaction::commit).hasStackTraceContaining("not today");
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void writesOfASynchronization_areCommitted() {
        Customer customer = customer(shard(1));
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    session.persist(customer);
                }

                @Override
                public void afterCompletion(int status) {}
            });
            transaction.commit();
        }
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
    }

    @Test
    void rollbackOnly_storesNothing_andIsToldSo() {
        Customer customer = customer(shard(1));
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            session.persist(customer);
            session.flush();
            transaction.setRollbackOnly();
            assertThat(transaction.getRollbackOnly()).isTrue();
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.MARKED_ROLLBACK);
            transaction.commit(); // as plain Hibernate, which only fails where JPA is followed to the letter
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(told.calls).containsExactly("rolled back");
        assertThat(PlainShop.catchFrom(plain -> {
                    plain.getTransaction().setRollbackOnly();
                    plain.getTransaction().commit();
                }))
                .isNull();
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void aTransactionThatAnErrorHasDoomed_isNotFlushedByItsCommit() {
        Customer here = stored(shard(0));
        Customer there = stored(shard(1));
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            for (Customer customer : List.of(here, there)) {
                session.find(Customer.class, customer.id).name = "changed"; // its server would refuse the update now
            }
            session.setHibernateFlushMode(FlushMode.MANUAL); // the query itself must not flush
            assertThat(catchThrowable(() -> session.createQuery(
                                    "select 1 / (c.id - c.id) from Customer c where c.id = :id", Long.class)
                            .setParameter("id", here.id)
                            .getResultList()))
                    .isInstanceOf(DataException.class);
            session.setHibernateFlushMode(FlushMode.AUTO);
            assertThat(transaction.getRollbackOnly()).isTrue();
            transaction.commit(); // as plain Hibernate
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        assertThat(told.calls).containsExactly("rolled back");
        assertThat(PlainShop.catchFrom(plain -> {
                    assertThat(catchThrowable(() -> plain.createNativeQuery("select 1 / 0", Integer.class)
                                    .getResultList()))
                            .isInstanceOf(DataException.class);
                    plain.getTransaction().commit();
                }))
                .isNull();
        assertThat(placesOf("customer where name = 'changed'")).isEmpty();
    }

    @Test
    void aSynchronizationThatIsRegisteredTwice_isToldOnce() {
        Told told = new Told();
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.registerSynchronization(told);
            transaction.registerSynchronization(told);
            session.persist(customer(shard(1)));
            transaction.commit();
        }
        assertThat(told.calls).containsExactly("before", "committed");
    }

    @Test
    void rollbackOnly_beforeAnyShardIsUsed_isRolledBack() {
        try (ShardedSession session = factory().openSession()) {
            Transaction transaction = session.beginTransaction();
            transaction.setRollbackOnly();
            transaction.commit();
            assertThat(transaction.getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
    }

    @Test
    void shardJoinedLater_isInTheTransaction() {
        Customer customer = customer(shard(2));
        try (ShardedSession session = factory().openSession()) {
            session.beginTransaction();
            session.find(Customer.class, customerId(shard(1)));
            session.persist(customer);
            session.flush();
            session.getTransaction().rollback();
        }
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void shardOpenedBefore_isInTheTransaction() {
        Customer customer = stored(shard(2));
        try (ShardedSession session = factory().openSession()) {
            Customer found = session.find(Customer.class, customer.id);
            session.beginTransaction();
            found.name = "changed";
            session.getTransaction().commit();
        }
        reading(session ->
                assertThat(session.find(Customer.class, customer.id).name).isEqualTo("changed"));
    }

    @Test
    void persistBeforeBegin_isStoredByTheNextCommit() {
        Customer customer = customer(shard(1));
        try (ShardedSession session = factory().openSession()) {
            session.persist(customer);
            session.beginTransaction();
            session.getTransaction().commit();
        }
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
    }

    @Test
    void timeout_endsAWait() throws SQLException {
        Customer customer = stored(shard(1));
        try (Connection other = place(shard(1)).connect();
                ShardedSession session = factory().openSession()) {
            other.setAutoCommit(false);
            other.createStatement().execute("select 1 from customer where id = " + customer.id + " for update");
            session.getTransaction().setTimeout(1);
            assertThat(session.getTransaction().getTimeout()).isEqualTo(1);
            session.beginTransaction();
            long start = System.nanoTime();
            assertThat(catchThrowable(() -> session.find(Customer.class, customer.id, LockModeType.PESSIMISTIC_WRITE)))
                    .isInstanceOf(jakarta.persistence.PersistenceException.class);
            assertThat((System.nanoTime() - start) / 1_000_000).isBetween(500L, 20_000L);
            session.getTransaction().rollback();
            other.rollback();
        }
    }

    @Test
    void optimisticLock_conflictIsNoticed() {
        Customer customer = stored(shard(3));
        try (ShardedSession session = factory().openSession()) {
            session.beginTransaction();
            Customer mine = session.find(Customer.class, customer.id);
            in(other -> other.find(Customer.class, customer.id).name = "theirs");
            mine.name = "mine";
            Throwable failure = catchThrowable(session.getTransaction()::commit);
            assertThat(failure).isInstanceOfAny(OptimisticLockException.class, StaleObjectStateException.class);
            assertThat(failure).hasSameClassAs(PlainShop.staleUpdate());
        }
        reading(session ->
                assertThat(session.find(Customer.class, customer.id).name).isEqualTo("theirs"));
    }

    @Test
    void version_isCountedUp() {
        Customer customer = stored(shard(1));
        in(session -> session.find(Customer.class, customer.id).name = "a");
        in(session -> {
            session.lock(session.find(Customer.class, customer.id), LockModeType.OPTIMISTIC_FORCE_INCREMENT);
        });
        reading(session ->
                assertThat(session.find(Customer.class, customer.id).version).isEqualTo(2));
    }

    @Test
    void misuse_isHibernatesError() {
        try (ShardedSession session = factory().openSession()) {
            assertThatThrownBy(session::flush).isInstanceOf(TransactionRequiredException.class);
            assertThatThrownBy(session.getTransaction()::commit).isInstanceOf(IllegalStateException.class);
            session.getTransaction().setRollbackOnly(); // an error only where transactions are to be JPA's
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.NOT_ACTIVE);
            Transaction transaction = session.beginTransaction();
            assertThat(session.beginTransaction()).isSameAs(transaction);
            assertThatThrownBy(transaction::begin).isInstanceOf(IllegalStateException.class);
            session.getTransaction().rollback();
            session.getTransaction().rollback();
        }
    }

    @Test
    void closedSession_isNotUsed() {
        ShardedSession session = factory().openSession();
        session.find(Customer.class, customerId(shard(1)));
        session.close();
        assertThat(session.isOpen()).isFalse();
        session.close();
        assertThatThrownBy(() -> session.find(Customer.class, 1L)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.persist(new Customer("x"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::beginTransaction).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::flush).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::clear).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.createQuery("from Customer", Customer.class))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.contains(new Customer("x"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.enableFilter("expensive")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sessionClosedInATransaction_storesNothing_andFreesItsConnections() {
        Customer customer = customer(shard(1));
        for (int i = 0; i < 10; i++) { // more than a pool has connections
            try (ShardedSession session = factory().openSession()) {
                session.beginTransaction();
                session.persist(customer);
                session.flush();
            }
        }
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
        in(session -> session.persist(customer));
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
    }

    @Test
    void currentSession_isOfTheThread_andEndsWithItsTransaction() {
        Customer customer = customer(shard(1));
        ShardedSession session = factory().getCurrentSession();
        assertThat(factory().getCurrentSession()).isSameAs(session);
        session.beginTransaction();
        session.persist(customer);
        session.getTransaction().commit();
        assertThat(session.isOpen()).isFalse();
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
        ShardedSession next = factory().getCurrentSession();
        assertThat(next).isNotSameAs(session);
        next.beginTransaction();
        next.getTransaction().rollback();
        assertThat(next.isOpen()).isFalse();
    }

    @Test
    void oneTransaction_afterAnother_inOneSession() {
        Customer one = customer(shard(0));
        Customer two = customer(shard(1));
        try (ShardedSession session = factory().openSession()) {
            session.inTransaction(t -> session.persist(one));
            session.inTransaction(t -> session.persist(two));
            session.inTransaction(t -> one.name = "changed");
            session.inTransaction(t -> session.persist(new Purchase(two, "2")));
        }
        assertThat(rows(shard(0), "customer where id = " + one.id + " and name = 'changed'"))
                .isEqualTo(1);
        assertThat(placesOf("purchase where customer_id = " + two.id)).containsExactly(shard(1));
    }

    @Test
    void factoryMethods_runInATransaction() {
        Customer customer = customer(shard(1));
        factory().inTransaction(session -> session.persist(customer));
        factory().runInTransaction(manager -> manager.find(Customer.class, customer.id).name = "changed");
        String name = factory().callInTransaction(manager -> manager.find(Customer.class, customer.id).name);
        assertThat(name).isEqualTo("changed");
        assertThatThrownBy(() -> factory().inTransaction(session -> {
                    session.find(Customer.class, customer.id).name = "lost";
                    throw new IllegalArgumentException("stop");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(factory().<String>fromSession(session -> session.find(Customer.class, customer.id).name))
                .isEqualTo("changed");
    }

    @Test
    void outsideTransactions_statementsCommitByThemselves_whileACursorIsOpenToo() {
        stored(shard(0));
        try (ShardedSession session = factory().openSession()) {
            assertThat(commitsByItself(session)).isTrue();
            assertThat(session.createQuery("from Customer", Customer.class).getResultList())
                    .isNotEmpty();
            try (var cursor = session.createQuery("from Customer", Customer.class)
                    .setFetchSize(1)
                    .scroll(ScrollMode.FORWARD_ONLY)) {
                assertThat(cursor.next()).isTrue();
                assertThat(commitsByItself(session)).isTrue();
            }
            session.beginTransaction();
            assertThat(commitsByItself(session)).isFalse();
            session.getTransaction().commit();
            assertThat(commitsByItself(session)).isTrue();
        }
    }

    @Test
    void begin_whileAConnectionIsHeld_endsThatItCommitsByItself() {
        Customer customer = stored(shard(0));
        try (ShardedSession session = factory().openSession()) {
            ((ShardAccess) session).connected(shard(0));
            session.find(Customer.class, customer.id);
            ((ShardAccess) session).connected(shard(0));
            assertThat(commitsByItself(session)).isTrue();
            ((ShardAccess) session).connected(shard(0));
            session.beginTransaction();
            session.find(Customer.class, customer.id).name = "not stored";
            session.flush();
            session.getTransaction().rollback();
        }
        assertThat(placesOf("customer where name = 'not stored'")).isEmpty();
    }

    private boolean commitsByItself(ShardedSession session) {
        return session.doReturningWork(shard(0), Connection::getAutoCommit);
    }
}
