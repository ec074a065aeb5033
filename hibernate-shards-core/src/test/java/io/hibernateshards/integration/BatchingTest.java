package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.hibernate.SessionEventListener;
import org.junit.jupiter.api.Test;

/** With a batch size of 20, a hundred rows go out in five batches. */
class BatchingTest extends EveryLayoutTest {
    private static final class Batches implements SessionEventListener {
        int executed;
        int single;

        @Override
        public void jdbcExecuteBatchStart() {
            executed++;
        }

        @Override
        public void jdbcExecuteStatementStart() {
            single++;
        }
    }

    private static List<Note> notes(Customer customer, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Note(number(), customer, "n" + i))
                .toList();
    }

    @Test
    void inserts_updates_andDeletes_areBatched() {
        Customer customer = stored(shard(1));
        List<Note> notes = notes(customer, 100);
        try (ShardedSession session = factory().openSession()) {
            Batches batches = new Batches();
            session.addEventListeners(batches);
            session.inTransaction(t -> notes.forEach(session::persist));
            assertThat(batches.executed).isEqualTo(5);
            session.inTransaction(t -> notes.forEach(note -> note.text = "changed"));
            assertThat(batches.executed).isEqualTo(10);
            session.inTransaction(t -> notes.forEach(session::remove));
            assertThat(batches.executed).isEqualTo(15);
        }
        assertThat(rows(shard(1), "note where customer_id = " + customer.id)).isZero();
    }

    @Test
    void listener_ofASessionInUse_hearsOfAllShards() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        reading(session -> {
            session.find(Customer.class, one.id);
            Batches heard = new Batches();
            session.addEventListeners(heard);
            session.clear();
            session.find(Customer.class, one.id);
            session.find(Customer.class, two.id);
            assertThat(heard.single).isEqualTo(2);
        });
    }

    @Test
    void batchSizeOfTheSession_isThatOfItsChildren() {
        Customer customer = stored(shard(1));
        try (ShardedSession session = factory().openSession()) {
            Batches batches = new Batches();
            session.addEventListeners(batches);
            session.setJdbcBatchSize(50);
            session.inTransaction(t -> notes(customer, 100).forEach(session::persist));
            assertThat(batches.executed).isEqualTo(2);
        }
    }

    @Test
    void statelessRows_areBatched() {
        Customer customer = stored(shard(1));
        List<Note> notes = notes(customer, 100);
        AtomicInteger prepared = new AtomicInteger();
        try (ShardedStatelessSession session = (ShardedStatelessSession) factory()
                .withStatelessOptions()
                .statementInspector((UnaryOperator<String>) sql -> {
                    prepared.incrementAndGet();
                    return sql;
                })
                .openStatelessSession()) {
            session.inTransaction(t -> session.insertMultiple(notes));
            assertThat(prepared.getAndSet(0)).isLessThanOrEqualTo(5);
            session.inTransaction(t -> session.deleteMultiple(notes));
            assertThat(prepared.get()).isLessThanOrEqualTo(5);
        }
        assertThat(rows(shard(1), "note where customer_id = " + customer.id)).isZero();
    }
}
