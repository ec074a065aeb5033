package io.hibernateshards.integration;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import jakarta.persistence.CascadeType;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ConstraintMode;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.ForeignKey;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKeyJoinColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.SecondaryTable;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hibernate.annotations.NotFound;
import org.hibernate.annotations.NotFoundAction;
import org.jspecify.annotations.Nullable;

/** Every shape in which a row can refer to an entity with a shard key, without foreign keys that would refuse any. */
final class Sheets {
    static final Class<?>[] ENTITIES = {
        Person.class,
        Country.class,
        Card.class,
        Child.class,
        Sheet.class,
        SubSheet.class,
        Ticket.class,
        Badge.class,
        Seal.class
    };

    private Sheets() {}

    @Entity(name = "Person")
    static class Person {
        @Id
        @ShardKey
        Long id = 0L;

        @Column(unique = true)
        @Nullable
        String code;

        Person() {}

        Person(long id) {
            this.id = id;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Person person && person.getId().equals(getId());
        }

        @Override
        public int hashCode() {
            return getId().hashCode();
        }

        Long getId() {
            return id;
        }
    }

    /** Lives with its parent. */
    @Entity(name = "Child")
    static class Child {
        @Id
        Long id = 0L;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person parent;
    }

    @Entity(name = "Country")
    @ReferenceEntity
    static class Country {
        @Id
        String code = "";
    }

    @Embeddable
    static class Inner {
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "in_embeddable", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person inEmbeddable;

        @Embedded
        Nested nested = new Nested();
    }

    @Embeddable
    static class Nested {
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "nested", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person nestedOne;

        @Nullable
        String remark = "";
    }

    /** For statements. */
    @Entity(name = "Card")
    static class Card {
        @Id
        Long id = 0L;

        @ShardKey
        Long owner = 0L;

        @Column(name = "owner", insertable = false, updatable = false)
        @Nullable
        Long sameAsOwner;

        /** Any number. */
        @Nullable
        Long number;

        @Nullable
        String text;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "to_one", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person toOne;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(
                name = "by_code",
                referencedColumnName = "code",
                foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person byCode;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(
                name = "seal_of",
                referencedColumnName = "of",
                foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @JoinColumn(
                name = "seal_number",
                referencedColumnName = "number",
                foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Seal seal;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Country country;

        @Embedded
        @Nullable
        Inner inner = new Inner();
    }

    @Embeddable
    static class Part {
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person person;

        int number;

        Part() {}

        Part(@Nullable Person person, int number) {
            this.person = person;
            this.number = number;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Part part && part.number == number && Objects.equals(part.person, person);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Entity(name = "Sheet")
    @Inheritance(strategy = InheritanceType.JOINED)
    @SecondaryTable(name = "sheet_more")
    static class Sheet {
        @Id
        Long id = 0L;

        @ShardKey
        Long owner = 0L;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "to_one", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person toOne;

        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "single", unique = false, foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person single;

        @Embedded
        Inner inner = new Inner();

        @ManyToOne(fetch = FetchType.LAZY, cascade = CascadeType.ALL)
        @JoinColumn(name = "cascaded", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person cascaded;

        @ManyToOne
        @NotFound(action = NotFoundAction.IGNORE)
        @JoinColumn(name = "may_lack", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person mayLack;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "next", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Sheet next;

        @ManyToMany
        @JoinTable(
                name = "sheet_others",
                inverseJoinColumns =
                        @JoinColumn(name = "other", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT)))
        List<Sheet> others = new ArrayList<>();

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "in_secondary", table = "sheet_more", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person inSecondary;

        @ManyToMany
        @JoinTable(
                name = "sheet_bag",
                inverseJoinColumns =
                        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT)))
        List<Person> bag = new ArrayList<>();

        @ManyToMany
        @OrderColumn
        @JoinTable(
                name = "sheet_ordered",
                inverseJoinColumns =
                        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT)))
        List<Person> ordered = new ArrayList<>();

        @OneToMany
        @JoinTable(
                name = "sheet_joined",
                inverseJoinColumns =
                        @JoinColumn(
                                name = "person",
                                unique = false,
                                foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT)))
        Set<Person> joined = new HashSet<>();

        @ElementCollection
        @CollectionTable(name = "sheet_parts")
        Set<Part> parts = new HashSet<>();

        @ElementCollection
        @CollectionTable(name = "sheet_keyed")
        @MapKeyJoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        Map<Person, String> keyed = new HashMap<>();

        @ElementCollection
        @CollectionTable(name = "sheet_by_part")
        Map<Part, String> byPart = new HashMap<>();

        @ManyToMany
        @JoinTable(
                name = "sheet_pairs",
                inverseJoinColumns =
                        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT)))
        @MapKeyJoinColumn(name = "key_person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        Map<Person, Person> pairs = new HashMap<>();
    }

    @Entity(name = "SubSheet")
    static class SubSheet extends Sheet {
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "in_subclass", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person inSubclass;
    }

    @Embeddable
    @SuppressWarnings("serial") // Hibernate wants ids to be, entities need not
    static class TicketId implements Serializable {
        private static final long serialVersionUID = 1L;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person person;

        int number;

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TicketId id && id.number == number && Objects.equals(id.person, person);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Embeddable
    record SealId(Long of, int number) {}

    /** Its id, which has the key, consists of parts. */
    @Entity(name = "Seal")
    @ShardKey("id.of")
    static class Seal {
        @EmbeddedId
        @Nullable
        SealId id;
    }

    @Entity(name = "Ticket")
    @ShardKey("owner")
    static class Ticket {
        @EmbeddedId
        TicketId id = new TicketId();

        Long owner = 0L;
    }

    static class BadgeId implements Serializable {
        private static final long serialVersionUID = 1L;
        Long person = 0L;
        int number;

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof BadgeId id && id.number == number && id.person.equals(person);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Entity(name = "Badge")
    @IdClass(BadgeId.class)
    @ShardKey("owner")
    static class Badge {
        @Id
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "person", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Person person;

        @Id
        int number;

        Long owner = 0L;
    }
}
