package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Shop.Customer;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Reference entities are written to every shard, on all or on none. */
class ReferenceDataTest extends EveryLayoutTest {
    private static String code() {
        return "c" + number();
    }

    private void assertEverywhere(String code, String name) {
        assertThat(counts("country where code = '" + code + "' and name = '" + name + "'"))
                .containsOnly(1L);
    }

    @Test
    void upsert_insertsAndUpdates_onEveryShard() {
        String code = code();
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        assertEverywhere(code, "one");
        factory().getReferenceData().upsert(List.of(new Country(code, "two"), new Country(code(), "other")));
        assertEverywhere(code, "two");
    }

    @Test
    void delete_removesOnEveryShard_andLeavesWhatIsNotThere() {
        String code = code();
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        factory().getReferenceData().delete(List.of(new Country(code, null), new Country(code(), null)));
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
    }

    @Test
    void nothing_isNothing() {
        factory().getReferenceData().upsert(List.of());
        factory().getReferenceData().delete(List.of());
    }

    @Test
    void failureOfOneShard_leavesNothingOnAny() {
        ShardId bad = shard(shards().size() - 1);
        String code = code();
        sql(bad, "alter table country add constraint not_now check (code <> '" + code + "')");
        try {
            assertThatThrownBy(() -> factory().getReferenceData().upsert(List.of(new Country(code, "one"))))
                    .hasStackTraceContaining("not_now");
        } finally {
            sql(bad, "alter table country drop constraint not_now");
        }
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        assertEverywhere(code, "one");
    }

    @Test
    void failureOfADelete_leavesAll() {
        ShardId bad = shard(1);
        String code = code();
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        sql(bad, "create table country_use (code varchar(255) references country)");
        sql(bad, "insert into country_use values ('" + code + "')");
        try {
            assertThatThrownBy(() -> factory().getReferenceData().delete(List.of(new Country(code, null))))
                    .hasStackTraceContaining("country_use");
        } finally {
            sql(bad, "drop table country_use");
        }
        assertEverywhere(code, "one");
        factory().getReferenceData().delete(List.of(new Country(code, null)));
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
    }

    @Test
    void otherEntities_areRefused_beforeAnythingIsStored() {
        String code = code();
        assertRefused(
                () -> factory().getReferenceData().upsert(List.of(new Country(code, "one"), new Customer("Ada"))),
                ShardErrorCode.OPERATION_REFUSED,
                "Customer",
                "@ReferenceEntity");
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
    }

    @Test
    void session_writesEveryCopy() {
        String code = code();
        in(session -> session.persist(new Country(code, "one")));
        assertEverywhere(code, "one");
        in(session -> session.find(Country.class, code).name = "two");
        assertEverywhere(code, "two");
        in(session -> session.merge(new Country(code, "three")));
        assertEverywhere(code, "three");
        in(session -> session.remove(session.find(Country.class, code)));
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
    }

    @Test
    void statelessSession_writesEveryCopy() {
        String code = code();
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            session.inTransaction(transaction -> session.insert(new Country(code, "one")));
            assertEverywhere(code, "one");
            session.inTransaction(transaction -> session.updateMultiple(List.of(new Country(code, "two"))));
            assertEverywhere(code, "two");
            session.inTransaction(transaction -> session.delete(new Country(code, "two")));
        }
        assertThat(counts("country where code = '" + code + "'")).containsOnly(0L);
    }

    @Test
    void togetherWithOtherRows_allOrNothingIsStored() {
        String code = code();
        Customer customer = customer(shard(1));
        in(session -> {
            session.persist(customer);
            session.persist(new Country(code, "one"));
        });
        assertEverywhere(code, "one");
        assertThat(placesOf("customer where id = " + customer.id)).containsExactly(shard(1));
        Customer other = customer(shard(1));
        try (ShardedSession session = open()) {
            session.beginTransaction();
            session.persist(other);
            session.find(Country.class, code).name = "two";
            session.flush();
            session.getTransaction().rollback();
        }
        assertEverywhere(code, "one");
        assertThat(placesOf("customer where id = " + other.id)).isEmpty();
    }

    /** With one shard there is nothing to copy. */
    @Test
    void whatOneShardMustNotWrite_isRefused() {
        if (shards().size() == 1) {
            return;
        }
        try (ShardedSession session = open()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.beginTransaction();
            Country sweden = session.find(Country.class, "SE");
            for (ThrowingCallable write : List.<ThrowingCallable>of(
                    () -> session.persist(new Country("XX", "x")),
                    () -> session.merge(new Country("SE", "x")),
                    () -> session.remove(sweden))) {
                assertRefused(write, ShardErrorCode.OPERATION_REFUSED, "Country", "two-phase", "getReferenceData");
            }
            sweden.name = "changed";
            assertRefused(session::flush, ShardErrorCode.OPERATION_REFUSED, "Country", "one shard only");
            session.getTransaction().rollback();
        }
        try (ShardedStatelessSession session = factory().openStatelessSession()) {
            assertRefused(
                    () -> session.insert(new Country("XX", "x")), ShardErrorCode.OPERATION_REFUSED, "Country", "begin");
        }
        assertEverywhere("SE", "Sweden");
    }
}
