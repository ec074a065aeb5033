package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.FlushModeType;
import java.math.BigDecimal;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.Hibernate;
import org.hibernate.UnknownProfileException;
import org.hibernate.jpa.HibernateHints;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is set on the session holds on every shard, whether its child was open by then or is opened later. */
class OptionsTest extends EveryLayoutTest {
    private Customer early;
    private Customer late;

    @BeforeEach
    void store() {
        early = customer(shard(0));
        late = customer(shard(1));
        for (Customer customer : new Customer[] {early, late}) {
            customer.buy("5");
            customer.buy("50");
            in(session -> session.persist(customer));
        }
    }

    /** One child is open when the option is set, the other is not. */
    private void both(Consumer<ShardedSession> option, Consumer<Customer> check) {
        reading(session -> {
            session.find(Customer.class, early.id);
            option.accept(session);
            session.clear();
            check.accept(session.find(Customer.class, early.id));
            check.accept(session.find(Customer.class, late.id));
        });
    }

    @Test
    void filter_holdsOnEveryShard_withItsParameter() {
        both(
                session -> session.enableFilter("expensive").setParameter("least", new BigDecimal(10)),
                customer -> assertThat(customer.purchases)
                        .extracting(purchase -> purchase.total.intValue())
                        .containsExactly(50));
    }

    @Test
    void filter_holdsForQueries() {
        reading(session -> {
            session.find(Customer.class, early.id);
            session.enableFilter("expensive").setParameter("least", new BigDecimal(10));
            assertThat(session.createQuery(
                                    "select p.total from Purchase p where p.customer.id in (:a, :b)", BigDecimal.class)
                            .setParameter("a", early.id)
                            .setParameter("b", late.id)
                            .getResultList())
                    .extracting(BigDecimal::intValue)
                    .containsExactly(50, 50);
        });
    }

    @Test
    void filter_isChangedAndDisabled_everywhere() {
        reading(session -> {
            session.enableFilter("expensive").setParameter("least", new BigDecimal(10));
            session.find(Customer.class, early.id);
            session.getEnabledFilter("expensive").setParameter("least", new BigDecimal(100));
            session.clear();
            assertThat(session.find(Customer.class, early.id).purchases).isEmpty();
            assertThat(session.find(Customer.class, late.id).purchases).isEmpty();
            session.disableFilter("expensive");
            assertThat(session.getEnabledFilter("expensive")).isNull();
            session.clear();
            assertThat(session.find(Customer.class, early.id).purchases).hasSize(2);
            assertThat(session.find(Customer.class, late.id).purchases).hasSize(2);
        });
    }

    @Test
    void unknownFilter_isHibernatesError() {
        reading(session -> assertThatThrownBy(() -> session.enableFilter("none"))
                .isInstanceOf(org.hibernate.UnknownFilterException.class));
    }

    @Test
    void fetchProfile_holdsOnEveryShard_untilItIsDisabled() {
        both(session -> session.enableFetchProfile("withPurchases"), customer -> assertThat(
                        Hibernate.isInitialized(customer.purchases))
                .isTrue());
        both(
                session -> {
                    session.enableFetchProfile("withPurchases");
                    assertThat(session.isFetchProfileEnabled("withPurchases")).isTrue();
                    session.disableFetchProfile("withPurchases");
                    assertThat(session.isFetchProfileEnabled("withPurchases")).isFalse();
                },
                customer ->
                        assertThat(Hibernate.isInitialized(customer.purchases)).isFalse());
        reading(session -> assertThatThrownBy(() -> session.enableFetchProfile("none"))
                .isInstanceOf(UnknownProfileException.class));
    }

    @Test
    void defaultReadOnly_holdsOnEveryShard() {
        in(session -> {
            session.find(Customer.class, early.id);
            session.setDefaultReadOnly(true);
            assertThat(session.isDefaultReadOnly()).isTrue();
            session.clear();
            session.find(Customer.class, early.id).name = "lost";
            session.find(Customer.class, late.id).name = "lost";
        });
        assertThat(counts("customer where name = 'lost'")).containsOnly(0L);
    }

    @Test
    void flushMode_holdsOnEveryShard() {
        in(session -> {
            session.find(Customer.class, early.id);
            session.setHibernateFlushMode(FlushMode.MANUAL);
            assertThat(session.getHibernateFlushMode()).isEqualTo(FlushMode.MANUAL);
            session.find(Customer.class, early.id).name = "unflushed";
            session.find(Customer.class, late.id).name = "unflushed";
        });
        assertThat(counts("customer where name = 'unflushed'")).containsOnly(0L);
    }

    @Test
    void flushModeCommit_queriesDoNotFlush() {
        String name = "commit" + number();
        in(session -> {
            session.setFlushMode(FlushModeType.COMMIT);
            assertThat(session.getFlushMode()).isEqualTo(FlushModeType.COMMIT);
            session.find(Customer.class, late.id).name = name;
            assertThat(session.createQuery("from Customer c where c.name = :name", Customer.class)
                            .setParameter("name", name)
                            .getResultList())
                    .isEmpty();
        });
        assertThat(placesOf("customer where name = '" + name + "'")).containsExactly(shard(1));
    }

    @Test
    void flushModeAuto_queriesSeeWhatWasChanged() {
        String name = "auto" + number();
        in(session -> {
            session.find(Customer.class, late.id).name = name;
            assertThat(session.createQuery("from Customer c where c.name = :name", Customer.class)
                            .setParameter("name", name)
                            .getResultList())
                    .extracting(found -> found.id)
                    .containsExactly(late.id);
        });
    }

    @Test
    void values_areKept_beforeAndAfterAShardIsUsed() {
        reading(session -> {
            session.setCacheMode(CacheMode.IGNORE);
            session.setJdbcBatchSize(7);
            session.setFetchBatchSize(9);
            session.setSubselectFetchingEnabled(true);
            session.setProperty(HibernateHints.HINT_READ_ONLY, true);
            for (int i = 0; i < 2; i++) {
                assertThat(session.getCacheMode()).isEqualTo(CacheMode.IGNORE);
                assertThat(session.getJdbcBatchSize()).isEqualTo(7);
                assertThat(session.getFetchBatchSize()).isEqualTo(9);
                assertThat(session.isSubselectFetchingEnabled()).isTrue();
                assertThat(session.getProperties()).containsEntry(HibernateHints.HINT_READ_ONLY, true);
                session.find(Customer.class, early.id);
            }
        });
    }

    @Test
    void entityGraph_isCopiedFromTheNamedOne() {
        reading(session -> {
            EntityGraph<?> graph = session.createEntityGraph("Customer.purchases");
            Customer found = session.find(Customer.class, late.id, Map.of("jakarta.persistence.loadgraph", graph));
            assertThat(Hibernate.isInitialized(found.purchases)).isTrue();
            assertThat(session.createQuery("from Customer c where c.id in (:a, :b)", Customer.class)
                            .setParameter("a", early.id)
                            .setParameter("b", late.id)
                            .setHint("jakarta.persistence.loadgraph", graph)
                            .getResultList())
                    .hasSize(2)
                    .allSatisfy(customer -> assertThat(Hibernate.isInitialized(customer.purchases))
                            .isTrue());
        });
    }

    @Test
    void builderOptions_holdOnEveryShard() {
        try (ShardedSession session = (ShardedSession) factory()
                .withOptions()
                .flushMode(FlushMode.MANUAL)
                .initialCacheMode(CacheMode.IGNORE)
                .openSession()) {
            session.inTransaction(t -> {
                session.find(Customer.class, early.id);
                Customer second = session.find(Customer.class, late.id);
                assertThat(session.getCacheMode()).isEqualTo(CacheMode.IGNORE);
                assertThat(session.getHibernateFlushMode()).isEqualTo(FlushMode.MANUAL);
                session.persist(new Purchase(second, "1"));
            });
        }
        assertThat(rows(shard(1), "purchase where customer_id = " + late.id)).isEqualTo(2);
    }

    @Test
    void namedQueries_areAnswered() {
        reading(session -> {
            assertThat(session.createNamedQuery("Customer.one", Customer.class)
                            .setParameter("id", late.id)
                            .getSingleResult()
                            .name)
                    .isEqualTo(late.name);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }
}
