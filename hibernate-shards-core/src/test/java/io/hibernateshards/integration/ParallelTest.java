package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.hibernate.Hibernate;
import org.hibernate.ReplicationMode;
import org.hibernate.Timeouts;
import org.junit.jupiter.api.Test;

/** Several shards at a time for one session, and several sessions at a time for one factory. */
@SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
class ParallelTest extends EveryLayoutTest {
    @Test
    void failureOfOneLeg_isTheFailureOfTheFind_andLeavesTheSessionUsable() throws SQLException {
        Note note = new Note(number(), stored(shard(1)), "x");
        in(session -> session.persist(note));
        for (int i = 0; i < 8; i++) { // more often than a pool has connections
            try (Connection other = place(shard(1)).connect();
                    ShardedSession session = factory().openSession()) {
                other.setAutoCommit(false);
                other.createStatement().execute("select 1 from note where id = " + note.id + " for update");
                session.beginTransaction();
                assertThat(catchThrowable(() ->
                                session.find(Note.class, note.id, LockModeType.PESSIMISTIC_WRITE, Timeouts.NO_WAIT)))
                        .isInstanceOf(PersistenceException.class);
                session.getTransaction().rollback();
                session.clear();
                other.rollback();
                session.beginTransaction();
                assertThat(session.find(Note.class, note.id, LockModeType.PESSIMISTIC_WRITE, Timeouts.NO_WAIT).text)
                        .isEqualTo("x");
                session.getTransaction().commit();
            }
        }
    }

    /** Whatever sessions share in the factory must not be seen by another. */
    @Test
    void manySessions_ofManyThreads_doNotDisturbEachOther() throws Exception {
        List<Customer> customers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Customer customer = customer(shard(i));
            customer.buy("5");
            customer.buy("50");
            in(session -> session.persist(customer));
            customers.add(customer);
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                Customer customer = customers.get(i % customers.size());
                int kind = i % 6;
                work.add(() -> {
                    one(kind, customer);
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        for (Customer customer : customers) {
            long notes = rows(factory().locate(Customer.class, customer.id), "note where customer_id = " + customer.id);
            assertThat(placesOf("customer where id = " + customer.id)).hasSize(1);
            assertThat(notes).isBetween(0L, 20L);
        }
        assertThat(counts("note where text = 'parallel'").stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isPositive();
    }

    private void one(int kind, Customer customer) {
        try (ShardedSession session = factory().openSession()) {
            switch (kind) {
                case 0 -> {
                    session.enableFilter("expensive").setParameter("least", new BigDecimal(10));
                    assertThat(session.find(Customer.class, customer.id).purchases)
                            .hasSize(1);
                }
                case 1 -> {
                    session.enableFetchProfile("withPurchases");
                    assertThat(Hibernate.isInitialized(session.find(Customer.class, customer.id).purchases))
                            .isTrue();
                }
                case 2 -> {
                    assertThat(session.bySimpleNaturalId(Customer.class).load(customer.email).id)
                            .isEqualTo(customer.id);
                    assertThat(session.find(Country.class, "SE").name).isEqualTo("Sweden");
                }
                case 3 ->
                    session.inTransaction(t -> {
                        Note note = new Note(number(), session.getReference(Customer.class, customer.id), "parallel");
                        session.persist(note);
                        session.flush();
                        session.clear();
                        assertThat(session.find(Note.class, note.id, ShardKeys.of(customer.id)).text)
                                .isEqualTo("parallel");
                    });
                case 4 -> {
                    var graph = session.createEntityGraph(Customer.class);
                    graph.addAttributeNodes("purchases");
                    assertThat(session.find(
                                            Customer.class,
                                            customer.id,
                                            Map.of("jakarta.persistence.fetchgraph", graph))
                                    .purchases)
                            .hasSize(2);
                }
                default -> {
                    assertThat(Hibernate.isInitialized(session.find(Customer.class, customer.id).purchases))
                            .isFalse();
                    assertThat(session.createQuery("from Purchase p where p.customer.id = :id", Purchase.class)
                                    .setParameter("id", customer.id)
                                    .getResultList())
                            .hasSize(2);
                }
            }
        }
    }

    @Test
    void replicate_storesTheRowOnItsShard() {
        for (ShardId shard : shards()) {
            Customer customer = customer(shard);
            in(session -> session.replicate(customer, ReplicationMode.OVERWRITE));
            customer.name = "again";
            in(session -> session.replicate(customer, ReplicationMode.OVERWRITE));
            assertThat(placesOf("customer where name = 'again' and id = " + customer.id))
                    .containsExactly(shard);
        }
    }

    @Test
    void operationsOnInstances_ofSeveralChildren_goToTheirOwn() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        in(session -> {
            Customer first = session.find(Customer.class, one.id);
            Customer second = session.find(Customer.class, two.id);
            session.lock(second, LockModeType.PESSIMISTIC_WRITE);
            assertThat(isLocked(shard(1), "customer where id = " + two.id)).isTrue();
            assertThat(isLocked(shard(0), "customer where id = " + one.id)).isFalse();
            session.detach(first);
            assertThat(session.contains(first)).isFalse();
            assertThat(session.contains(second)).isTrue();
            session.remove(second);
        });
        assertThat(placesOf("customer where id = " + one.id)).containsExactly(shard(0));
        assertThat(placesOf("customer where id = " + two.id)).isEmpty();
    }
}
