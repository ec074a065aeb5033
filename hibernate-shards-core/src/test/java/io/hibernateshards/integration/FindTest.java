package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.integration.Office.Account;
import io.hibernateshards.integration.Office.AppSetting;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.Profile;
import io.hibernateshards.integration.Office.ProfileId;
import io.hibernateshards.integration.Office.Region;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.LockModeType;
import java.util.Map;
import java.util.UUID;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.hibernate.ReadOnlyMode;
import org.junit.jupiter.api.Test;

/** A find asks the one shard that the id or the caller names, else all. */
@SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
class FindTest extends EveryLayoutTest {
    private Note note(ShardId shard) {
        Note note = new Note(number(), stored(shard), "text");
        in(session -> session.persist(note));
        return note;
    }

    @Test
    void idWithBucket_asksItsShard() {
        for (ShardId shard : shards()) {
            Customer customer = stored(shard);
            reading(session -> {
                assertThat(session.find(Customer.class, customer.id).name).isEqualTo(customer.name);
                assertThat(session.usedShards()).containsExactly(shard);
            });
        }
    }

    @Test
    void idWithBucket_ofNobody_asksItsShard() {
        long id = customerId(shard(1));
        reading(session -> {
            assertThat(session.find(Customer.class, id)).isNull();
            assertThat(session.get(Customer.class, id)).isNull();
            assertThat(session.byId(Customer.class).loadOptional(id)).isEmpty();
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void idThatHoldsTheKey_asksItsShard() {
        Profile profile = new Profile(new ProfileId(Region.NORTH, number(), 1), "x");
        in(session -> session.persist(profile));
        reading(session -> {
            assertThat(session.find(Profile.class, new ProfileId(Region.NORTH, profile.id.userId(), 1)).nick)
                    .isEqualTo("x");
            assertThat(session.usedShards())
                    .containsExactly(factory().locate(Profile.class, Region.NORTH, profile.id.userId()));
        });
    }

    @Test
    void silentId_isLookedForOnAllShards() {
        Note note = note(shard(2));
        reading(session -> {
            assertThat(session.find(Note.class, note.id).text).isEqualTo("text");
            assertThat(session.usedShards()).containsExactlyInAnyOrderElementsOf(shards());
        });
    }

    @Test
    void silentId_ofNothing_isNull() {
        reading(session ->
                assertThat(session.find(Line.class, UUID.randomUUID())).isNull());
    }

    @Test
    void silentId_withItsKey_asksOneShard() {
        for (ShardId shard : shards()) {
            Note note = note(shard);
            reading(session -> {
                assertThat(session.find(Note.class, note.id, ShardKeys.of(note.customer.id)).text)
                        .isEqualTo("text");
                assertThat(session.usedShards()).containsExactly(shard);
            });
        }
    }

    @Test
    void grandchild_withItsRootsKey_asksOneShard() {
        Customer customer = customer(shard(3));
        Line line = customer.buy("1").add("tea");
        in(session -> session.persist(customer));
        reading(session -> {
            assertThat(session.find(Line.class, line.id, ShardKeys.of(customer.id), LockMode.NONE).product)
                    .isEqualTo("tea");
            assertThat(session.usedShards()).containsExactly(shard(3));
        });
    }

    @Test
    void key_thatIsNotOfItsType_isRefused() {
        reading(session -> {
            assertRefused(
                    () -> session.find(Note.class, number(), ShardKeys.of("x")),
                    ShardErrorCode.SHARD_KEY_MISSING,
                    "Note");
            assertRefused(
                    () -> session.find(Note.class, number(), ShardKeys.of(1L, 2L)),
                    ShardErrorCode.SHARD_KEY_MISSING,
                    "Note");
        });
    }

    @Test
    void silentId_thatTheSessionHolds_asksNobody() {
        Note note = note(shard(1));
        reading(session -> {
            Note found = session.find(Note.class, note.id, ShardKeys.of(note.customer.id));
            assertThat(session.find(Note.class, note.id)).isSameAs(found);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void idOfAnotherType_isCoerced_asByHibernate() {
        Note note = note(shard(1));
        reading(session ->
                assertThat(session.find(Note.class, note.id.intValue()).text).isEqualTo("text"));
    }

    @Test
    void nullId_isHibernatesError() {
        reading(session -> assertThatThrownBy(() -> session.find(Customer.class, null))
                .isInstanceOf(IllegalArgumentException.class));
    }

    @Test
    void unknownClass_isHibernatesError() {
        reading(session ->
                assertThatThrownBy(() -> session.find(String.class, 1L)).isInstanceOf(IllegalArgumentException.class));
    }

    @Test
    void byName_isTheSame() {
        Customer customer = stored(shard(1));
        reading(session -> {
            Object found = session.find(Customer.class.getName(), customer.id);
            assertThat(found).isInstanceOf(Customer.class);
            assertThat(session.get(Customer.class.getName(), customer.id)).isSameAs(found);
            assertThat(session.byId(Customer.class).load(customer.id)).isSameAs(found);
        });
    }

    @Test
    void referenceEntity_isFoundOnTheShardInUse() {
        Customer customer = stored(shard(2));
        reading(session -> {
            session.find(Customer.class, customer.id);
            assertThat(session.find(Country.class, "SE").name).isEqualTo("Sweden");
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
    }

    @Test
    void singleShardEntity_isFoundOnItsShard() {
        AppSetting setting = new AppSetting("x");
        in(session -> session.persist(setting));
        reading(session -> {
            assertThat(session.find(AppSetting.class, setting.id).name).isEqualTo("x");
            assertThat(session.usedShards()).containsExactly(shard(0));
        });
    }

    @Test
    void pessimisticLock_locksOnTheRightShard() {
        Customer customer = stored(shard(3));
        in(session -> {
            session.find(Customer.class, customer.id, LockModeType.PESSIMISTIC_WRITE);
            assertThat(isLocked(shard(3), "customer where id = " + customer.id)).isTrue();
        });
        assertThat(isLocked(shard(3), "customer where id = " + customer.id)).isFalse();
    }

    @Test
    void pessimisticLock_ofASilentId_locksOnTheRightShard() {
        Note note = note(shard(1));
        in(session -> {
            assertThat(session.find(Note.class, note.id, LockModeType.PESSIMISTIC_WRITE).text)
                    .isEqualTo("text");
            assertThat(isLocked(shard(1), "note where id = " + note.id)).isTrue();
        });
    }

    @Test
    void options_arePassedOn() {
        Customer customer = stored(shard(1));
        Note note = note(shard(2));
        reading(session -> {
            Customer found = session.find(Customer.class, customer.id, ReadOnlyMode.READ_ONLY);
            assertThat(session.isReadOnly(found)).isTrue();
            Note silent = session.find(Note.class, note.id, ReadOnlyMode.READ_ONLY, ShardKeys.of(note.customer.id));
            assertThat(session.isReadOnly(silent)).isTrue();
        });
    }

    @Test
    void graph_fetchesOnTheRightShard() {
        Customer customer = customer(shard(2));
        customer.buy("1").add("tea");
        in(session -> session.persist(customer));
        reading(session -> {
            EntityGraph<Customer> graph = session.createEntityGraph(Customer.class);
            graph.addAttributeNodes("purchases");
            Customer found = session.find(graph, customer.id);
            assertThat(Hibernate.isInitialized(found.purchases)).isTrue();
            assertThat(Hibernate.isInitialized(found.purchases.get(0).lines)).isFalse();
        });
        reading(session -> assertThat(Hibernate.isInitialized(session.find(
                                Customer.class,
                                customer.id,
                                Map.of("jakarta.persistence.fetchgraph", session.getEntityGraph("Customer.purchases")))
                        .purchases))
                .isTrue());
        reading(session -> assertThat(Hibernate.isInitialized(session.find(Customer.class, customer.id).purchases))
                .isFalse());
    }

    @Test
    void reference_isLazy_andInitializedFromItsShard() {
        Customer customer = stored(shard(2));
        reading(session -> {
            Customer reference = session.getReference(Customer.class, customer.id);
            assertThat(Hibernate.isInitialized(reference)).isFalse();
            assertThat(reference.getName()).isEqualTo(customer.name);
            assertThat(session.contains(reference)).isTrue();
            assertThat(session.shardOf(reference)).isEqualTo(shard(2));
        });
    }

    @Test
    void reference_withASilentId_isFound() {
        Note note = note(shard(2));
        reading(session -> {
            Note reference = session.getReference(Note.class, note.id);
            assertThat(reference.getText()).isEqualTo("text");
        });
    }

    @Test
    void reference_toNobody_failsWhenItIsUsed() {
        long id = customerId(shard(1));
        reading(session -> {
            Customer reference = session.getReference(Customer.class, id);
            assertThatThrownBy(reference::getName).isInstanceOf(org.hibernate.ObjectNotFoundException.class);
        });
    }

    @Test
    void reference_toADetachedInstance_isOfItsShard() {
        Document document = new Document(text(Document.class, shard(1)), "a", "A");
        in(session -> session.persist(document));
        reading(session -> {
            Document reference = session.getReference(document);
            assertThat(Hibernate.isInitialized(reference)).isFalse();
            assertThat(reference.getTitle()).isEqualTo("A");
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void lazyAssociations_areLoadedFromTheSameShard() {
        Customer customer = customer(shard(3));
        Line line = customer.buy("1").add("tea");
        in(session -> session.persist(customer));
        reading(session -> {
            Line found = session.find(Line.class, line.id, ShardKeys.of(customer.id));
            assertThat(found.getPurchase().getCustomer().getName()).isEqualTo(customer.name);
            assertThat(session.usedShards()).containsExactly(shard(3));
        });
    }

    @Test
    void subclass_isFoundByItsRootAndBySubclass() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("5");
        Office.CardPayment card = new Office.CardPayment();
        card.purchase = purchase;
        in(session -> {
            session.persist(customer);
            session.persist(card);
        });
        reading(session -> {
            assertThat(session.find(Office.Payment.class, card.id)).isInstanceOf(Office.CardPayment.class);
            assertThat(session.find(Office.CashPayment.class, card.id)).isNull();
        });
    }

    @Test
    void idFromASequence_asksItsShard() {
        Account account = new Account(text(Account.class, shard(2)));
        in(session -> session.persist(account));
        reading(session -> {
            assertThat(session.find(Account.class, account.id).login).isEqualTo(account.login);
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
    }
}
