package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.UUID;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.junit.jupiter.api.Test;

/** What is done to an instance is done by the child session that holds it. */
@SuppressWarnings("removal") // also the old ways in must be right
class InstanceTest extends EveryLayoutTest {
    @Test
    void remove_takesTheTreeWithIt() {
        Customer customer = customer(shard(2));
        Line line = customer.buy("1").add("tea");
        customer.phones.add("1");
        in(session -> session.persist(customer));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            session.remove(managed);
            assertThat(session.contains(managed)).isFalse();
            assertThat(session.find(Customer.class, customer.id)).isNull();
        });
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
        assertThat(placesOf("purchase_line where id = '" + line.id + "'")).isEmpty();
        assertThat(placesOf("customer_phones where customer_id = " + customer.id))
                .isEmpty();
    }

    @Test
    void remove_ofAReference_removesTheRow() {
        Note note = new Note(number(), stored(shard(1)), "x");
        Customer customer = stored(shard(2));
        in(session -> session.persist(note));
        in(session -> session.remove(session.getReference(Note.class, note.id)));
        in(session -> session.remove(session.getReference(Customer.class, customer.id)));
        assertThat(placesOf("note where id = " + note.id)).isEmpty();
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void remove_ofADetachedInstance_isAsInPlainHibernate() {
        Customer customer = stored(shard(1));
        Customer plain = new Customer("plain");
        PlainShop.factory().inTransaction(session -> session.persist(plain));
        Throwable expected = PlainShop.catchFrom(session -> {
            session.remove(plain);
            session.getTransaction().commit();
        });
        assertThat(expected).isNull();
        in(session -> session.remove(customer));
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void removeAndPersist_again_keepsTheRow() {
        Customer customer = stored(shard(1));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            session.remove(managed);
            session.persist(managed);
        });
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
    }

    @Test
    void orphan_isRemoved() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("1");
        in(session -> session.persist(customer));
        in(session -> session.find(Customer.class, customer.id).purchases.clear());
        assertThat(placesOf("purchase where id = " + purchase.id)).isEmpty();
    }

    @Test
    void refresh_readsTheRowAgain() {
        Customer customer = stored(shard(3));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            sql(shard(3), "update customer set name = 'fresh' where id = " + customer.id);
            session.refresh(managed);
            assertThat(managed.name).isEqualTo("fresh");
            session.refresh(managed, LockModeType.PESSIMISTIC_WRITE);
            assertThat(isLocked(shard(3), "customer where id = " + customer.id)).isTrue();
        });
    }

    @Test
    void refreshAndLock_ofAnUnmanagedInstance_failAsInPlainHibernate() {
        Customer customer = stored(shard(1));
        sameFailure(session -> session.refresh(customer));
        sameFailure(session -> session.lock(customer, LockModeType.PESSIMISTIC_WRITE));
        sameFailure(session -> session.lock(new Customer("new"), LockModeType.PESSIMISTIC_WRITE));
        sameFailure(session -> session.refresh(new Customer("new")));
        sameFailure(session -> session.getIdentifier(customer));
        sameFailure(session -> session.getLockMode(customer));
        sameFailure(session -> session.contains("text"));
        sameFailure(session -> session.remove("text"));
        sameFailure(session -> session.persist("text"));
        sameFailure(session -> session.merge("text"));
        sameFailure(session -> session.detach("text"));
        sameFailure(session -> session.getReference(Customer.class, null));
        sameFailure(session -> session.persist(null));
        sameFailure(session -> session.contains(null));
    }

    private void sameFailure(java.util.function.Consumer<Session> work) {
        Throwable plain = PlainShop.catchFrom(work);
        Throwable ours = catchThrowable(() -> in(work::accept));
        if (plain == null) {
            assertThat(ours).isNull();
        } else {
            assertThat(ours).isNotNull().hasSameClassAs(plain);
        }
    }

    @Test
    void lock_isTakenOnTheRightShard() {
        Customer customer = stored(shard(2));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            assertThat(isLocked(shard(2), "customer where id = " + customer.id)).isFalse();
            session.lock(managed, LockModeType.PESSIMISTIC_WRITE);
            assertThat(isLocked(shard(2), "customer where id = " + customer.id)).isTrue();
            assertThat(session.getLockMode(managed)).isEqualTo(LockModeType.PESSIMISTIC_WRITE);
            assertThat(session.getCurrentLockMode(managed)).isEqualTo(LockMode.PESSIMISTIC_WRITE);
        });
    }

    @Test
    void detached_isNotStored() {
        Customer customer = stored(shard(1));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            session.detach(managed);
            assertThat(session.contains(managed)).isFalse();
            managed.name = "lost";
            Customer evicted = session.find(Customer.class, customer.id);
            assertThat(evicted).isNotSameAs(managed);
            session.evict(evicted);
            evicted.name = "lost";
        });
        reading(session ->
                assertThat(session.find(Customer.class, customer.id).name).isEqualTo(customer.name));
    }

    @Test
    void clear_detachesAll() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        in(session -> {
            Customer first = session.find(Customer.class, one.id);
            Customer second = session.find(Customer.class, two.id);
            first.name = "lost";
            assertThat(session.isDirty()).isTrue();
            session.clear();
            assertThat(session.isDirty()).isFalse();
            assertThat(session.contains(first)).isFalse();
            assertThat(session.contains(second)).isFalse();
            assertThat(session.getManagedEntities()).isEmpty();
        });
    }

    @Test
    void managedEntities_areThoseOfAllChildren() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        Document document = new Document(text(Document.class, shard(2)), "a", "A");
        in(session -> session.persist(document));
        reading(session -> {
            Customer first = session.find(Customer.class, one.id);
            Customer second = session.find(Customer.class, two.id);
            Document third = session.find(Document.class, document.id);
            assertThat(session.getManagedEntities().stream().map(Object.class::cast))
                    .containsExactlyInAnyOrder(first, second, third);
            assertThat(session.getManagedEntities(Customer.class)).containsExactlyInAnyOrder(first, second);
            assertThat(session.getStatistics().getEntityCount()).isEqualTo(3);
            assertThat(session.getStatistics().getEntityKeys()).hasSize(3);
        });
    }

    @Test
    void questionsAboutAnInstance_areAnsweredByItsChild() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        reading(session -> {
            session.find(Customer.class, one.id);
            Customer managed = session.find(Customer.class, two.id);
            assertThat(session.getIdentifier(managed)).isEqualTo(two.id);
            assertThat(session.getEntityName(managed)).isEqualTo(Customer.class.getName());
            assertThat(session.isReadOnly(managed)).isFalse();
            session.setReadOnly(managed, true);
            assertThat(session.isReadOnly(managed)).isTrue();
            assertThat(session.shardOf(managed)).isEqualTo(shard(1));
            Customer reference = session.getReference(Customer.class, customerId(shard(1)));
            assertThat(session.contains(reference)).isTrue();
            assertThat(session.contains(new Customer("new"))).isFalse();
        });
    }

    @Test
    void readOnlyInstance_isNotStored() {
        Customer customer = stored(shard(1));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            session.setReadOnly(managed, true);
            managed.name = "lost";
        });
        reading(session ->
                assertThat(session.find(Customer.class, customer.id).name).isEqualTo(customer.name));
    }

    @Test
    void load_fillsAnInstance() {
        Customer customer = stored(shard(2));
        reading(session -> {
            Customer empty = new Customer();
            session.load(empty, customer.id);
            assertThat(empty.name).isEqualTo(customer.name);
            assertThat(session.contains(empty)).isTrue();
        });
    }

    @Test
    void closedSession_lazyAssociationsFailAsInHibernate() {
        Customer customer = customer(shard(1));
        customer.buy("1");
        in(session -> session.persist(customer));
        Customer found = from(session -> session.find(Customer.class, customer.id));
        assertThat(Hibernate.isInitialized(found.purchases)).isFalse();
        assertThatThrownBy(() -> found.purchases.size()).isInstanceOf(org.hibernate.LazyInitializationException.class);
    }

    @Test
    void silentReference_ofNothing_cannotBeRemoved() {
        assertThatThrownBy(() -> in(session -> session.remove(session.getReference(Line.class, UUID.randomUUID()))))
                .isInstanceOfAny(
                        org.hibernate.ObjectNotFoundException.class, jakarta.persistence.EntityNotFoundException.class);
    }

    @Test
    void removeOfSeveral_inOneTransaction_ofOneShard() {
        Customer customer = customer(shard(1));
        List<Purchase> purchases = List.of(customer.buy("1"), customer.buy("2"));
        in(session -> session.persist(customer));
        in(session -> session.findMultiple(
                        Purchase.class, purchases.stream().map(one -> one.id).toList())
                .forEach(one -> one.customer.getPurchases().remove(one)));
        assertThat(placesOf("purchase where customer_id = " + customer.id)).isEmpty();
    }
}
