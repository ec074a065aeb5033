package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Shop.Customer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reference entities are written to every shard, in calls that can be repeated; an ordinary session only reads them. */
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
    void failureOfOneShard_namesIt_andTheCallCanBeMadeAgain() {
        ShardId bad = shard(shards().size() - 1);
        String code = code();
        sql(bad, "alter table country add constraint not_now check (code <> '" + code + "')");
        try {
            assertRefused(
                    () -> factory().getReferenceData().upsert(List.of(new Country(code, "one"))),
                    ShardErrorCode.PARTIAL_COMMIT,
                    "Country",
                    "not on [" + bad + "]",
                    "again");
        } finally {
            sql(bad, "alter table country drop constraint not_now");
        }
        assertThat(rows(bad, "country where code = '" + code + "'")).isZero();
        for (ShardId shard : shards().subList(0, shards().size() - 1)) {
            assertThat(rows(shard, "country where code = '" + code + "'")).isEqualTo(1);
        }
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        assertEverywhere(code, "one");
    }

    @Test
    void failureOfADelete_canBeMadeAgain() {
        ShardId bad = shard(1);
        String code = code();
        factory().getReferenceData().upsert(List.of(new Country(code, "one")));
        sql(bad, "create table country_use (code varchar(255) references country)");
        sql(bad, "insert into country_use values ('" + code + "')");
        try {
            assertRefused(
                    () -> factory().getReferenceData().delete(List.of(new Country(code, null))),
                    ShardErrorCode.PARTIAL_COMMIT,
                    "Country",
                    "not on [" + bad + "]");
        } finally {
            sql(bad, "drop table country_use");
        }
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
    void session_refusesPersistMergeAndRemove() {
        in(session -> {
            Country sweden = session.find(Country.class, "SE");
            assertRefused(() -> session.persist(new Country("XX", "x")), ShardErrorCode.OPERATION_REFUSED, "Country");
            assertRefused(() -> session.merge(new Country("SE", "x")), ShardErrorCode.OPERATION_REFUSED, "Country");
            assertRefused(() -> session.remove(sweden), ShardErrorCode.OPERATION_REFUSED, "Country");
        });
    }

    @Test
    void session_refusesAChangedInstance_andStoresNothing() {
        Customer customer = customer(shard(1));
        assertRefused(
                () -> in(session -> {
                    session.persist(customer);
                    session.find(Country.class, "SE").name = "changed";
                }),
                ShardErrorCode.OPERATION_REFUSED,
                "Country",
                "getReferenceData");
        assertEverywhere("SE", "Sweden");
        assertThat(placesOf("customer where id = " + customer.id)).isEmpty();
    }
}
