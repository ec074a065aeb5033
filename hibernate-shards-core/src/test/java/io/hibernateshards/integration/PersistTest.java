package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.integration.Office.Account;
import io.hibernateshards.integration.Office.AppSetting;
import io.hibernateshards.integration.Office.Boat;
import io.hibernateshards.integration.Office.CardPayment;
import io.hibernateshards.integration.Office.CashPayment;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.House;
import io.hibernateshards.integration.Office.Page;
import io.hibernateshards.integration.Office.Profile;
import io.hibernateshards.integration.Office.ProfileId;
import io.hibernateshards.integration.Office.Region;
import io.hibernateshards.integration.Office.ShopVisit;
import io.hibernateshards.integration.Office.Ticket;
import io.hibernateshards.integration.Office.TicketNumber;
import io.hibernateshards.integration.Office.WebVisit;
import io.hibernateshards.integration.Shop.Address;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Label;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** New instances reach the shard of their key, with all that hangs on them. */
class PersistTest extends EveryLayoutTest {
    @Test
    void root_withGeneratedId_isOnTheShardOfItsId() {
        Customer customer = new Customer("Ada");
        in(session -> session.persist(customer));
        assertThat(placesOf("customer where id = " + customer.id))
                .containsExactly(factory().locate(Customer.class, customer.id));
    }

    @Test
    void roots_withGeneratedIds_reachAllShards() {
        Set<ShardId> reached = new HashSet<>();
        for (int i = 0; i < 100 && reached.size() < shards().size(); i++) {
            Customer customer = new Customer("Ada");
            in(session -> {
                session.persist(customer);
                reached.add(session.shardOf(customer));
            });
        }
        assertThat(reached).containsExactlyInAnyOrderElementsOf(shards());
    }

    @Test
    void root_withAssignedId_isOnTheShardOfItsId() {
        for (ShardId shard : shards()) {
            Customer customer = stored(shard);
            assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard);
        }
    }

    @Test
    void tree_isStoredByCascade_onOneShard() {
        Customer customer = customer(shard(2));
        customer.address = new Address("Storgatan 1", "Umeå");
        customer.phones.addAll(List.of("1", "2"));
        Purchase purchase = customer.buy("12.50");
        Line line = purchase.add("tea");
        in(session -> {
            session.persist(customer);
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
        assertThat(placesOf("purchase where id = " + purchase.id)).containsExactly(shard(2));
        assertThat(placesOf("purchase_line where id = '" + line.id + "'")).containsExactly(shard(2));
        assertThat(placesOf("customer_phones where customer_id = " + customer.id))
                .containsExactly(shard(2));
        in(session -> {
            Customer found = session.find(Customer.class, customer.id);
            assertThat(found.address.city).isEqualTo("Umeå");
            assertThat(found.phones).containsExactlyInAnyOrder("1", "2");
            assertThat(found.getPurchases()).hasSize(1);
            assertThat(found.getPurchases().get(0).lines.get(0).product).isEqualTo("tea");
        });
    }

    @Test
    void child_ofADetachedParent_isOnItsShard() {
        Customer customer = stored(shard(1));
        Purchase purchase = new Purchase(customer, "1");
        in(session -> session.persist(purchase));
        assertThat(placesOf("purchase where id = " + purchase.id)).containsExactly(shard(1));
    }

    @Test
    void child_ofAReference_isStored_withoutLoadingTheParent() {
        Customer customer = stored(shard(3));
        Purchase purchase = new Purchase(null, "1");
        in(session -> {
            Customer reference = session.getReference(Customer.class, customer.id);
            purchase.customer = reference;
            session.persist(purchase);
            session.flush();
            assertThat(org.hibernate.Hibernate.isInitialized(reference)).isFalse();
        });
        assertThat(placesOf("purchase where id = " + purchase.id)).containsExactly(shard(3));
    }

    @Test
    void grandchild_withASilentId_isWithItsParent() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("3");
        in(session -> session.persist(customer));
        Line line = new Line();
        line.product = "milk";
        in(session -> {
            line.purchase = session.getReference(Purchase.class, purchase.id);
            session.persist(line);
        });
        assertThat(placesOf("purchase_line where id = '" + line.id + "'")).containsExactly(shard(1));
    }

    @Test
    void grandchild_ofAPersistedParent_inTheSameSession_isWithIt() {
        Customer customer = new Customer("Ada");
        Purchase purchase = new Purchase(customer, "3");
        Line line = new Line();
        line.purchase = purchase;
        in(session -> {
            session.persist(customer);
            session.persist(purchase);
            session.persist(line);
        });
        assertThat(placesOf("purchase_line where id = '" + line.id + "'"))
                .containsExactly(factory().locate(Customer.class, customer.id));
    }

    @Test
    void child_ofALoadedParentWithASilentId_isWithIt() {
        Document document = new Document(text(Document.class, shard(2)), "a", "A");
        in(session -> session.persist(document));
        Page page = new Page(null, 1);
        in(session -> {
            page.document = session.find(Document.class, document.id);
            session.persist(page);
        });
        assertThat(placesOf("page where id = '" + page.id + "'")).containsExactly(shard(2));
    }

    @Test
    void child_ofAReferenceToAParentWithASilentId_isWithIt() {
        Document document = new Document(text(Document.class, shard(3)), "a", "A");
        in(session -> session.persist(document));
        Page page = new Page(null, 1);
        in(session -> {
            page.document = session.getReference(Document.class, document.id);
            session.persist(page);
        });
        assertThat(placesOf("page where id = '" + page.id + "'")).containsExactly(shard(3));
    }

    @Test
    void manyToMany_isWithItsOwner() {
        Customer customer = customer(shard(2));
        Purchase purchase = customer.buy("1");
        Label label = new Label(customer, "gift");
        purchase.labels.add(label);
        in(session -> {
            session.persist(customer);
            session.persist(label);
        });
        assertThat(placesOf("purchase_label where purchase_id = " + purchase.id))
                .containsExactly(shard(2));
        in(session -> assertThat(session.find(Purchase.class, purchase.id).labels)
                .extracting(found -> found.text)
                .containsExactly("gift"));
    }

    @Test
    void root_byText_isOnTheShardOfItsKey() {
        for (ShardId shard : shards()) {
            Document document = new Document(text(Document.class, shard), "a", "A");
            in(session -> session.persist(document));
            assertThat(placesOf("document where id = '" + document.id + "'")).containsExactly(shard);
        }
    }

    @Test
    void root_withASequenceId_isOnTheShardOfItsKey() {
        for (ShardId shard : shards()) {
            Account account = new Account(text(Account.class, shard));
            in(session -> session.persist(account));
            assertThat(placesOf("account where id = " + account.id)).containsExactly(shard);
            in(session -> {
                assertThat(session.find(Account.class, account.id).login).isEqualTo(account.login);
                assertThat(session.usedShards()).containsExactly(shard);
            });
        }
    }

    @Test
    void root_withACompositeKey_isOnTheShardOfAllItsValues() {
        Profile profile = new Profile(new ProfileId(Region.SOUTH, number(), 7), "x");
        in(session -> session.persist(profile));
        assertThat(placesOf("profile where userid = " + profile.id.userId()))
                .containsExactly(factory().locate(Profile.class, Region.SOUTH, profile.id.userId()));
        in(session -> assertThat(session.find(Profile.class, profile.id).nick).isEqualTo("x"));
    }

    @Test
    void root_withAConvertedKey_isOnTheShardOfItsColumn() {
        Ticket ticket = new Ticket(UUID.randomUUID().toString(), Region.NORTH);
        in(session -> session.persist(ticket));
        assertThat(placesOf("ticket where ticket_number = 'T-" + ticket.number.value() + "'"))
                .containsExactly(factory().locate(Ticket.class, new TicketNumber(ticket.number.value()), Region.NORTH));
    }

    @Test
    void singleTableTree_isWithItsParent() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("5");
        CardPayment card = new CardPayment();
        card.purchase = purchase;
        card.card = "1234";
        CashPayment cash = new CashPayment();
        cash.purchase = purchase;
        in(session -> {
            session.persist(customer);
            session.persist(card);
            session.persist(cash);
        });
        assertThat(placesOf("payment where id in (" + card.id + "," + cash.id + ")"))
                .containsExactly(shard(1));
        in(session -> assertThat(session.find(Office.Payment.class, card.id)).isInstanceOf(CardPayment.class));
    }

    @Test
    void joinedTree_isOnTheShardOfItsKey() {
        House house = new House();
        house.owner = text(Office.Asset.class, shard(2));
        house.rooms = 4;
        Boat boat = new Boat();
        boat.owner = house.owner;
        in(session -> {
            session.persist(house);
            session.persist(boat);
        });
        assertThat(placesOf("house where id = '" + house.id + "'")).containsExactly(shard(2));
        assertThat(placesOf("boat where id = '" + boat.id + "'")).containsExactly(shard(2));
        in(session -> {
            assertThat(session.find(Office.Asset.class, house.id)).isInstanceOf(House.class);
            assertThat(session.find(House.class, house.id).rooms).isEqualTo(4);
        });
    }

    @Test
    void tablePerClassTree_isWithItsParent() {
        Customer customer = stored(shard(3));
        WebVisit web = new WebVisit();
        web.customer = customer;
        ShopVisit shopped = new ShopVisit();
        shopped.customer = customer;
        in(session -> {
            session.persist(web);
            session.persist(shopped);
        });
        assertThat(placesOf("web_visit where id = " + web.id)).containsExactly(shard(3));
        assertThat(placesOf("shop_visit where id = " + shopped.id)).containsExactly(shard(3));
        in(session -> assertThat(session.find(Office.Visit.class, shopped.id)).isInstanceOf(ShopVisit.class));
    }

    @Test
    void singleShardEntity_isOnItsShard_withAnIdOfItsDatabase() {
        AppSetting setting = new AppSetting("x");
        in(session -> session.persist(setting));
        assertThat(setting.id).isNotNull();
        assertThat(rows(shard(0), "app_setting where id = " + setting.id)).isEqualTo(1);
    }

    @Test
    void child_pointsToAReferenceEntity() {
        Customer customer = customer(shard(1));
        Purchase purchase = customer.buy("5");
        in(session -> {
            purchase.country = session.find(Country.class, "SE");
            session.persist(customer);
        });
        in(session -> assertThat(
                        session.find(Purchase.class, purchase.id).country.getName())
                .isEqualTo("Sweden"));
    }

    @Test
    void child_withoutParent_isRefused() {
        assertRefused(
                () -> in(session -> session.persist(new Purchase(null, "1"))),
                ShardErrorCode.SHARD_KEY_MISSING,
                "Purchase",
                "customer");
    }

    @Test
    void child_withAnAssignedSilentId_andNoParent_isRefused() {
        assertRefused(
                () -> in(session -> session.persist(new Note(number(), null, "x"))),
                ShardErrorCode.SHARD_KEY_MISSING,
                "Note");
    }

    @Test
    void root_withoutKey_isRefused() {
        assertRefused(
                () -> in(session -> session.persist(new Document(null, "a", "A"))),
                ShardErrorCode.SHARD_KEY_MISSING,
                "Document",
                "tenant");
    }
}
