package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdFunction;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKeyJoinColumn;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What the reader makes of right mappings. */
@NullUnmarked // Hibernate would fill the entities
class MappingReaderTest {
    private static final CarriesBucket TIME = new CarriesBucket(IdStyle.TIME_BUCKET);

    private static Sharded sharded(ShardMapping mapping, Class<?> entity) {
        return (Sharded) mapping.of(entity.getName());
    }

    private static KeyAttribute onlyKey(Sharded placement) {
        List<KeyAttribute> key = ((OwnKey) placement.key()).attributes();
        assertThat(key).hasSize(1);
        return key.get(0);
    }

    private static Class<?> keyType(Class<?> entity) {
        Sharded placement = sharded(ReadMappings.read(entity), entity);
        Class<?> type = onlyKey(placement).javaType();
        assertThat(placement.group().types()).isEqualTo(List.<Class<?>>of(type));
        return type;
    }

    // ---- where the key is

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

    private static ShardMapping shop() {
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

    // ---- keys by value

    @Entity
    static class Document {
        @Id
        UUID id;

        @Column(name = "tenant_name")
        private String tenant;

        @ShardKey
        public String getTenant() {
            return tenant;
        }
    }

    @Test
    void keyByValue_isHashed_andTheIdSaysNothing() {
        Sharded document = sharded(ReadMappings.read(Document.class), Document.class);
        assertThat(onlyKey(document).path()).isEqualTo("tenant");
        assertThat(onlyKey(document).column()).isEqualTo("tenant_name");
        assertThat(document.group().functionName()).isEqualTo("hash");
        assertThat(document.group().function()).isInstanceOf(HashFunction.class);
        assertThat(document.id()).isEqualTo(new Silent());
        assertThat(document.idStyle()).isNull();
    }

    @Entity
    static class ByShort {
        @Id
        @ShardKey
        Short id;
    }

    @Entity
    static class ByInt {
        @Id
        @ShardKey
        int id;
    }

    @Entity
    static class ByLong {
        @Id
        @ShardKey
        long id;
    }

    @Entity
    static class ByUuid {
        @Id
        @GeneratedValue
        @ShardKey
        UUID id;
    }

    @Test
    void keyTypes_areTheColumns() {
        assertThat(keyType(ByShort.class)).isEqualTo(Short.class);
        assertThat(keyType(ByInt.class)).isEqualTo(Integer.class);
        assertThat(keyType(ByLong.class)).isEqualTo(Long.class);
        assertThat(keyType(ByUuid.class)).isEqualTo(UUID.class);
        assertThat(keyType(Document.class)).isEqualTo(String.class);
    }

    @Test
    void keyThatIsTheId_isFoundByIt() {
        Sharded placement = sharded(ReadMappings.read(ByUuid.class), ByUuid.class);
        assertThat(placement.id()).isEqualTo(new HoldsKey(List.of("")));
    }

    enum Region {
        NORTH,
        SOUTH
    }

    @Entity
    static class ByName {
        @Id
        UUID id;

        @ShardKey
        @Enumerated(EnumType.STRING)
        Region region;
    }

    @Entity
    static class ByOrdinal {
        @Id
        UUID id;

        @ShardKey
        @Enumerated(EnumType.ORDINAL)
        Region region;
    }

    @Test
    void enumKey_isWhatTheColumnHolds() {
        assertThat(keyType(ByName.class)).isEqualTo(String.class);
        assertThat(keyType(ByOrdinal.class)).isIn(Short.class, Integer.class);
    }

    record Tenant(String code) {}

    static class TenantConverter implements AttributeConverter<Tenant, String> {
        @Override
        public String convertToDatabaseColumn(Tenant tenant) {
            return tenant.code();
        }

        @Override
        public Tenant convertToEntityAttribute(String column) {
            return new Tenant(column);
        }
    }

    static class RegionConverter implements AttributeConverter<Region, Integer> {
        @Override
        public Integer convertToDatabaseColumn(Region region) {
            return region == Region.NORTH ? 90 : -90;
        }

        @Override
        public Region convertToEntityAttribute(Integer column) {
            return column > 0 ? Region.NORTH : Region.SOUTH;
        }
    }

    @Entity
    static class ByConverted {
        @Id
        UUID id;

        @ShardKey
        @Convert(converter = TenantConverter.class)
        Tenant tenant;
    }

    @Entity
    static class ByConvertedEnum {
        @Id
        UUID id;

        @ShardKey
        @Convert(converter = RegionConverter.class)
        Region region;
    }

    @Test
    void convertedKey_isWhatTheColumnHolds() {
        assertThat(keyType(ByConverted.class)).isEqualTo(String.class);
        assertThat(keyType(ByConvertedEnum.class)).isEqualTo(Integer.class);
    }

    // ---- composite keys and ids, embeddables

    @Entity
    @ShardKey({"region", "userId"})
    static class Profile {
        @Id
        UUID id;

        @Enumerated(EnumType.STRING)
        Region region;

        Long userId;
    }

    @Test
    void keyOnTheType_hasItsAttributesInOrder() {
        Sharded profile = sharded(ReadMappings.read(Profile.class), Profile.class);
        assertThat(((OwnKey) profile.key()).attributes())
                .extracting(KeyAttribute::path)
                .containsExactly("region", "userId");
        assertThat(profile.group().types()).isEqualTo(List.<Class<?>>of(String.class, Long.class));
    }

    @Embeddable
    static class Address {
        String region;
        String city;

        @ManyToOne
        Country country;
    }

    @Entity
    @ShardKey("home.region")
    static class Person {
        @Id
        UUID id;

        @Embedded
        Address home;

        @ElementCollection
        List<Address> others;
    }

    @Test
    void keyInAnEmbeddable_isReachedByItsPath() {
        ShardMapping mapping = ReadMappings.read(Person.class, Country.class);
        assertThat(onlyKey(sharded(mapping, Person.class)).path()).isEqualTo("home.region");
        assertThat(onlyKey(sharded(mapping, Person.class)).column()).isEqualTo("region");
        assertThat(mapping.isColocated(Person.class.getName(), "home.country")).isTrue();
        assertThat(mapping.isColocated(Person.class.getName(), "others")).isTrue();
        assertThat(mapping.isColocated(Person.class.getName(), "others.country"))
                .isTrue();
    }

    @Embeddable
    static class Site {
        @ShardKey
        String domain;

        String path;
    }

    @Entity
    static class Visit {
        @Id
        UUID id;

        @Embedded
        Site site;
    }

    @Test
    void annotationInsideAnEmbeddable_isFound() {
        Sharded visit = sharded(ReadMappings.read(Visit.class), Visit.class);
        assertThat(onlyKey(visit).path()).isEqualTo("site.domain");
    }

    @Embeddable
    record ReadingId(String sensor, long time) {}

    @Entity
    @ShardKey("id.sensor")
    static class Reading {
        @EmbeddedId
        ReadingId id;
    }

    @Test
    void keyInsideAnEmbeddedId_isFoundByTheId() {
        Sharded reading = sharded(ReadMappings.read(Reading.class), Reading.class);
        assertThat(onlyKey(reading).path()).isEqualTo("id.sensor");
        assertThat(reading.id()).isEqualTo(new HoldsKey(List.of("sensor")));
    }

    static class StockId implements Serializable {
        private static final long serialVersionUID = 1L;
        String warehouse;
        int item;

        @Override
        public boolean equals(Object other) {
            return other instanceof StockId that && item == that.item && warehouse.equals(that.warehouse);
        }

        @Override
        public int hashCode() {
            return item;
        }
    }

    @Entity
    @IdClass(StockId.class)
    static class Stock {
        @Id
        @ShardKey
        String warehouse;

        @Id
        int item;
    }

    @Test
    void keyInsideAnIdClass_isFoundByTheId() {
        Sharded stock = sharded(ReadMappings.read(Stock.class), Stock.class);
        assertThat(onlyKey(stock).path()).isEqualTo("warehouse");
        assertThat(stock.id()).isEqualTo(new HoldsKey(List.of("warehouse")));
    }

    @Entity
    static class Shipment {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Stock stock;
    }

    @Test
    void associationWithACompositeId_isAKey() {
        ShardMapping mapping = ReadMappings.read(Shipment.class, Stock.class);
        assertThat(sharded(mapping, Shipment.class).key())
                .isEqualTo(new ParentKey("stock", Stock.class.getName(), new HoldsKey(List.of("warehouse"))));
        assertThat(sharded(mapping, Shipment.class).id()).isEqualTo(new Silent());
    }

    static class NoteId implements Serializable {
        private static final long serialVersionUID = 1L;
        Long customer;
        int number;

        @Override
        public boolean equals(Object other) {
            return other instanceof NoteId that && number == that.number && Objects.equals(customer, that.customer);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Entity
    @IdClass(NoteId.class)
    static class Note {
        @Id
        @ShardKey
        @ManyToOne
        Customer customer;

        @Id
        int number;
    }

    @Test
    void associationInsideAnIdClass_isFoundByTheId() {
        Sharded note = sharded(
                ReadMappings.read(
                        Note.class,
                        Customer.class,
                        Purchase.class,
                        Line.class,
                        Label.class,
                        Account.class,
                        Country.class),
                Note.class);
        assertThat(note.key()).isEqualTo(new ParentKey("customer", Customer.class.getName(), TIME));
        assertThat(note.id()).isEqualTo(new HoldsKey(List.of("customer")));
    }

    @Embeddable
    static class RoomId implements Serializable {
        private static final long serialVersionUID = 1L;
        String house;
        int number;

        @Override
        public boolean equals(Object other) {
            return other instanceof RoomId that && number == that.number && Objects.equals(house, that.house);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Entity
    static class House {
        @Id
        @ShardKey
        String name;
    }

    @Entity
    static class Room {
        @EmbeddedId
        RoomId id;

        @MapsId("house")
        @ShardKey
        @ManyToOne
        House house;
    }

    @Entity
    static class Deed {
        @Id
        String houseName;

        @MapsId
        @ShardKey
        @OneToOne
        House house;
    }

    @Entity
    static class Clause {
        @EmbeddedId
        RoomId id;

        @MapsId("house")
        @ShardKey
        @ManyToOne
        Deed deed;
    }

    @Test
    void mapsId_takesTheParentsKeyIntoTheId() {
        ShardMapping mapping = ReadMappings.read(House.class, Room.class, Deed.class, Clause.class);
        assertThat(sharded(mapping, Room.class).id()).isEqualTo(new HoldsKey(List.of("house")));
        assertThat(sharded(mapping, Deed.class).id()).isEqualTo(new HoldsKey(List.of("")));
        assertThat(sharded(mapping, Clause.class).id()).isEqualTo(new HoldsKey(List.of("house")));
    }

    @Test
    void mapsIdOfABucketCarryingParent_carriesTheBucket() {
        Sharded account = sharded(shop(), Account.class);
        assertThat(account.id()).isEqualTo(TIME);
        assertThat(account.idStyle()).isNull();
    }

    @Entity
    static class Owner {
        @Id
        UUID id;

        @ShardKey
        @Column(unique = true)
        String code;
    }

    @Entity
    static class Pet {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        @JoinColumn(name = "owner_code", referencedColumnName = "code")
        Owner owner;
    }

    @Test
    void foreignKeyToTheKeyColumn_isTheKey() {
        ShardMapping mapping = ReadMappings.read(Owner.class, Pet.class);
        assertThat(sharded(mapping, Pet.class).key())
                .isEqualTo(new ParentKey("owner", Owner.class.getName(), new HoldsKey(List.of(""))));
    }

    // ---- id styles

    @Entity
    static class TimeKeyed {
        @Id
        @ShardedId(style = IdStyle.TIME_BUCKET)
        @ShardKey
        long id;
    }

    @Entity
    static class SequenceKeyed {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @ShardKey
        Long id;
    }

    @Entity
    static class SnowflakeKeyed {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        @ShardKey
        Long id;
    }

    @Entity
    static class UuidKeyed {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        @ShardKey
        UUID id;
    }

    @Test
    void idStyles_thatCarryABucket_placeByIt_andTheOtherIsHashed() {
        ShardMapping mapping =
                ReadMappings.read(TimeKeyed.class, SequenceKeyed.class, SnowflakeKeyed.class, UuidKeyed.class);
        assertThat(sharded(mapping, TimeKeyed.class).id()).isEqualTo(TIME);
        assertThat(sharded(mapping, SequenceKeyed.class).id()).isEqualTo(new CarriesBucket(IdStyle.SEQUENCE));
        assertThat(sharded(mapping, UuidKeyed.class).id()).isEqualTo(new CarriesBucket(IdStyle.UUID_V7));
        assertThat(sharded(mapping, SnowflakeKeyed.class).id()).isEqualTo(new HoldsKey(List.of("")));
        assertThat(sharded(mapping, UuidKeyed.class).group().functionName()).isEqualTo("id");
        assertThat(sharded(mapping, SnowflakeKeyed.class).group().functionName())
                .isEqualTo("hash");
    }

    @Test
    void keysOfDifferentIdStyles_areDifferentGroups() {
        ShardMapping mapping = ReadMappings.read(TimeKeyed.class, SequenceKeyed.class);
        assertThat(sharded(mapping, TimeKeyed.class).group())
                .isNotEqualTo(sharded(mapping, SequenceKeyed.class).group());
    }

    @Entity
    static class TenantItem {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void generatedIdBesideAKeyByValue_carriesItsBucket() {
        Sharded item = sharded(ReadMappings.read(TenantItem.class), TenantItem.class);
        assertThat(item.id()).isEqualTo(TIME);
        assertThat(item.group().functionName()).isEqualTo("hash");
    }

    // ---- inheritance

    @Entity
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Vehicle {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String fleet;
    }

    @Entity
    static class Car extends Vehicle {
        @ManyToOne
        Country builtIn;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Payment {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Vehicle vehicle;
    }

    @Entity
    static class CardPayment extends Payment {
        String card;

        @OneToMany(mappedBy = "payment")
        List<Refund> refunds;
    }

    @Entity
    static class Refund {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        CardPayment payment;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    abstract static class Message {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String mailbox;
    }

    @Entity
    static class Mail extends Message {}

    private static ShardMapping trees() {
        return ReadMappings.read(
                Vehicle.class,
                Car.class,
                Payment.class,
                CardPayment.class,
                Refund.class,
                Message.class,
                Mail.class,
                Country.class);
    }

    @Test
    void subclasses_liveWhereTheirRootDoes() {
        ShardMapping mapping = trees();
        for (Class<?> entity : List.of(Car.class, CardPayment.class, Mail.class)) {
            Sharded own = sharded(mapping, entity);
            Sharded root = sharded(mapping, entity.getSuperclass());
            assertThat(own.entityName()).isEqualTo(entity.getName());
            assertThat(own.key()).isEqualTo(root.key());
            assertThat(own.group()).isEqualTo(root.group());
            assertThat(own.id()).isEqualTo(root.id());
        }
        assertThat(mapping.isColocated(CardPayment.class.getName(), "vehicle")).isTrue();
        assertThat(mapping.isColocated(Car.class.getName(), "builtIn")).isTrue();
    }

    @Test
    void keyAssociationToASubclass_livesWithTheTree() {
        ShardMapping mapping = trees();
        Sharded refund = sharded(mapping, Refund.class);
        assertThat(refund.key()).isEqualTo(new ParentKey("payment", CardPayment.class.getName(), TIME));
        assertThat(refund.group()).isEqualTo(sharded(mapping, Vehicle.class).group());
        assertThat(mapping.isColocated(CardPayment.class.getName(), "refunds")).isTrue();
    }

    @MappedSuperclass
    abstract static class Owned {
        @ShardKey
        String owner;
    }

    @MappedSuperclass
    abstract static class WithId<T> extends Owned {
        @Id
        @ShardedId
        T id;
    }

    @Entity
    static class Photo extends WithId<Long> {}

    @MappedSuperclass
    @ReferenceEntity
    abstract static class Lookup {
        @Id
        String code;
    }

    @Entity
    static class Currency extends Lookup {}

    @Test
    void mappedSuperclass_handsDownKeyIdAndKind() {
        ShardMapping mapping = ReadMappings.read(Photo.class, Currency.class);
        assertThat(onlyKey(sharded(mapping, Photo.class)).path()).isEqualTo("owner");
        assertThat(sharded(mapping, Photo.class).id()).isEqualTo(TIME);
        assertThat(mapping.of(Currency.class.getName())).isInstanceOf(Reference.class);
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
