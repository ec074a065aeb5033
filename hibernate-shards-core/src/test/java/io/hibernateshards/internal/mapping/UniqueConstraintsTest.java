package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Table;
import jakarta.persistence.UniqueConstraint;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.NaturalId;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Unique constraints that hold only within each shard are warned of, not refused. */
@NullUnmarked // Hibernate would fill the entities
class UniqueConstraintsTest {
    private static List<String> warnings(Class<?>... entities) {
        return ReadMappings.read(entities).warnings().stream()
                .map(line -> line.substring(line.lastIndexOf('$') + 1))
                .toList();
    }

    private static String lacks(String entity, String columns) {
        return entity + ": the unique constraint on [" + columns
                + "] lacks the shard key, so it holds only within each shard.";
    }

    @Entity
    static class Person {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @Column(unique = true)
        String email;
    }

    @Test
    void uniqueColumn_isWarnedOf() {
        assertThat(warnings(Person.class)).containsExactly(lacks("Person", "email"));
    }

    @Entity
    static class Book {
        @Id
        UUID id;

        @ShardKey
        String library;

        @NaturalId
        String isbn;
    }

    @Test
    void naturalIdWithoutTheKey_isWarnedOf() {
        assertThat(warnings(Book.class)).containsExactly(lacks("Book", "isbn"));
    }

    @Entity
    static class Copy {
        @Id
        UUID id;

        @ShardKey
        @NaturalId
        String library;

        @NaturalId
        String isbn;
    }

    @Test
    void naturalIdWithTheKey_holdsEverywhere() {
        assertThat(warnings(Copy.class)).isEmpty();
    }

    @Entity
    @Table(
            uniqueConstraints = {
                @UniqueConstraint(columnNames = {"tenant", "number"}),
                @UniqueConstraint(columnNames = {"region", "number"})
            })
    @ShardKey({"tenant", "region"})
    static class Invoice {
        @Id
        UUID id;

        String tenant;
        String region;
        int number;
    }

    @Test
    void constraintWithAPartOfTheKey_isWarnedOf() {
        assertThat(warnings(Invoice.class))
                .containsExactlyInAnyOrder(lacks("Invoice", "number, tenant"), lacks("Invoice", "number, region"));
    }

    @Entity
    @Table(uniqueConstraints = @UniqueConstraint(columnNames = {"person_id", "nick"}))
    static class Profile {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Person person;

        String nick;

        @OneToOne
        Person partner;
    }

    @Test
    void constraintWithTheParent_orAnotherOfItsShard_holdsEverywhere() {
        assertThat(warnings(Profile.class, Person.class)).containsExactly(lacks("Person", "email"));
    }

    @Entity
    static class Label {
        @Id
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        @JoinColumn(name = "ticket")
        Ticket ticket;
    }

    @Test
    void idThatIsTheParents_holdsEverywhere() {
        assertThat(warnings(Label.class, Ticket.class)).containsExactly(lacks("Ticket", "id"));
    }

    @Entity
    static class Ticket {
        @Id
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void idOfTheApplicationsOwnWithoutTheKey_isWarnedOf() {
        assertThat(warnings(Ticket.class)).containsExactly(lacks("Ticket", "id"));
    }

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Device {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @Column(unique = true)
        String serial;
    }

    @Entity
    static class Phone extends Device {
        @Column(unique = true)
        String number;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Shop {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @Column(unique = true)
        String name;
    }

    @Entity
    static class Kiosk extends Shop {
        @Column(unique = true)
        String corner;
    }

    @Test
    void eachTableOfATree_isToldOnce() {
        assertThat(warnings(Device.class, Phone.class))
                .containsExactlyInAnyOrder(lacks("Device", "serial"), lacks("Phone", "number"));
        assertThat(warnings(Shop.class, Kiosk.class))
                .containsExactlyInAnyOrder(lacks("Shop", "name"), lacks("Shop", "corner"));
    }

    @Entity
    @ReferenceEntity
    static class Country {
        @Id
        String code;

        @Column(unique = true)
        String name;
    }

    @Entity
    @SingleShard("east")
    static class Setting {
        @Id
        Long id;

        @Column(unique = true)
        String name;
    }

    @Test
    void entitiesWithoutAKey_keepTheirConstraints() {
        assertThat(warnings(Country.class, Setting.class)).isEmpty();
    }
}
