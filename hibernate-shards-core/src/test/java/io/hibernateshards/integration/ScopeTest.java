package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.SessionScope;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.integration.Office.AppSetting;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What surrounds a session may say which shard it is for; then nothing of another shard is asked or stored. */
class ScopeTest extends SeveralShardsTest {
    private final List<ShardedSession> opened = new ArrayList<>();
    private @Nullable ShardId current;

    @BeforeEach
    void setScope() {
        factory().setScope(new SessionScope() {
            @Override
            public @Nullable ShardId shard(ShardedSessionFactory factory) {
                return current;
            }

            @Override
            public void opened(ShardedSession session) {
                opened.add(session);
            }
        });
    }

    @AfterEach
    void dropScope() {
        factory().setScope(null);
    }

    private <T> T on(ShardId shard, Supplier<T> work) {
        current = shard;
        try {
            return work.get();
        } finally {
            current = null;
        }
    }

    private void run(ShardId shard, Runnable work) {
        on(shard, () -> {
            work.run();
            return true;
        });
    }

    @Test
    void opened_isToldOfEachSession() {
        in(session -> assertThat(opened).contains(session));
    }

    @Test
    void sql_runsThere_unlessAHintSaysOtherwise() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        String sql = "select id from customer where id in (" + one.id + "," + two.id + ")";
        in(session -> {
            assertThat(on(shard(1), () -> session.createNativeQuery(sql, Long.class)
                            .list()))
                    .containsExactly(two.id);
            assertThat(on(shard(1), () -> session.createNativeQuery(sql, Long.class)
                            .setHint(ShardHints.SHARD, shard(0))
                            .list()))
                    .containsExactly(one.id);
            assertThat(on(shard(1), () -> session.createNativeQuery(sql, Long.class)
                            .setHint(ShardHints.ALL, true)
                            .list()))
                    .containsExactlyInAnyOrder(one.id, two.id);
            assertThat(on(shard(1), () -> session.createNativeMutationQuery(
                                    "update customer set name = 'x' where id in (" + one.id + "," + two.id + ")")
                            .executeUpdate()))
                    .isEqualTo(1);
        });
    }

    @Test
    void hql_asksThatShardAlone_andIsRefusedIfItsRowsAreElsewhere() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        in(session -> {
            ShardedQuery<Long> all =
                    session.createQuery("select c.id from Customer c where c.name in (:one, :two)", Long.class);
            all.setParameter("one", one.name).setParameter("two", two.name);
            assertThat(on(shard(1), all::list)).containsExactly(two.id);
            assertThat(on(shard(1), all::explain)).doesNotContain("Scatter");
            assertThat(all.list()).containsExactlyInAnyOrder(one.id, two.id);
            var ofOne = session.createQuery("select c.name from Customer c where c.id = :id", String.class)
                    .setParameter("id", one.id);
            assertThat(on(shard(0), ofOne::list)).containsExactly(one.name);
            assertRefused(
                    () -> run(shard(1), ofOne::list),
                    ShardErrorCode.ROUTE_CONFLICT,
                    "\"" + shard(0) + "\"",
                    "\"" + shard(1) + "\"",
                    "c.id = :id");
            assertThat(on(shard(1), () -> ofOne.setHint(ShardHints.SHARD, shard(0))
                            .list()))
                    .containsExactly(one.name);
            int changed = on(shard(1), () -> session.createMutationQuery(
                            "update Customer c set c.name = 'y' where c.name in (:one, :two)")
                    .setParameter("one", one.name)
                    .setParameter("two", two.name)
                    .executeUpdate());
            assertThat(changed).isEqualTo(1);
        });
    }

    @Test
    void whatOneShardAloneHas_isNotTakenForEmpty() {
        in(session -> session.persist(new AppSetting("colour")));
        in(session -> {
            assertThat(on(shard(0), () -> session.createQuery("from AppSetting", AppSetting.class)
                            .list()))
                    .isNotEmpty();
            assertRefused(
                    () -> run(shard(1), () -> session.createQuery("from AppSetting", AppSetting.class)
                            .list()),
                    ShardErrorCode.ROUTE_CONFLICT);
            assertRefused(
                    () -> run(shard(1), () -> session.createQuery(
                                    "from Customer c where exists (from AppSetting s where s.name = c.name)",
                                    Customer.class)
                            .list()),
                    ShardErrorCode.ROUTE_CONFLICT);
            assertRefused(
                    () -> run(shard(1), () -> session.persist(new AppSetting("size"))), ShardErrorCode.ROUTE_CONFLICT);
        });
    }

    @Test
    void inserts_areForThatShardOrRefused() {
        in(session -> assertRefused(
                () -> run(shard(1), () -> session.createMutationQuery(
                                "insert into Customer (id, name, version) values (:one, 'a', 0), (:two, 'b', 0)")
                        .setParameter("one", customerId(shard(0)))
                        .setParameter("two", customerId(shard(1)))
                        .executeUpdate()),
                ShardErrorCode.ROUTE_CONFLICT));
    }

    @Test
    void finds_areRefusedIfTheIdIsOfAnotherShard() {
        Customer one = stored(shard(0));
        in(session -> {
            assertThat(on(shard(0), () -> session.find(Customer.class, one.id).name))
                    .isEqualTo(one.name);
        });
        in(session -> {
            assertRefused(
                    () -> run(shard(1), () -> session.find(Customer.class, one.id)),
                    ShardErrorCode.ROUTE_CONFLICT,
                    "Customer#" + one.id);
            assertRefused(
                    () -> run(shard(1), () -> session.getReference(Customer.class, one.id)),
                    ShardErrorCode.ROUTE_CONFLICT);
            assertRefused(
                    () -> run(shard(1), () -> session.findMultiple(Customer.class, List.of(one.id))),
                    ShardErrorCode.ROUTE_CONFLICT);
        });
    }

    @Test
    void anIdThatDoesNotTell_isLookedForThereAlone() {
        Customer one = stored(shard(0));
        Note note = new Note(number(), one, "hello");
        in(session -> session.persist(note));
        in(session -> assertThat(on(shard(0), () -> session.find(Note.class, note.id) != null))
                .isTrue());
        ShardedSession session = open();
        try (session) {
            assertThat(on(shard(1), () -> session.find(Note.class, note.id) == null))
                    .isTrue();
            assertThat(session.usedShards()).containsExactly(shard(1));
        }
    }

    @Test
    void newRoots_areStoredThere() {
        for (int i = 0; i < 8; i++) {
            Customer free = new Customer("free" + number());
            in(session -> run(shard(1), () -> session.persist(free)));
            assertThat(placesOf("customer where id = " + free.id)).containsExactly(shard(1));
        }
        Customer stateless = new Customer("free" + number());
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            run(shard(1), () -> session.insert(stateless));
        }
        assertThat(placesOf("customer where id = " + stateless.id)).containsExactly(shard(1));
    }

    @Test
    void whatBelongsElsewhere_isNotStored() {
        Customer elsewhere = customer(shard(0));
        in(session -> {
            assertRefused(
                    () -> run(shard(1), () -> session.persist(elsewhere)), ShardErrorCode.ROUTE_CONFLICT, "Customer");
            assertRefused(() -> run(shard(1), () -> session.merge(elsewhere)), ShardErrorCode.ROUTE_CONFLICT);
        });
        assertThat(placesOf("customer where id = " + elsewhere.id)).isEmpty();
    }

    @Test
    void whatIsLoaded_mayBeChanged() {
        Customer one = stored(shard(0));
        in(session -> {
            Customer loaded = session.find(Customer.class, one.id);
            run(shard(1), () -> {
                loaded.name = "changed";
                session.createNativeQuery("select 1", Integer.class).list();
                session.flush();
            });
        });
        assertThat(placesOf("customer where name = 'changed' and id = " + one.id))
                .containsExactly(shard(0));
    }

    @Test
    void merge_looksForTheRowEverywhere() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        Note note = new Note(number(), one, "hello");
        in(session -> session.persist(note));
        Note moved = new Note(note.id, two, "hello");
        in(session -> assertRefused(() -> run(shard(1), () -> session.merge(moved)), ShardErrorCode.SHARD_KEY_CHANGED));
    }
}
