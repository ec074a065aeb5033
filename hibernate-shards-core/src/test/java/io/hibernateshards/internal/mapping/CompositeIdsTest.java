package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.MappingReaderTest.shop;
import static io.hibernateshards.internal.mapping.ReadMappings.onlyKey;
import static io.hibernateshards.internal.mapping.ReadMappings.sharded;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardKey;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.KeyTypesTest.Region;
import io.hibernateshards.internal.mapping.MappingReaderTest.Account;
import io.hibernateshards.internal.mapping.MappingReaderTest.Country;
import io.hibernateshards.internal.mapping.MappingReaderTest.Customer;
import io.hibernateshards.internal.mapping.MappingReaderTest.Label;
import io.hibernateshards.internal.mapping.MappingReaderTest.Line;
import io.hibernateshards.internal.mapping.MappingReaderTest.Purchase;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Keys of several attributes, in embeddables and in composite and derived ids. */
@NullUnmarked // Hibernate would fill the entities
class CompositeIdsTest {
    private static final CarriesBucket TIME = new CarriesBucket(IdStyle.TIME_BUCKET);

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
}
