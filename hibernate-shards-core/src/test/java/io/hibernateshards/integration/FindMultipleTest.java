package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.hibernate.BatchSize;
import org.hibernate.Hibernate;
import org.hibernate.OrderingMode;
import org.hibernate.RemovalsMode;
import org.junit.jupiter.api.Test;

/** Several ids are grouped by shard, asked at the same time, and answered in their order. */
@SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
class FindMultipleTest extends EveryLayoutTest {
    /** Some of each shard, shuffled. */
    private List<Long> customers() {
        List<Long> ids = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            for (ShardId shard : shards()) {
                ids.add(stored(shard).id);
            }
        }
        Collections.shuffle(ids);
        return ids;
    }

    @Test
    void answers_areInTheOrderOfTheIds_withNullForNobody() {
        List<Long> ids = customers();
        ids.add(2, customerId(shard(1)));
        ids.add(ids.get(0));
        reading(session -> {
            List<Customer> found = session.findMultiple(Customer.class, ids);
            assertThat(found).extracting(one -> one == null ? null : one.id).containsExactlyElementsOf(expected(ids));
            assertThat(session.usedShards()).containsExactlyInAnyOrderElementsOf(shards());
        });
    }

    private static List<Long> expected(List<Long> ids) {
        List<Long> expected = new ArrayList<>(ids);
        expected.set(2, null);
        return expected;
    }

    @Test
    void unordered_leavesNobodyOut() {
        List<Long> ids = customers();
        reading(session -> assertThat(session.findMultiple(Customer.class, ids, OrderingMode.UNORDERED))
                .extracting(one -> one.id)
                .containsExactlyInAnyOrderElementsOf(ids));
    }

    @Test
    void noIds_askNobody() {
        reading(session ->
                assertThat(session.findMultiple(Customer.class, List.of())).isEmpty());
    }

    @Test
    void idsOfOneShard_askOneShard() {
        List<Long> ids = List.of(stored(shard(1)).id, stored(shard(1)).id);
        reading(session -> {
            assertThat(session.findMultiple(Customer.class, ids))
                    .extracting(one -> one.id)
                    .containsExactlyElementsOf(ids);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void silentIds_areLookedForOnAllShards() {
        List<Long> ids = new ArrayList<>();
        for (ShardId shard : shards()) {
            Note note = new Note(number(), stored(shard), "on " + shard.name());
            in(session -> session.persist(note));
            ids.add(note.id);
        }
        ids.add(1, -1L);
        reading(session -> {
            List<Note> found = session.findMultiple(Note.class, ids);
            assertThat(found).hasSameSizeAs(ids);
            assertThat(found.get(1)).isNull();
            assertThat(found.get(0).text).isEqualTo("on " + shard(0).name());
            assertThat(found.subList(2, found.size()))
                    .extracting(one -> one.id)
                    .containsExactlyElementsOf(ids.subList(2, ids.size()));
        });
    }

    @Test
    void silentIds_withTheirKey_askOneShard() {
        Customer customer = stored(shard(2));
        List<Note> notes = List.of(new Note(number(), customer, "a"), new Note(number(), customer, "b"));
        in(session -> notes.forEach(session::persist));
        reading(session -> {
            assertThat(session.findMultiple(
                            Note.class, List.of(notes.get(1).id, notes.get(0).id), ShardKeys.of(customer.id)))
                    .extracting(one -> one.text)
                    .containsExactly("b", "a");
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
    }

    @Test
    void options_holdOnEveryShard() {
        List<Long> ids = customers();
        in(session -> {
            List<Customer> found =
                    session.findMultiple(Customer.class, ids, LockModeType.PESSIMISTIC_WRITE, new BatchSize(2));
            for (Customer customer : found) {
                assertThat(isLocked(session.shardOf(customer), "customer where id = " + customer.id))
                        .isTrue();
            }
        });
    }

    @Test
    void removed_isNull_orIncludedWhenAskedFor() {
        Customer gone = stored(shard(1));
        Customer here = stored(shard(0));
        try (var session = factory().openSession()) {
            session.beginTransaction();
            session.remove(session.find(Customer.class, gone.id));
            List<Long> ids = List.of(gone.id, here.id);
            assertThat(session.findMultiple(Customer.class, ids).get(0)).isNull();
            assertThat(session.findMultiple(Customer.class, ids, RemovalsMode.INCLUDE)
                            .get(0)
                            .id)
                    .isEqualTo(gone.id);
            session.getTransaction().rollback();
        }
    }

    @Test
    void graph_holdsOnEveryShard() {
        List<Long> ids = customers();
        reading(session -> {
            EntityGraph<Customer> graph = session.createEntityGraph(Customer.class);
            graph.addAttributeNodes("purchases");
            assertThat(session.findMultiple(graph, ids))
                    .allSatisfy(one ->
                            assertThat(Hibernate.isInitialized(one.purchases)).isTrue());
        });
    }

    @Test
    void loadAccess_isTheSame() {
        List<Long> ids = customers();
        reading(session -> {
            List<Customer> found = session.byMultipleIds(Customer.class).multiLoad(ids);
            assertThat(found).extracting(one -> one.id).containsExactlyElementsOf(ids);
            assertThat(session.byMultipleIds(Customer.class)
                            .enableOrderedReturn(false)
                            .enableSessionCheck(true)
                            .multiLoad(ids))
                    .containsExactlyInAnyOrderElementsOf(found);
        });
    }

    @Test
    void referenceEntities_areReadFromOneShard() {
        reading(session -> {
            assertThat(session.findMultiple(Country.class, List.of("FR", "??", "SE")))
                    .extracting(one -> one == null ? null : one.code)
                    .containsExactly("FR", null, "SE");
            assertThat(session.usedShards()).hasSize(1);
        });
    }
}
