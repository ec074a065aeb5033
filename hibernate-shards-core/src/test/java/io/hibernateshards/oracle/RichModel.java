package io.hibernateshards.oracle;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKey;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.Version;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/**
 * Every basic type that Hibernate maps to one of PostgreSQL, and every kind of association and inheritance that can be
 * sharded. What a comment calls wild may hold the ends of its type, so nothing is computed with it.
 */
final class RichModel {
    static final List<Class<?>> ENTITIES = List.of(
            Country.class,
            Sample.class,
            Customer.class,
            Profile.class,
            Purchase.class,
            Label.class,
            Line.class,
            Payment.class,
            Card.class,
            Transfer.class,
            Vehicle.class,
            Car.class,
            Truck.class,
            Shape.class,
            Circle.class,
            Square.class,
            Entry.class);

    private RichModel() {}

    enum Colour {
        WHITE,
        BLACK,
        AMBER
    }

    /** In another order in the column. */
    enum Grade {
        FIRST("z"),
        SECOND("M"),
        THIRD("ä");

        final String column;

        Grade(String column) {
            this.column = column;
        }
    }

    static final class GradeConverter implements AttributeConverter<Grade, String> {
        @Override
        public String convertToDatabaseColumn(Grade grade) {
            return grade == null ? null : grade.column;
        }

        @Override
        public Grade convertToEntityAttribute(String column) {
            for (Grade grade : Grade.values()) {
                if (grade.column.equals(column)) {
                    return grade;
                }
            }
            return null;
        }
    }

    @Entity(name = "Country")
    @ReferenceEntity
    static class Country {
        @Id
        String code;

        String name;
        Integer population;

        @Enumerated(EnumType.STRING)
        Colour banner;
    }

    /** One attribute of each type. */
    @Entity(name = "Sample")
    static class Sample {
        @Id
        @ShardKey
        Long id;

        Boolean flag;
        Byte tiny;
        Short small;
        Integer number;
        Long count;

        /** Wild. */
        Long big;

        /** A multiple of a quarter, as the next one is: so sums are exact in any order. */
        Float weight;

        Double ratio;

        /** Wild. */
        Double wild;

        @Column(precision = 12, scale = 2)
        BigDecimal price;

        @Column(precision = 38, scale = 10)
        BigDecimal fine;

        /** Equal values differ in scale. */
        @Column(columnDefinition = "numeric")
        BigDecimal loose;

        @Column(precision = 38, scale = 0)
        BigInteger huge;

        String name;

        @Column(columnDefinition = "text")
        String body;

        @JdbcTypeCode(SqlTypes.CHAR)
        @Column(length = 5)
        String code;

        Character letter;
        byte[] bytes;
        UUID token;

        @Column(name = "a_day")
        LocalDate day;

        @Column(name = "a_time")
        LocalTime time;

        LocalDateTime moment;

        @Column(name = "an_offset")
        OffsetDateTime offset;

        Instant instant;
        ZonedDateTime zoned;

        @Column(name = "a_year")
        Year year;

        Duration nanos;

        @JdbcTypeCode(SqlTypes.INTERVAL_SECOND)
        @Column(name = "a_gap")
        Duration gap;

        @Enumerated(EnumType.ORDINAL)
        Colour ordinal;

        @Enumerated(EnumType.STRING)
        Colour colour;

        @Enumerated
        @JdbcTypeCode(SqlTypes.NAMED_ENUM)
        Colour named;

        @Convert(converter = GradeConverter.class)
        Grade grade;

        Currency currency;

        @JdbcTypeCode(SqlTypes.INET)
        InetAddress address;

        @Column(name = "an_array")
        Integer[] numbers;

        @JdbcTypeCode(SqlTypes.ARRAY)
        List<String> texts;

        @JdbcTypeCode(SqlTypes.JSON)
        Map<String, String> facts;

        @JdbcTypeCode(SqlTypes.JSON)
        Fact fact;

        @Embedded
        Place place;

        @ManyToOne(fetch = FetchType.LAZY)
        Country country;
    }

    /** Public for who makes it of JSON. */
    public record Fact(String title, Integer rank, List<String> words) {}

    @Embeddable
    static class Place {
        String city;
        Integer zip;

        @ManyToOne(fetch = FetchType.LAZY)
        Country state;
    }

    @Embeddable
    static class Phone {
        @Enumerated(EnumType.STRING)
        Colour kind;

        String digits;
    }

    @Entity(name = "Customer")
    static class Customer {
        @Id
        @ShardKey
        Long id;

        String name;
        Integer points;
        Boolean active;
        LocalDate born;

        @Embedded
        Place home;

        @ManyToOne(fetch = FetchType.LAZY)
        Country country;

        @ElementCollection
        Set<String> tags = new TreeSet<>();

        @ElementCollection
        @OrderColumn(name = "place")
        List<Phone> phones = new ArrayList<>();

        @ElementCollection
        Map<String, Integer> scores = new TreeMap<>();

        @OneToOne(mappedBy = "customer", cascade = CascadeType.ALL, fetch = FetchType.LAZY)
        Profile profile;

        @OneToMany(mappedBy = "customer", cascade = CascadeType.ALL)
        List<Label> labels = new ArrayList<>();

        @OneToMany(mappedBy = "customer", cascade = CascadeType.ALL)
        Set<Purchase> purchases = new HashSet<>();
    }

    @Entity(name = "Profile")
    static class Profile {
        @Id
        Long id;

        @OneToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        Customer customer;

        String motto;
        Short level;
    }

    @Entity(name = "Label")
    static class Label {
        @Id
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        Customer customer;

        String text;
        Double weight;

        @ManyToMany(mappedBy = "labels")
        Set<Purchase> purchases = new HashSet<>();
    }

    @Entity(name = "Purchase")
    static class Purchase {
        @Id
        Long id;

        @Version
        int version;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        Customer customer;

        @Column(precision = 12, scale = 2)
        BigDecimal total;

        Instant placed;

        @Enumerated(EnumType.STRING)
        Colour status;

        String note;

        @ManyToOne(fetch = FetchType.LAZY)
        Country country;

        @ManyToMany
        Set<Label> labels = new HashSet<>();

        @OneToMany(mappedBy = "purchase", cascade = CascadeType.ALL)
        @MapKey(name = "text")
        Map<String, Line> lines = new HashMap<>();

        @OneToMany(mappedBy = "purchase", cascade = CascadeType.ALL)
        List<Payment> payments = new ArrayList<>();
    }

    @Embeddable
    static class LineId implements Serializable {
        Long purchaseId;
        Integer number;

        @Override
        public boolean equals(Object other) {
            return other instanceof LineId that
                    && Objects.equals(purchaseId, that.purchaseId)
                    && Objects.equals(number, that.number);
        }

        @Override
        public int hashCode() {
            return Objects.hash(purchaseId, number);
        }
    }

    @Entity(name = "Line")
    static class Line {
        @EmbeddedId
        LineId id = new LineId();

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @MapsId("purchaseId")
        @ShardKey
        Purchase purchase;

        int quantity;

        @Column(precision = 12, scale = 2)
        BigDecimal price;

        String text;
    }

    @Entity(name = "Payment")
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Payment {
        @Id
        UUID id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        Purchase purchase;

        @Column(precision = 12, scale = 2)
        BigDecimal amount;

        LocalDate paid;
    }

    @Entity(name = "Card")
    static class Card extends Payment {
        String holder;
        Integer digits;
    }

    @Entity(name = "Transfer")
    static class Transfer extends Payment {
        String iban;
    }

    @Entity(name = "Vehicle")
    @Inheritance(strategy = InheritanceType.JOINED)
    abstract static class Vehicle {
        @Id
        @ShardKey
        UUID id;

        String plate;
        Integer wheels;
    }

    @Entity(name = "Car")
    static class Car extends Vehicle {
        Integer doors;
    }

    @Entity(name = "Truck")
    static class Truck extends Vehicle {
        Double load;
    }

    @Entity(name = "Shape")
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    static class Shape {
        @Id
        @ShardKey
        Long id;

        String label;

        @Enumerated(EnumType.ORDINAL)
        Colour ordinal;
    }

    @Entity(name = "Circle")
    static class Circle extends Shape {
        Double radius;
    }

    @Entity(name = "Square")
    static class Square extends Shape {
        Integer side;
    }

    static class EntryId implements Serializable {
        String tenant;
        Integer number;

        @Override
        public boolean equals(Object other) {
            return other instanceof EntryId that
                    && Objects.equals(tenant, that.tenant)
                    && Objects.equals(number, that.number);
        }

        @Override
        public int hashCode() {
            return Objects.hash(tenant, number);
        }
    }

    @Entity(name = "Entry")
    @IdClass(EntryId.class)
    static class Entry {
        @Id
        @ShardKey
        String tenant;

        @Id
        Integer number;

        String text;

        @Column(precision = 12, scale = 2)
        BigDecimal amount;
    }
}
