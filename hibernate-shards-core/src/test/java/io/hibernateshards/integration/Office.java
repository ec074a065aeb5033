package io.hibernateshards.integration;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Convert;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.util.UUID;
import org.hibernate.annotations.NaturalId;

/** Roots placed by values, and what is not sharded. */
final class Office {
    private Office() {}

    /** Placed by its tenant; its id says nothing. */
    @Entity(name = "Document")
    @Table(name = "document")
    static class Document {
        @Id
        public UUID id;

        @ShardKey
        @NaturalId
        public String tenant;

        @NaturalId
        public String slug;

        public String title;

        Document() {}

        Document(String tenant, String slug, String title) {
            this.id = UUID.randomUUID();
            this.tenant = tenant;
            this.slug = slug;
            this.title = title;
        }

        String getTitle() {
            return title;
        }
    }

    /** Its own id carries the bucket, its parent's says nothing. */
    @Entity(name = "Page")
    @Table(name = "page")
    static class Page {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        public UUID id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Document document;

        public int number;

        Page() {}

        Page(Document document, int number) {
            this.document = document;
            this.number = number;
        }
    }

    /** Neither its own id nor its parent's says anything. */
    @Entity(name = "Remark")
    @Table(name = "remark")
    static class Remark {
        @Id
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Document document;

        public String text;

        Remark() {}

        Remark(Long id, Document document, String text) {
            this.id = id;
            this.document = document;
            this.text = text;
        }
    }

    /** A natural id that is the key. */
    @Entity(name = "Account")
    @Table(name = "account")
    static class Account {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        public Long id;

        @ShardKey
        @NaturalId
        public String login;

        public String nick;

        Account() {}

        Account(String login) {
            this.login = login;
        }
    }

    enum Region {
        NORTH,
        SOUTH
    }

    @Embeddable
    record ProfileId(@Enumerated(EnumType.STRING) Region region, Long userId, int number) {}

    /** A composite key, in a composite id. */
    @Entity(name = "Profile")
    @Table(name = "profile")
    @ShardKey({"id.region", "id.userId"})
    static class Profile {
        @EmbeddedId
        public ProfileId id;

        public String nick;

        Profile() {}

        Profile(ProfileId id, String nick) {
            this.id = id;
            this.nick = nick;
        }
    }

    record TicketNumber(String value) {}

    static class TicketNumberConverter implements AttributeConverter<TicketNumber, String> {
        @Override
        public String convertToDatabaseColumn(TicketNumber number) {
            return number == null ? null : "T-" + number.value();
        }

        @Override
        public TicketNumber convertToEntityAttribute(String column) {
            return column == null ? null : new TicketNumber(column.substring(2));
        }
    }

    /** Placed by a converted value, and one of an enum. */
    @Entity(name = "Ticket")
    @Table(name = "ticket")
    @ShardKey({"number", "region"})
    static class Ticket {
        @Id
        public UUID id = UUID.randomUUID();

        @Convert(converter = TicketNumberConverter.class)
        @jakarta.persistence.Column(name = "ticket_number")
        public TicketNumber number;

        @Enumerated(EnumType.ORDINAL)
        public Region region;

        Ticket() {}

        Ticket(String number, Region region) {
            this.number = new TicketNumber(number);
            this.region = region;
        }
    }

    @Entity(name = "Country")
    @Table(name = "country")
    @ReferenceEntity
    static class Country {
        @Id
        public String code;

        public String name;

        Country() {}

        Country(String code, String name) {
            this.code = code;
            this.name = name;
        }

        String getCode() {
            return code;
        }

        String getName() {
            return name;
        }

        void setName(String name) {
            this.name = name;
        }
    }

    @Entity(name = "AppSetting")
    @Table(name = "app_setting")
    @SingleShard("shard0")
    static class AppSetting {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        public Long id;

        public String name;

        AppSetting() {}

        AppSetting(String name) {
            this.name = name;
        }
    }

    /** One table for all. */
    @Entity(name = "Payment")
    @Table(name = "payment")
    static class Payment {
        @Id
        @ShardedId
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Shop.Purchase purchase;

        public int cents;
    }

    @Entity(name = "CardPayment")
    static class CardPayment extends Payment {
        public String card;
    }

    @Entity(name = "CashPayment")
    static class CashPayment extends Payment {
        public String till;
    }

    /** A table for each class, joined. */
    @Entity(name = "Asset")
    @Table(name = "asset")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Asset {
        @Id
        public UUID id = UUID.randomUUID();

        @ShardKey
        public String owner;
    }

    @Entity(name = "House")
    @Table(name = "house")
    static class House extends Asset {
        public int rooms;
    }

    @Entity(name = "Boat")
    @Table(name = "boat")
    static class Boat extends Asset {
        public int sails;
    }

    /** A table for each class, whole. */
    @Entity(name = "Visit")
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    abstract static class Visit {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Shop.Customer customer;
    }

    @Entity(name = "WebVisit")
    @Table(name = "web_visit")
    static class WebVisit extends Visit {
        public String page;
    }

    @Entity(name = "ShopVisit")
    @Table(name = "shop_visit")
    static class ShopVisit extends Visit {
        public String street;
    }
}
