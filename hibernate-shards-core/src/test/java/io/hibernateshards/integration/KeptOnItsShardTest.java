package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.integration.Office.Asset;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.House;
import io.hibernateshards.integration.Office.Remark;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Label;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import org.hibernate.StaleObjectStateException;
import org.junit.jupiter.api.Test;

/** Nothing moves to another shard or points to one; whatever would is refused, and nothing is stored. */
class KeptOnItsShardTest extends SeveralShardsTest {
    @Test
    void changedKey_ofAManagedRoot_isRefused() {
        House house = new House();
        house.owner = text(Asset.class, shard(0));
        in(session -> session.persist(house));
        String other = text(Asset.class, shard(1));
        assertRefused(
                () -> in(session -> session.find(House.class, house.id).owner = other),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "House#" + house.id,
                "owner",
                house.owner,
                other);
        assertThat(placesOf("asset where owner = '" + house.owner + "'")).containsExactly(shard(0));
    }

    @Test
    void changedKey_ofADetachedRoot_isRefused_andNotStoredAsAnother() {
        Document document = new Document(text(Document.class, shard(0)), "a", "A");
        in(session -> session.persist(document));
        String before = document.tenant;
        document.tenant = text(Document.class, shard(1));
        assertRefused(
                () -> in(session -> session.merge(document)),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "Document#" + document.id,
                shard(0).name(),
                shard(1).name());
        assertThat(placesOf("document where tenant = '" + before + "'")).containsExactly(shard(0));
        assertThat(placesOf("document where tenant = '" + document.tenant + "'"))
                .isEmpty();
    }

    @Test
    void changedKey_inAStatelessUpdate_findsNoRow() {
        Document document = new Document(text(Document.class, shard(0)), "a", "A");
        in(session -> session.persist(document));
        String before = document.tenant;
        document.tenant = text(Document.class, shard(1));
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            assertThatThrownBy(() -> session.inTransaction(t -> session.update(document)))
                    .isInstanceOf(StaleObjectStateException.class);
        }
        assertThat(placesOf("document where tenant = '" + before + "'")).containsExactly(shard(0));
    }

    @Test
    void changedParent_ofAManagedChild_isRefused() {
        Customer one = customer(shard(0));
        Purchase purchase = one.buy("1");
        in(session -> session.persist(one));
        Customer two = stored(shard(1));
        assertRefused(
                () -> in(session -> session.find(Purchase.class, purchase.id).customer =
                        session.getReference(Customer.class, two.id)),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "Purchase#" + purchase.id,
                "customer");
        assertThat(rows(shard(0), "purchase where customer_id = " + one.id)).isEqualTo(1);
    }

    @Test
    void changedParent_ofADetachedChild_isRefused() {
        Note note = new Note(number(), stored(shard(0)), "x");
        in(session -> session.persist(note));
        note.customer = stored(shard(1));
        assertRefused(() -> in(session -> session.merge(note)), ShardErrorCode.SHARD_KEY_CHANGED, "Note#" + note.id);
        assertThat(placesOf("note where id = " + note.id)).containsExactly(shard(0));
    }

    @Test
    void anotherParent_underTheSameRoot_isFine() {
        Customer customer = customer(shard(2));
        Line line = customer.buy("1").add("tea");
        Purchase second = customer.buy("2");
        in(session -> session.persist(customer));
        in(session -> session.createQuery("from Line l where l.id = :id", Line.class)
                        .setParameter("id", line.id)
                        .getSingleResult()
                        .purchase =
                session.getReference(Purchase.class, second.id));
        assertThat(rows(shard(2), "purchase_line where purchase_id = " + second.id))
                .isEqualTo(1);
    }

    /** Each way in which a purchase of one customer may come to point to another customer of another shard. */
    @Test
    void reference_toAnotherShard_isRefused() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        refuseReference(one, session -> session.getReference(Customer.class, two.id), two);
        refuseReference(one, session -> session.find(Customer.class, two.id), two);
        refuseReference(one, session -> two, two);
    }

    private void refuseReference(
            Customer one, java.util.function.Function<ShardedSession, Customer> another, Customer two) {
        Purchase purchase = new Purchase(one, "1");
        assertRefused(
                () -> in(session -> {
                    purchase.referredBy = another.apply(session);
                    session.persist(purchase);
                }),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "Purchase.referredBy",
                "Customer",
                "\"" + shard(0) + "\"",
                "\"" + shard(1) + "\"");
        assertThat(placesOf("purchase where referredby_id = " + two.id)).isEmpty();
    }

    @Test
    void reference_ofAManagedInstance_toAnotherShard_isRefused() {
        Customer one = customer(shard(0));
        Purchase purchase = one.buy("1");
        in(session -> session.persist(one));
        Customer two = stored(shard(1));
        assertRefused(
                () -> in(session ->
                        session.find(Purchase.class, purchase.id).referredBy = session.find(Customer.class, two.id)),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "Purchase.referredBy");
    }

    @Test
    void elementOfAManyToMany_onAnotherShard_isRefused() {
        Customer one = customer(shard(0));
        Purchase purchase = one.buy("1");
        in(session -> session.persist(one));
        Customer two = stored(shard(1));
        Label label = new Label(two, "theirs");
        in(session -> session.persist(label));
        Throwable refused = catchThrowable(() -> in(
                session -> session.find(Purchase.class, purchase.id).labels.add(session.find(Label.class, label.id))));
        assertThat(refused).isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                .isEqualTo(ShardErrorCode.CROSS_SHARD_REFERENCE));
        assertThat(refused).hasMessageContaining("Purchase.labels");
        assertThat(placesOf("purchase_label where purchase_id = " + purchase.id))
                .isEmpty();
    }

    @Test
    void referenceEntity_readFromAnotherShard_isPointedTo() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        Purchase found = new Purchase(two, "1");
        Purchase lazy = new Purchase(two, "2");
        in(session -> {
            session.find(Customer.class, one.id);
            found.country = session.find(Country.class, "SE"); // from the first shard's child
            lazy.country = session.getReference(Country.class, "FR");
            session.persist(found);
            session.persist(lazy);
        });
        assertThat(placesOf("purchase where country_code in ('SE', 'FR') and customer_id = " + two.id))
                .containsExactly(shard(1));
        in(session -> {
            session.find(Customer.class, one.id);
            session.find(Purchase.class, found.id).country = session.find(Country.class, "FR");
        });
        assertThat(rows(shard(1), "purchase where country_code = 'FR' and id = " + found.id))
                .isEqualTo(1);
    }

    @Test
    void detachedInstance_ofNobodyKnowsWhere_isNotRemovedElsewhere() {
        Document document = new Document(text(Document.class, shard(1)), "a", "A");
        Remark remark = new Remark(number(), document, "x");
        in(session -> {
            session.persist(document);
            session.persist(remark);
        });
        Remark detached = from(session -> session.find(Remark.class, remark.id));
        assertRefused(
                () -> in(session -> session.remove(detached)), ShardErrorCode.SHARD_KEY_MISSING, "Remark#" + remark.id);
        assertThat(placesOf("remark where id = " + remark.id)).containsExactly(shard(1));
    }

    @Test
    void newInstance_ofNobodyKnowsWhere_isRefused() {
        Document document = new Document(text(Document.class, shard(1)), "a", "A");
        in(session -> session.persist(document));
        Document detachedProxy = from(session -> session.getReference(document));
        Remark remark = new Remark(number(), detachedProxy, "x");
        assertRefused(() -> in(session -> session.persist(remark)), ShardErrorCode.SHARD_KEY_MISSING, "Remark");
        assertRefused(() -> in(session -> session.merge(remark)), ShardErrorCode.SHARD_KEY_MISSING, "Remark");
    }
}
