package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.Profile;
import io.hibernateshards.integration.Office.ProfileId;
import io.hibernateshards.integration.Office.Region;
import io.hibernateshards.integration.Office.Remark;
import io.hibernateshards.integration.Shop.Address;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import java.math.BigDecimal;
import org.hibernate.Hibernate;
import org.junit.jupiter.api.Test;

/** Detached instances find their rows, new ones their places. */
class MergeTest extends EveryLayoutTest {
    @Test
    void detachedRoot_isUpdated() {
        for (var shard : shards()) {
            Customer customer = stored(shard);
            customer.name = "merged";
            customer.address = new Address("a", "b");
            Customer merged = from(session -> {
                Customer managed = session.merge(customer);
                assertThat(session.contains(managed)).isTrue();
                assertThat(session.contains(customer)).isFalse();
                assertThat(session.usedShards()).containsExactly(shard);
                return managed;
            });
            assertThat(merged.version).isEqualTo(1);
            assertThat(rows(shard, "customer where name = 'merged' and city = 'b' and id = " + customer.id))
                    .isEqualTo(1);
        }
    }

    @Test
    void newRoot_isStoredOnTheShardOfItsNewId() {
        Customer customer = new Customer("new");
        Customer merged = from(session -> session.merge(customer));
        assertThat(customer.id).isNull();
        assertThat(placesOf("customer where id = " + merged.id))
                .containsExactly(factory().locate(Customer.class, merged.id));
    }

    @Test
    void detachedTree_isMergedByCascade() {
        Customer customer = customer(shard(2));
        Purchase kept = customer.buy("1");
        Purchase dropped = customer.buy("2");
        Line line = kept.add("tea");
        in(session -> session.persist(customer));
        kept.total = new BigDecimal("10");
        line.product = "coffee";
        customer.purchases.remove(dropped);
        Purchase added = customer.buy("3");
        added.add("milk");
        in(session -> session.merge(customer));
        reading(session -> {
            Customer found = session.find(Customer.class, customer.id);
            assertThat(found.purchases)
                    .extracting(purchase -> purchase.total.intValue())
                    .containsExactly(3, 10);
            assertThat(found.purchases)
                    .flatExtracting(purchase -> purchase.lines)
                    .extracting(one -> one.product)
                    .containsExactly("milk", "coffee");
        });
        assertThat(placesOf("purchase_line where product = 'milk' and purchase_id in"
                        + " (select id from purchase where customer_id = " + customer.id + ")"))
                .containsExactly(shard(2));
    }

    @Test
    void detachedChild_ofADetachedProxy_isUpdated() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("1");
        in(session -> session.persist(customer));
        Purchase detached = from(session -> session.find(Purchase.class, purchase.id));
        assertThat(Hibernate.isInitialized(detached.customer)).isFalse();
        detached.total = new BigDecimal("7");
        in(session -> {
            session.merge(detached);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
        assertThat(rows(shard(1), "purchase where total = 7 and id = " + purchase.id))
                .isEqualTo(1);
    }

    @Test
    void silentId_withItsParent_isPlacedByIt() {
        Customer customer = stored(shard(3));
        Note note = new Note(number(), customer, "new");
        in(session -> session.merge(note));
        assertThat(placesOf("note where text = 'new' and id = " + note.id)).containsExactly(shard(3));
        note.text = "changed";
        in(session -> session.merge(note));
        assertThat(placesOf("note where text = 'changed' and id = " + note.id)).containsExactly(shard(3));
    }

    @Test
    void rootByValue_isPlacedByIt() {
        Document document = new Document(text(Document.class, shard(2)), "a", "A");
        in(session -> session.merge(document));
        document.title = "B";
        in(session -> session.merge(document));
        assertThat(placesOf("document where title = 'B' and id = '" + document.id + "'"))
                .containsExactly(shard(2));
    }

    @Test
    void compositeId_isPlacedByIt() {
        Profile profile = new Profile(new ProfileId(Region.NORTH, number(), 1), "a");
        in(session -> session.merge(profile));
        profile.nick = "b";
        in(session -> session.merge(profile));
        assertThat(placesOf("profile where nick = 'b' and userid = " + profile.id.userId()))
                .containsExactly(factory().locate(Profile.class, Region.NORTH, profile.id.userId()));
    }

    @Test
    void silentId_ofASilentParent_isLookedForOnAllShards() {
        Document document = new Document(text(Document.class, shard(1)), "a", "A");
        Remark remark = new Remark(number(), document, "x");
        in(session -> {
            session.persist(document);
            session.persist(remark);
        });
        Remark detached = from(session -> session.find(Remark.class, remark.id));
        assertThat(Hibernate.isInitialized(detached.document)).isFalse();
        detached.text = "merged";
        in(session -> session.merge(detached));
        assertThat(placesOf("remark where text = 'merged' and id = " + remark.id))
                .containsExactly(shard(1));
    }

    @Test
    void managedInstance_isItself() {
        Customer customer = stored(shard(1));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            assertThat(session.merge(managed)).isSameAs(managed);
        });
    }

    @Test
    void instanceThatIsManagedAlready_isCopiedOntoIt() {
        Customer customer = stored(shard(1));
        in(session -> {
            Customer managed = session.find(Customer.class, customer.id);
            customer.name = "copied";
            assertThat(session.merge(customer)).isSameAs(managed);
            assertThat(managed.name).isEqualTo("copied");
        });
    }

    @Test
    void staleVersion_isNoticed() {
        Customer customer = stored(shard(1));
        in(session -> session.find(Customer.class, customer.id).name = "theirs");
        customer.name = "mine";
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> in(session -> session.merge(customer))))
                .isInstanceOfAny(
                        org.hibernate.StaleObjectStateException.class,
                        jakarta.persistence.OptimisticLockException.class);
    }

    @Test
    void silentId_withoutItsParent_isAChangedKey() {
        Note note = new Note(number(), stored(shard(1)), "x");
        in(session -> session.persist(note));
        note.customer = null;
        assertRefused(() -> in(session -> session.merge(note)), ShardErrorCode.SHARD_KEY_CHANGED, "Note#" + note.id);
        assertThat(placesOf("note where customer_id is not null and id = " + note.id))
                .containsExactly(shard(1));
    }
}
