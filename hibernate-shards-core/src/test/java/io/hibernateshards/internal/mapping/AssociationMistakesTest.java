package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.MappingMistakesTest.mistakes;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKeyJoinColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.Any;
import org.hibernate.annotations.AnyKeyJavaClass;
import org.hibernate.annotations.ManyToAny;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Associations that would lead from one shard to another. */
@NullUnmarked // Hibernate would fill the entities
class AssociationMistakesTest {
    private static final String FAR = " is placed by its shard key and points to Customer, which has another shard key."
            + " Give both the same place, make Customer a reference entity, or keep its id as a plain value.";

    @Entity
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        Long id;
    }

    @Entity
    @ReferenceEntity
    static class Country {
        @Id
        String code;
    }

    @Entity
    @SingleShard("east")
    static class Setting {
        @Id
        String name;
    }

    @Entity
    @SingleShard("west")
    static class Job {
        @Id
        String name;

        @ManyToOne
        Setting setting;
    }

    // ---- from a sharded entity to one of another key

    @Entity
    static class ManyToOneFar {
        @Id
        @ShardKey
        UUID id;

        @ManyToOne
        Customer customer;
    }

    @Entity
    static class OneToOneFar {
        @Id
        @ShardKey
        UUID id;

        @OneToOne
        Customer customer;
    }

    @Entity
    static class OneToManyFar {
        @Id
        @ShardKey
        UUID id;

        @OneToMany
        @JoinColumn(name = "far_id")
        List<Customer> customers;
    }

    @Entity
    static class JoinTableFar {
        @Id
        @ShardKey
        UUID id;

        @OneToMany
        @JoinTable
        List<Customer> customers;
    }

    @Entity
    static class ManyToManyFar {
        @Id
        @ShardKey
        UUID id;

        @ManyToMany
        Set<Customer> customers;
    }

    @Test
    void entitiesOfDifferentKeys() {
        assertThat(mistakes(ManyToOneFar.class, Customer.class)).containsExactly("ManyToOneFar.customer: it" + FAR);
        assertThat(mistakes(OneToOneFar.class, Customer.class)).containsExactly("OneToOneFar.customer: it" + FAR);
        assertThat(mistakes(OneToManyFar.class, Customer.class)).containsExactly("OneToManyFar.customers: it" + FAR);
        assertThat(mistakes(JoinTableFar.class, Customer.class)).containsExactly("JoinTableFar.customers: it" + FAR);
        assertThat(mistakes(ManyToManyFar.class, Customer.class)).containsExactly("ManyToManyFar.customers: it" + FAR);
    }

    @Embeddable
    static class Contact {
        @ManyToOne
        Customer customer;
    }

    @Embeddable
    static class Entry {
        int number;

        @Embedded
        Contact contact;
    }

    @Entity
    static class EmbeddedFar {
        @Id
        @ShardKey
        UUID id;

        @Embedded
        Contact contact;
    }

    @Entity
    static class ElementsFar {
        @Id
        @ShardKey
        UUID id;

        @ElementCollection
        List<Entry> entries;
    }

    @Entity
    static class MapKeyFar {
        @Id
        @ShardKey
        UUID id;

        @ElementCollection
        @MapKeyJoinColumn
        Map<Customer, Integer> points;
    }

    @Test
    void associationsInsideEmbeddablesElementsAndMapKeys() {
        assertThat(mistakes(EmbeddedFar.class, Customer.class))
                .containsExactly("EmbeddedFar.contact.customer: it" + FAR);
        assertThat(mistakes(ElementsFar.class, Customer.class))
                .containsExactly("ElementsFar.entries.contact.customer: it" + FAR);
        assertThat(mistakes(MapKeyFar.class, Customer.class)).containsExactly("MapKeyFar.points.key: it" + FAR);
    }

    @Entity
    @Inheritance
    static class Base {
        @Id
        @ShardKey
        UUID id;

        @ManyToOne
        Customer customer;
    }

    @Entity
    static class Derived extends Base {
        @ManyToOne
        Customer other;
    }

    @Test
    void inheritedAssociation_isReportedOnce() {
        assertThat(mistakes(Base.class, Derived.class, Customer.class))
                .containsExactly("Base.customer: it" + FAR, "Derived.other: it" + FAR);
    }

    // ---- from and to the entities without a key

    @Entity
    @ReferenceEntity
    static class Currency {
        @Id
        String code;

        @ManyToOne
        Customer invented;

        @ManyToOne
        Setting setting;
    }

    @Test
    void referenceEntity_thatPointsToOneShard() {
        String where = "a reference entity, of which every shard has a copy, points to ";
        assertThat(mistakes(Currency.class, Customer.class, Setting.class))
                .containsExactly(
                        "Currency.invented: " + where + "Customer, which is placed by its shard key."
                                + " Make Customer a reference entity too, or keep its id as a plain value.",
                        "Currency.setting: " + where + "Setting, which lives on the single shard \"east\"."
                                + " Make Setting a reference entity too, or keep its id as a plain value.");
    }

    @Entity
    static class Configured {
        @Id
        @ShardKey
        UUID id;

        @ManyToOne
        Setting setting;
    }

    @Test
    void shardedEntity_thatPointsToASingleShard() {
        assertThat(mistakes(Configured.class, Setting.class))
                .containsExactly(
                        "Configured.setting: it is placed by its shard key and points to Setting, which lives on"
                                + " the single shard \"east\". Give both the same place, make Setting a reference entity, or"
                                + " keep its id as a plain value.");
    }

    @Entity
    @SingleShard("east")
    static class Report {
        @Id
        String name;

        @ManyToOne
        Customer customer;
    }

    @Test
    void singleShardEntity_thatPointsElsewhere() {
        assertThat(mistakes(Report.class, Customer.class))
                .containsExactly(
                        "Report.customer: it lives on the single shard \"east\" and points to Customer, which is"
                                + " placed by its shard key. Give both the same place, make Customer a reference entity, or"
                                + " keep its id as a plain value.");
        assertThat(mistakes(Job.class, Setting.class))
                .containsExactly("Job.setting: it lives on the single shard \"west\" and points to Setting, which lives"
                        + " on the single shard \"east\". Give both the same place, make Setting a reference entity,"
                        + " or keep its id as a plain value.");
    }

    // ---- to anything

    @Entity
    static class Attachment {
        @Id
        @ShardKey
        UUID id;

        @Any
        @AnyKeyJavaClass(Long.class)
        @Column(name = "of_type")
        @JoinColumn(name = "of_id")
        Object of;

        @ManyToAny
        @AnyKeyJavaClass(Long.class)
        @Column(name = "see_type")
        @JoinTable(
                name = "attachment_see",
                joinColumns = @JoinColumn(name = "attachment_id"),
                inverseJoinColumns = @JoinColumn(name = "see_id"))
        List<Object> see;
    }

    @Test
    void associationWithAnything() {
        String any = "an @Any may lead to an entity of any shard. Use an association with one entity, or keep type and"
                + " id as plain values.";
        assertThat(mistakes(Attachment.class)).containsExactly("Attachment.of: " + any, "Attachment.see: " + any);
    }

    // ---- what only seems to be one

    @Entity
    static class Neighbour {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Customer customer;

        @ManyToMany
        Set<Neighbour> friends;

        @ManyToMany
        Set<Country> visited;

        Long jobId;
    }

    @Test
    void sameKeyReferencesAndPlainIds_areAllowed() {
        assertThat(ReadMappings.read(Neighbour.class, Customer.class, Country.class)
                        .warnings())
                .isEmpty();
    }
}
