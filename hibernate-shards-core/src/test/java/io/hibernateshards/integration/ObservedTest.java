package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hibernate.Interceptor;
import org.hibernate.type.Type;
import org.junit.jupiter.api.Test;

/** Callbacks, interceptors and statement inspectors of the application are called as ever. */
class ObservedTest extends EveryLayoutTest {
    private static final class Seen implements Interceptor {
        final List<String> calls = new ArrayList<>();

        @Override
        public boolean onLoad(Object entity, Object id, Object[] state, String[] names, Type[] types) {
            calls.add("load");
            return false;
        }

        @Override
        public boolean onPersist(Object entity, Object id, Object[] state, String[] names, Type[] types) {
            calls.add("persist");
            return false;
        }

        @Override
        public boolean onFlushDirty(
                Object entity, Object id, Object[] current, Object[] previous, String[] names, Type[] types) {
            for (int i = 0; i < names.length; i++) {
                if (names[i].equals("name")) {
                    current[i] = "intercepted";
                }
            }
            calls.add("flushDirty");
            return true;
        }
    }

    @Test
    void callbacks_areCalledOnce() {
        Customer customer = customer(shard(1));
        in(session -> session.persist(customer));
        assertThat(customer.callbacks).containsExactly("PrePersist");
        in(session -> {
            Customer found = session.find(Customer.class, customer.id);
            found.name = "changed";
            session.flush();
            assertThat(found.callbacks).containsExactly("PostLoad", "PreUpdate");
        });
    }

    @Test
    void interceptorOfTheSession_seesEveryShard() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        Seen seen = new Seen();
        try (ShardedSession session =
                (ShardedSession) factory().withOptions().interceptor(seen).openSession()) {
            session.inTransaction(t -> {
                session.find(Customer.class, one.id);
                session.find(Customer.class, two.id).name = "changed";
                session.persist(new Purchase(session.getReference(Customer.class, two.id), "1"));
            });
        }
        assertThat(seen.calls).containsExactlyInAnyOrder("load", "load", "persist", "flushDirty");
        assertThat(rows(shard(1), "customer where name = 'intercepted' and id = " + two.id))
                .isEqualTo(1);
    }

    @Test
    void inspectorOfTheSession_seesEveryStatement_andMayChangeIt() {
        Customer customer = stored(shard(1));
        List<String> statements = Collections.synchronizedList(new ArrayList<>());
        try (ShardedSession session = (ShardedSession) factory()
                .withOptions()
                .statementInspector((UnaryOperator<String>) sql -> {
                    statements.add(sql);
                    return sql.replace("'intended'", "'inspected'");
                })
                .openSession()) {
            session.inTransaction(t -> {
                Customer found = session.find(Customer.class, customer.id);
                session.persist(new Note(number(), found, "x"));
            });
            assertThat(statements).hasSize(2);
            assertThat(session.createQuery("select 'intended' from Customer c where c.id = :id", String.class)
                            .setParameter("id", customer.id)
                            .getSingleResult())
                    .isEqualTo("inspected");
            session.createQuery("from Note n where n.text = 'none'", Note.class).getResultList();
            assertThat(statements).hasSize(3 + shards().size());
        }
    }

    @Test
    void failureOfACallback_rollsBack() {
        Customer customer = customer(shard(1));
        Interceptor refusing = new Interceptor() {
            @Override
            public boolean onPersist(Object entity, Object id, Object[] state, String[] names, Type[] types) {
                throw new IllegalArgumentException("not this one");
            }
        };
        try (ShardedSession session =
                (ShardedSession) factory().withOptions().interceptor(refusing).openSession()) {
            assertThatThrownBy(() -> session.inTransaction(t -> session.persist(customer)))
                    .hasStackTraceContaining("not this one");
        }
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void whatOneConnectionCannotMean_isRefused() {
        reading(session -> {
            if (shards().size() > 1) {
                assertRefused(
                        () -> session.doWork(connection -> {}),
                        ShardErrorCode.OPERATION_REFUSED,
                        "doReturningWork(shard");
            }
            assertRefused(session::sessionWithOptions, ShardErrorCode.OPERATION_REFUSED, "sessionWithOptions");
            assertThatThrownBy(() -> session.unwrap(java.sql.Connection.class))
                    .isInstanceOf(jakarta.persistence.PersistenceException.class);
            assertThat(session.unwrap(ShardedSession.class)).isSameAs(session);
            assertThat(session.unwrap(org.hibernate.Session.class)).isSameAs(session);
        });
        assertRefused(
                () -> factory().withOptions().tenantIdentifier((Object) "x"),
                ShardErrorCode.OPERATION_REFUSED,
                "tenantIdentifier");
    }
}
