package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.integration.Office.Account;
import io.hibernateshards.integration.Office.AppSetting;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.House;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Label;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.EntityGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.junit.jupiter.api.Test;

/** Rows go to their shards as they come; several are grouped. */
class StatelessTest extends EveryLayoutTest {
    void stateless(Consumer<ShardedStatelessSession> work) {
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            session.inTransaction(transaction -> work.accept(session));
        }
    }

    @Test
    void insert_reachesTheShardOfTheKey() {
        for (ShardId shard : shards()) {
            Customer customer = customer(shard);
            customer.phones.add("1");
            Document document = new Document(text(Document.class, shard), "a", "A");
            Account account = new Account(text(Account.class, shard));
            House house = new House();
            house.owner = text(Office.Asset.class, shard);
            stateless(session -> {
                session.insert(customer);
                session.insert(document);
                session.insert(account);
                session.insert(house);
                assertThat(session.usedShards()).containsExactly(shard);
            });
            assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard);
            assertThat(placesOf("customer_phones where customer_id = " + customer.id))
                    .containsExactly(shard);
            assertThat(placesOf("document where id = '" + document.id + "'")).containsExactly(shard);
            assertThat(placesOf("account where id = " + account.id)).containsExactly(shard);
            assertThat(placesOf("house where id = '" + house.id + "'")).containsExactly(shard);
        }
    }

    @Test
    void insert_ofATree_oneAfterAnother_isOnOneShard() {
        Customer customer = new Customer("Ada");
        Purchase purchase = new Purchase(customer, "1");
        Label label = new Label(customer, "x");
        purchase.labels.add(label);
        Line line = new Line();
        line.purchase = purchase;
        stateless(session -> {
            assertThat(session.insert(customer)).isEqualTo(customer.id);
            session.insert(label);
            session.insert(purchase);
            session.insert(line);
        });
        ShardId shard = factory().locate(Customer.class, customer.id);
        assertThat(placesOf("purchase where id = " + purchase.id)).containsExactly(shard);
        assertThat(placesOf("purchase_label where purchase_id = " + purchase.id))
                .containsExactly(shard);
        assertThat(placesOf("purchase_line where id = '" + line.id + "'")).containsExactly(shard);
    }

    @Test
    void updateAndDelete_reachTheRow() {
        Customer customer = stored(shard(2));
        Note note = new Note(number(), customer, "x");
        stateless(session -> session.insert(note));
        stateless(session -> {
            customer.name = "changed";
            session.update(customer);
            note.text = "changed";
            session.update(note);
        });
        assertThat(rows(shard(2), "customer where id = " + customer.id + " and name = 'changed'"))
                .isEqualTo(1);
        assertThat(rows(shard(2), "note where id = " + note.id + " and text = 'changed'"))
                .isEqualTo(1);
        stateless(session -> {
            session.delete(note);
            session.delete(customer);
        });
        assertThat(placesOf("note where id = " + note.id)).isEmpty();
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }

    @Test
    void upsert_insertsAndUpdates_onTheRightShard() {
        Customer customer = stored(shard(1));
        Note note = new Note(number(), customer, "first");
        Document document = new Document(text(Document.class, shard(1)), "a", "first");
        stateless(session -> {
            session.upsert(note);
            session.upsert(document);
        });
        note.text = "second";
        document.title = "second";
        stateless(session -> session.upsertMultiple(List.of(note, document)));
        assertThat(placesOf("note where text = 'second' and id = " + note.id)).containsExactly(shard(1));
        assertThat(placesOf("document where title = 'second' and id = '" + document.id + "'"))
                .containsExactly(shard(1));
    }

    @Test
    void severalRows_areGroupedByShard_withoutATransactionOverAll() {
        List<Customer> customers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            shards().forEach(shard -> customers.add(customer(shard)));
        }
        for (ShardId shard : shards()) {
            List<Customer> own = customers.stream()
                    .filter(customer ->
                            factory().locate(Customer.class, customer.id).equals(shard))
                    .toList();
            stateless(session -> session.insertMultiple(own));
        }
        String ids = ids(customers);
        assertThat(counts("customer where id in " + ids)).containsOnly(3L);
        stateless(session -> assertThat(session.getMultiple(
                        Customer.class, customers.stream().map(c -> c.id).toList()))
                .extracting(found -> found.id)
                .containsExactlyElementsOf(customers.stream().map(c -> c.id).toList()));
    }

    private static String ids(List<Customer> customers) {
        return "("
                + String.join(",", customers.stream().map(c -> c.id.toString()).toList()) + ")";
    }

    @Test
    void severalRows_ofOneShard_areInsertedUpdatedAndDeleted() {
        List<Customer> customers =
                Stream.generate(() -> customer(shard(3))).limit(50).toList();
        stateless(session -> session.insertMultiple(customers));
        assertThat(rows(shard(3), "customer where id in " + ids(customers))).isEqualTo(50);
        customers.forEach(customer -> customer.name = "several");
        stateless(session -> session.updateMultiple(customers));
        assertThat(rows(shard(3), "customer where name = 'several' and id in " + ids(customers)))
                .isEqualTo(50);
        stateless(session -> session.deleteMultiple(customers));
        assertThat(rows(shard(3), "customer where id in " + ids(customers))).isZero();
    }

    @Test
    void severalNewRoots_withoutIds_ofOneTransaction_areStored_orRefusedAsAWhole() {
        List<Customer> customers =
                IntStream.range(0, 40).mapToObj(i -> new Customer("new")).toList();
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.beginTransaction();
            if (shards().size() == 1) {
                session.insertMultiple(customers);
                session.getTransaction().commit();
                assertThat(customers).extracting(customer -> customer.id).doesNotContainNull();
            } else {
                assertRefused(
                        () -> session.insertMultiple(customers), ShardErrorCode.CROSS_SHARD_TRANSACTION, "Customer");
                session.getTransaction().rollback();
            }
        }
    }

    @Test
    void get_asksTheShardOfTheId_elseAll() {
        Customer customer = stored(shard(2));
        Note note = new Note(number(), customer, "x");
        stateless(session -> session.insert(note));
        stateless(session -> {
            assertThat(session.get(Customer.class, customer.id).name).isEqualTo(customer.name);
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
        stateless(session -> {
            assertThat(session.get(Note.class, note.id).text).isEqualTo("x");
            assertThat(session.get(Note.class, -1L)).isNull();
            assertThat(session.getMultiple(Note.class, List.of(-1L, note.id)))
                    .extracting(found -> found == null ? null : found.id)
                    .containsExactly(null, note.id);
        });
        stateless(session -> {
            session.get(Note.class, note.id, LockMode.PESSIMISTIC_WRITE);
            assertThat(isLocked(shard(2), "note where id = " + note.id)).isTrue();
        });
    }

    @Test
    void get_withAGraph_fetches() {
        Customer customer = customer(shard(1));
        customer.buy("1");
        in(session -> session.persist(customer));
        stateless(session -> {
            EntityGraph<Customer> graph = session.createEntityGraph(Customer.class);
            graph.addAttributeNodes("purchases");
            assertThat(session.get(graph, customer.id).purchases).hasSize(1);
            assertThat(session.getMultiple(graph, List.of(customer.id)).get(0).purchases)
                    .hasSize(1);
        });
    }

    @Test
    void refresh_readsTheRowAgain() {
        Customer customer = stored(shard(1));
        Note note = new Note(number(), customer, "x");
        stateless(session -> session.insert(note));
        sql(shard(1), "update customer set name = 'fresh' where id = " + customer.id);
        sql(shard(1), "update note set text = 'fresh' where id = " + note.id);
        stateless(session -> {
            session.refresh(customer);
            assertThat(customer.name).isEqualTo("fresh");
            session.refresh(note, LockMode.PESSIMISTIC_WRITE);
            assertThat(note.text).isEqualTo("fresh");
            assertThat(isLocked(shard(1), "note where id = " + note.id)).isTrue();
        });
    }

    @Test
    void fetch_loadsProxiesAndCollections() {
        Customer customer = customer(shard(2));
        Purchase purchase = customer.buy("1");
        in(session -> session.persist(customer));
        stateless(session -> {
            Purchase found = session.get(Purchase.class, purchase.id);
            assertThat(Hibernate.isInitialized(found.getCustomer())).isFalse();
            session.fetch(found.getCustomer());
            assertThat(found.getCustomer().getName()).isEqualTo(customer.name);
            Customer owner = session.get(Customer.class, customer.id);
            assertThat(Hibernate.isInitialized(owner.purchases)).isFalse();
            session.fetch(owner.purchases);
            assertThat(owner.purchases).hasSize(1);
        });
    }

    @Test
    void shardOf_isThatOfKeyOrId() {
        Customer customer = customer(shard(2));
        stateless(session -> {
            assertThat(session.shardOf(customer)).isEqualTo(shard(2));
            assertThat(session.shardOf(new Note(1L, customer, "x"))).isEqualTo(shard(2));
            assertThat(session.shardOf(new AppSetting("x"))).isEqualTo(shard(0));
            assertThat(session.getIdentifier(customer)).isEqualTo(customer.id);
        });
    }

    @Test
    void silentRow_withoutItsParent_isRefused() {
        Note note = new Note(number(), null, "x");
        stateless(session -> {
            assertRefused(() -> session.insert(note), ShardErrorCode.SHARD_KEY_MISSING, "Note");
            assertRefused(() -> session.update(note), ShardErrorCode.SHARD_KEY_MISSING, "Note");
            assertRefused(() -> session.delete(note), ShardErrorCode.SHARD_KEY_MISSING, "Note");
        });
    }

    @Test
    void singleShardRow_isOnItsShard() {
        AppSetting setting = new AppSetting("x");
        stateless(session -> session.insert(setting));
        assertThat(rows(shard(0), "app_setting where id = " + setting.id)).isEqualTo(1);
        stateless(session ->
                assertThat(session.get(AppSetting.class, setting.id).name).isEqualTo("x"));
    }

    @Test
    void queries_areAnsweredFromAllShards() {
        String name = "stateless" + number();
        for (ShardId shard : shards()) {
            Customer customer = customer(shard);
            customer.name = name;
            stateless(session -> session.insert(customer));
        }
        stateless(session -> assertThat(session.createNamedQuery("Customer.byName", Customer.class)
                        .setParameter("name", name)
                        .getResultList())
                .hasSameSizeAs(shards()));
    }

    @Test
    void closedSession_isNotUsed() {
        ShardedStatelessSession session = factory().openStatelessSession();
        session.close();
        assertThatThrownBy(() -> session.get(Customer.class, 1L)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.insert(new Customer("x"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void insert_outsideATransaction_isStored() {
        Customer customer = customer(shard(1));
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            session.insert(customer);
        }
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
    }
}
