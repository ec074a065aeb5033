package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.integration.Office.Account;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.KeyType;
import org.hibernate.LockMode;
import org.junit.jupiter.api.Test;

/** A natural id asks one shard if the key is part of it, else all. */
@SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
class NaturalIdTest extends EveryLayoutTest {
    @Test
    void simple_withoutKey_asksAllShards() {
        for (ShardId shard : shards()) {
            Customer customer = stored(shard);
            reading(session -> {
                assertThat(session.bySimpleNaturalId(Customer.class).load(customer.email).id)
                        .isEqualTo(customer.id);
                assertThat(session.usedShards()).containsExactlyInAnyOrderElementsOf(shards());
            });
        }
    }

    @Test
    void simple_ofNobody_isNull() {
        reading(session -> {
            assertThat(session.bySimpleNaturalId(Customer.class).load("nobody")).isNull();
            assertThat(session.bySimpleNaturalId(Customer.class).loadOptional("nobody"))
                    .isEmpty();
            assertThatThrownBy(() -> session.bySimpleNaturalId(Customer.class).getReference("nobody"))
                    .isInstanceOf(org.hibernate.ObjectNotFoundException.class);
        });
    }

    @Test
    void simple_thatIsTheKey_asksOneShard() {
        for (ShardId shard : shards()) {
            Account account = new Account(text(Account.class, shard));
            in(session -> session.persist(account));
            reading(session -> {
                assertThat(session.bySimpleNaturalId(Account.class).load(account.login).id)
                        .isEqualTo(account.id);
                assertThat(session.usedShards()).containsExactly(shard);
            });
        }
    }

    @Test
    void compound_withTheKey_asksOneShard() {
        Document document = new Document(text(Document.class, shard(2)), "slug", "T");
        in(session -> session.persist(document));
        reading(session -> {
            assertThat(session.byNaturalId(Document.class)
                            .using("tenant", document.tenant)
                            .using("slug", "slug")
                            .load()
                            .id)
                    .isEqualTo(document.id);
            assertThat(session.usedShards()).containsExactly(shard(2));
        });
    }

    @Test
    void compound_withoutTheKey_asksAllShards() {
        Customer customer = stored(shard(1));
        Device device = new Device(customer, "acme", UUID.randomUUID().toString());
        in(session -> session.persist(device));
        reading(session -> {
            assertThat(session.byNaturalId(Device.class)
                            .using(Map.of("maker", "acme", "serial", device.serial))
                            .loadOptional())
                    .get()
                    .extracting(found -> found.id)
                    .isEqualTo(device.id);
            assertThat(session.byNaturalId(Device.class)
                            .using("maker", "acme")
                            .using("serial", "none")
                            .load())
                    .isNull();
        });
    }

    @Test
    void lock_isTakenOnTheRightShard() {
        Customer customer = stored(shard(3));
        in(session -> {
            session.bySimpleNaturalId(Customer.class)
                    .with(new org.hibernate.LockOptions(LockMode.PESSIMISTIC_WRITE))
                    .load(customer.email);
            assertThat(isLocked(shard(3), "customer where id = " + customer.id)).isTrue();
        });
    }

    @Test
    void several_areInTheirOrder() {
        List<String> emails = new ArrayList<>();
        for (ShardId shard : shards()) {
            emails.add(stored(shard).email);
        }
        emails.add(1, "nobody");
        reading(session -> assertThat(
                        session.byMultipleNaturalId(Customer.class).multiLoad(emails))
                .extracting(one -> one == null ? "nobody" : one.email)
                .containsExactlyElementsOf(emails));
    }

    @Test
    void several_thatAreKeys_askTheirShards() {
        List<Account> accounts =
                List.of(new Account(text(Account.class, shard(1))), new Account(text(Account.class, shard(1))));
        in(session -> accounts.forEach(session::persist));
        reading(session -> {
            assertThat(session.byMultipleNaturalId(Account.class)
                            .multiLoad(accounts.get(1).login, accounts.get(0).login))
                    .extracting(one -> one.id)
                    .containsExactly(accounts.get(1).id, accounts.get(0).id);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void findByNaturalKey_isLookedForByNaturalId() {
        Customer customer = stored(shard(2));
        Account account = new Account(text(Account.class, shard(1)));
        Document document = new Document(text(Document.class, shard(3)), "slug", "T");
        in(session -> session.persist(account));
        in(session -> session.persist(document));
        reading(session -> assertThat(session.find(Customer.class, customer.email, KeyType.NATURAL).id)
                .isEqualTo(customer.id));
        reading(session -> {
            assertThat(session.find(Account.class, account.login, KeyType.NATURAL).id)
                    .isEqualTo(account.id);
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
        reading(session -> {
            Map<String, Object> key = Map.of("tenant", document.tenant, "slug", "slug");
            assertThat(session.find(Document.class, key, KeyType.NATURAL).id).isEqualTo(document.id);
            assertThat(session.usedShards()).containsExactly(shard(3));
        });
    }

    @Test
    void findMultipleByNaturalKey_isLookedForByNaturalId() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        reading(session -> assertThat(
                        session.findMultiple(Customer.class, List.of(two.email, "nobody", one.email), KeyType.NATURAL))
                .extracting(found -> found == null ? null : found.id)
                .containsExactly(two.id, null, one.id));
    }

    @Test
    void changedNaturalId_isFoundUnderItsNewValue() {
        Customer customer = stored(shard(1));
        String email = UUID.randomUUID() + "@example.org";
        in(session -> {
            session.find(Customer.class, customer.id).email = email;
            assertThat(session.bySimpleNaturalId(Customer.class).load(email).id).isEqualTo(customer.id);
            assertThat(session.bySimpleNaturalId(Customer.class).load(customer.email))
                    .isNull();
        });
    }
}
