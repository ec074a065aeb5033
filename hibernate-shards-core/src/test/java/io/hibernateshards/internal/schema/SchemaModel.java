package io.hibernateshards.internal.schema;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SecondaryTable;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** Tables of every kind of key. */
final class SchemaModel {
    private SchemaModel() {}

    static Class<?>[] entities() {
        return new Class<?>[] {
            Customer.class,
            Purchase.class,
            Document.class,
            Page.class,
            Profile.class,
            Visit.class,
            Vehicle.class,
            Truck.class,
            Country.class,
            Setting.class
        };
    }

    /** The id, from a sequence, is the key. */
    @Entity
    @Table(name = "customer")
    static class Customer {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @ShardKey
        @Nullable
        Long id;

        @Column(nullable = false)
        String name = "";

        @Column(precision = 12, scale = 2)
        @Nullable
        BigDecimal balance;

        @Nullable
        Instant since;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Country country;

        @ElementCollection
        @CollectionTable(name = "customer_tag", joinColumns = @JoinColumn(name = "customer_id"))
        Set<String> tags = new HashSet<>();
    }

    /** The foreign key carries the bucket. */
    @Entity
    @Table(name = "purchase")
    static class Purchase {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @Nullable
        Customer customer;
    }

    /** By a hashed value, under names that must be quoted. */
    @Entity
    @Table(name = "\"Document Store\"")
    static class Document {
        @Id
        @Nullable
        UUID id;

        @ShardKey
        @Column(name = "\"order\"", nullable = false)
        String tenant = "";
    }

    /** Its row does not tell its bucket: the document's id says nothing. */
    @Entity
    @Table(name = "page")
    static class Page {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @Nullable
        Document document;
    }

    /** The key is a part of the id, in another order. */
    @Embeddable
    static class ProfileId implements Serializable {
        private static final long serialVersionUID = 1L;

        long number;

        @Column(length = 40)
        String region = "";

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ProfileId that && that.number == number && that.region.equals(region);
        }

        @Override
        public int hashCode() {
            return Objects.hash(number, region);
        }
    }

    @Entity
    @Table(name = "profile")
    @ShardKey({"id.region", "id.number"})
    static class Profile {
        @EmbeddedId
        @Nullable
        ProfileId id;

        @ElementCollection
        @CollectionTable(
                name = "profile_label",
                joinColumns = {
                    @JoinColumn(name = "l_region", referencedColumnName = "region"),
                    @JoinColumn(name = "l_number", referencedColumnName = "number")
                })
        Set<String> labels = new HashSet<>();
    }

    /** The composite foreign key holds the key. */
    @Entity
    @Table(name = "visit")
    static class Visit {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @JoinColumn(name = "of_region", referencedColumnName = "region")
        @JoinColumn(name = "of_number", referencedColumnName = "number")
        @Nullable
        Profile profile;
    }

    @Entity
    @Table(name = "vehicle")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Vehicle {
        @Id
        @ShardKey
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "truck")
    static class Truck extends Vehicle {
        int axles;
    }

    @Entity
    @Table(name = "country")
    @ReferenceEntity
    static class Country {
        @Id
        @Column(length = 2)
        @Nullable
        String code;
    }

    @Entity
    @Table(name = "setting")
    @SingleShard("shard1")
    static class Setting {
        @Id
        @GeneratedValue
        @Nullable
        Long id;

        @ElementCollection
        @CollectionTable(name = "setting_choice", joinColumns = @JoinColumn(name = "setting_id"))
        Set<String> choices = new HashSet<>();
    }

    /** Keys in columns of another type than theirs. */
    static Class<?>[] converted() {
        return new Class<?>[] {TextToken.class, ByteToken.class, Invoice.class, Counter.class};
    }

    @Entity
    @Table(name = "text_token")
    static class TextToken {
        @Id
        @ShardKey
        @JdbcTypeCode(SqlTypes.VARCHAR)
        @Nullable
        UUID id;
    }

    @Entity
    @Table(name = "byte_token")
    static class ByteToken {
        @Id
        @ShardKey
        @JdbcTypeCode(SqlTypes.BINARY)
        @Nullable
        UUID id;
    }

    @Entity
    @Table(name = "invoice")
    static class Invoice {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @ShardKey
        @Column(columnDefinition = "numeric(19)")
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "counter")
    static class Counter {
        @Id
        @ShardKey
        @Column(columnDefinition = "bigint")
        @Nullable
        Short id;
    }

    /** Rows of one entity in several tables, and rows of several in tables of their own. */
    static Class<?>[] spread() {
        return new Class<?>[] {Account.class, Asset.class, Bond.class, Share.class};
    }

    @Entity
    @Table(name = "account")
    @SecondaryTable(name = "account_detail")
    static class Account {
        @Id
        @ShardedId
        @ShardKey
        @Nullable
        Long id;

        @Column(table = "account_detail")
        String detail = "";

        @ManyToMany
        @JoinTable(
                name = "account_friend",
                joinColumns = @JoinColumn(name = "account_id"),
                inverseJoinColumns = @JoinColumn(name = "friend_id"))
        Set<Account> friends = new HashSet<>();
    }

    @Entity
    @Table(name = "asset")
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    abstract static class Asset {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;

        @ShardKey
        String holder = "";
    }

    @Entity
    @Table(name = "bond")
    static class Bond extends Asset {}

    @Entity
    @Table(name = "share")
    static class Share extends Asset {}
}
