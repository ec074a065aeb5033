package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.ReadMappings.onlyKey;
import static io.hibernateshards.internal.mapping.ReadMappings.sharded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.topology.IdFunction;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKeyJoinColumn;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Table;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What the reader makes of right mappings. */
@NullUnmarked // Hibernate would fill the entities
class MappingReaderTest {
    private static final CarriesBucket TIME = new CarriesBucket(IdStyle.TIME_BUCKET);

    @Entity
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @OneToMany(mappedBy = "customer")
        List<Purchase> purchases;

        @OneToOne(mappedBy = "customer")
        Account account;

        @ElementCollection
        Set<String> phones;
    }

    @Entity
    static class Purchase {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Customer customer;

        @ManyToOne
        Customer referredBy;

        @OneToMany(mappedBy = "purchase")
        List<Line> lines;

        @ManyToMany
        Set<Label> labels;

        @ManyToMany
        Set<Country> countries;
    }

    @Entity
    static class Line {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        Long id;

        @ShardKey
        @ManyToOne
        Purchase purchase;
    }

    @Entity
    static class Label {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        Long id;

        @ShardKey
        @ManyToOne
        Customer customer;

        @ManyToMany(mappedBy = "labels")
        Set<Purchase> purchases;
    }

    @Entity
    static class Account {
        @Id
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        Customer customer;

        @ManyToOne
        Country country;
    }

    @Entity
    @ReferenceEntity
    static class Country {
        @Id
        String code;

        @ElementCollection
        Set<String> names;

        @ManyToOne
        Country partOf;
    }

    @Entity
    @SingleShard("west")
    static class AppSetting {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne
        Country country;

        @ManyToOne
        AppSetting overrides;
    }

    static ShardMapping shop() {
        return ReadMappings.read(
                Customer.class,
                Purchase.class,
                Line.class,
                Label.class,
                Account.class,
                Country.class,
                AppSetting.class);
    }

    @Test
    void generatedIdAsKey_isPlacedByItsBucket() {
        Sharded customer = sharded(shop(), Customer.class);
        assertThat(onlyKey(customer).path()).isEqualTo("id");
        assertThat(onlyKey(customer).column()).isEqualTo("id");
        assertThat(customer.group().functionName()).isEqualTo("id");
        assertThat(customer.group().function()).isInstanceOf(IdFunction.class);
        assertThat(customer.id()).isEqualTo(TIME);
        assertThat(customer.idStyle()).isEqualTo(IdStyle.TIME_BUCKET);
    }

    @Test
    void associationAsKey_livesWithItsParent() {
        ShardMapping shop = shop();
        Sharded purchase = sharded(shop, Purchase.class);
        assertThat(purchase.key()).isEqualTo(new ParentKey("customer", Customer.class.getName(), TIME));
        assertThat(purchase.group()).isEqualTo(sharded(shop, Customer.class).group());
        assertThat(purchase.id()).isEqualTo(TIME);
    }

    @Test
    void associationToAChild_livesWithTheRoot_withoutAKeyColumn() {
        ShardMapping shop = shop();
        Sharded line = sharded(shop, Line.class);
        assertThat(line.key()).isEqualTo(new ParentKey("purchase", Purchase.class.getName(), TIME));
        assertThat(line.group()).isEqualTo(sharded(shop, Customer.class).group());
        assertThat(line.id()).isEqualTo(new Silent());
        assertThat(line.idStyle()).isEqualTo(IdStyle.SNOWFLAKE);
    }

    @Test
    void order_ofTheEntities_doesNotMatter() {
        ShardMapping other = ReadMappings.read(
                AppSetting.class,
                Country.class,
                Account.class,
                Label.class,
                Line.class,
                Purchase.class,
                Customer.class);
        ShardMapping shop = shop();
        assertThat(sharded(other, Line.class).key())
                .isEqualTo(sharded(shop, Line.class).key());
        assertThat(sharded(other, Account.class).id())
                .isEqualTo(sharded(shop, Account.class).id());
        assertThat(other.all()).hasSameSizeAs(shop.all()).hasSize(7);
    }

    @Test
    void referenceEntity_hasNoKey() {
        assertThat(shop().of(Country.class.getName())).isEqualTo(new Reference(Country.class.getName()));
    }

    @Test
    void singleShard_isNamed_andMayGenerateIds() {
        assertThat(shop().of(AppSetting.class.getName()))
                .isEqualTo(new Single(AppSetting.class.getName(), ShardId.of("west")));
    }

    @Test
    void unknownEntity_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> shop().of("Nobody"))
                .withMessage("no entity \"Nobody\"");
    }

    @Test
    void colocated_isWhatProvablyStaysOnTheShard() {
        ShardMapping shop = shop();
        String purchase = Purchase.class.getName();
        assertThat(shop.isColocated(purchase, "customer")).as("key").isTrue();
        assertThat(shop.isColocated(Line.class.getName(), "purchase")).as("key").isTrue();
        assertThat(shop.isColocated(Customer.class.getName(), "purchases"))
                .as("inverse of a key")
                .isTrue();
        assertThat(shop.isColocated(Customer.class.getName(), "account"))
                .as("inverse one-to-one of a key")
                .isTrue();
        assertThat(shop.isColocated(purchase, "lines")).as("inverse of a key").isTrue();
        assertThat(shop.isColocated(Customer.class.getName(), "phones"))
                .as("elements")
                .isTrue();
        assertThat(shop.isColocated(purchase, "countries")).as("to reference").isTrue();
        assertThat(shop.isColocated(Account.class.getName(), "country"))
                .as("to reference")
                .isTrue();
        assertThat(shop.isColocated(Country.class.getName(), "partOf"))
                .as("reference to reference")
                .isTrue();
        assertThat(shop.isColocated(AppSetting.class.getName(), "overrides"))
                .as("same shard")
                .isTrue();
        assertThat(shop.isColocated(AppSetting.class.getName(), "country"))
                .as("to reference")
                .isTrue();
    }

    @Test
    void sameGroup_butNotTheKey_isAllowedAndNotProven() {
        ShardMapping shop = shop();
        assertThat(shop.isColocated(Purchase.class.getName(), "referredBy")).isFalse();
        assertThat(shop.isColocated(Purchase.class.getName(), "labels")).isFalse();
        assertThat(shop.isColocated(Label.class.getName(), "purchases")).isFalse();
    }

    @Test
    void rightMapping_warnsOfNothing() {
        assertThat(shop().warnings()).isEmpty();
    }

    // ---- collections

    @Entity
    @Table(name = "warehouses")
    static class Warehouse {
        @Id
        @ShardKey
        String code;

        @ElementCollection
        @MapKeyJoinColumn
        Map<Country, Integer> duties;

        @OneToMany
        @JoinColumn(name = "warehouse_code")
        List<Shelf> shelves;
    }

    @Entity
    static class Shelf {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        @JoinColumn(name = "warehouse_code", insertable = false, updatable = false)
        Warehouse warehouse;
    }

    @Test
    void collections_followTheirOwner() {
        ShardMapping mapping = ReadMappings.read(Warehouse.class, Shelf.class, Country.class);
        assertThat(mapping.isColocated(Warehouse.class.getName(), "duties")).isTrue();
        assertThat(mapping.isColocated(Shelf.class.getName(), "warehouse")).isTrue();
    }
}
