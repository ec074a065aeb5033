package io.hibernateshards.internal.scatter;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardKey;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.ColumnResult;
import jakarta.persistence.ConstructorResult;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityResult;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.NamedNativeQuery;
import jakarta.persistence.NamedQuery;
import jakarta.persistence.OneToMany;
import jakarta.persistence.QueryHint;
import jakarta.persistence.SqlResultSetMapping;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.Filter;
import org.hibernate.annotations.FilterDef;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.ParamDef;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** Owners, what they sell or let, line by line: a root, a child and a grandchild, with every type that queries may sort by. */
final class OracleModel {
    static final Class<?>[] ENTITIES = {
        Region.class,
        Owner.class,
        Deal.class,
        Sale.class,
        Rental.class,
        Line.class,
        Asset.class,
        House.class,
        Boat.class,
        Stock.class,
        Nothing.class
    };

    private OracleModel() {}

    enum Colour {
        WHITE,
        BLACK,
        AMBER
    }

    enum Size {
        SMALL,
        MEDIUM,
        LARGE
    }

    /** The column has them the other way round. */
    enum Grade {
        FIRST,
        SECOND,
        THIRD
    }

    static final class GradeConverter implements AttributeConverter<Grade, String> {
        @Override
        public @Nullable String convertToDatabaseColumn(@Nullable Grade grade) {
            return grade == null
                    ? null
                    : switch (grade) {
                        case FIRST -> "z";
                        case SECOND -> "M";
                        case THIRD -> "a";
                    };
        }

        @Override
        public @Nullable Grade convertToEntityAttribute(@Nullable String column) {
            return column == null
                    ? null
                    : switch (column) {
                        case "z" -> Grade.FIRST;
                        case "M" -> Grade.SECOND;
                        default -> Grade.THIRD;
                    };
        }
    }

    /** Negative in the column; a missing one is no null in Java, and several columns' values are one value there. */
    static final class PointsConverter implements AttributeConverter<Integer, Integer> {
        @Override
        public @Nullable Integer convertToDatabaseColumn(@Nullable Integer points) {
            return points == null || points == 99 ? null : -points;
        }

        @Override
        public Integer convertToEntityAttribute(@Nullable Integer column) {
            return column == null ? 0 : -column / 10 * 10;
        }
    }

    @Embeddable
    static class Place {
        @Nullable
        String city;

        @Nullable
        Integer zip;

        @Override
        public String toString() {
            return city + "/" + zip;
        }
    }

    @Entity(name = "Region")
    @ReferenceEntity
    static class Region {
        @Id
        @Nullable
        String code;

        @Nullable
        String name;

        int ranking;

        @Override
        public String toString() {
            return "Region " + code + name + ranking;
        }
    }

    @Entity(name = "Owner")
    @FilterDef(name = "atLeast", parameters = @ParamDef(name = "least", type = Integer.class))
    @Filter(name = "atLeast", condition = "number >= :least")
    @NamedQuery(name = "Owner.byNumber", query = "from Owner o where o.number > :number order by o.number desc, o.id")
    @NamedQuery(name = "Owner.renamed", query = "update Owner o set o.name = :name where o.number = 2")
    static class Owner {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String name;

        @JdbcTypeCode(SqlTypes.CHAR)
        @Column(length = 5)
        @Nullable
        String code;

        @Nullable
        Character letter;

        @Nullable
        Boolean active;

        @Nullable
        Integer number;

        @Nullable
        Short small;

        @Nullable
        Long big;

        @Nullable
        BigInteger huge;

        @Column(precision = 30, scale = 10)
        @Nullable
        BigDecimal amount;

        @Column(columnDefinition = "numeric")
        @Nullable
        BigDecimal anyScale;

        @Nullable
        Double ratio;

        @Nullable
        Float weight;

        @Nullable
        Double finite;

        @Enumerated(EnumType.STRING)
        @Nullable
        Colour colour;

        @Enumerated(EnumType.ORDINAL)
        @Nullable
        Size size;

        @Convert(converter = GradeConverter.class)
        @Nullable
        Grade grade;

        @Convert(converter = PointsConverter.class)
        @Nullable
        Integer points;

        @Nullable
        UUID token;

        byte @Nullable [] bytes;

        @Nullable
        Instant instant;

        @Column(name = "a_day")
        @Nullable
        LocalDate day;

        @Column(name = "a_time")
        @Nullable
        LocalTime time;

        @Nullable
        LocalDateTime moment;

        @Column(name = "an_offset")
        @Nullable
        OffsetDateTime offset;

        @Embedded
        @Nullable
        Place place;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Region region;

        @ElementCollection
        Set<String> tags = new TreeSet<>();

        @OneToMany(mappedBy = "owner", cascade = CascadeType.ALL)
        List<Deal> deals = new ArrayList<>();

        @Override
        public String toString() {
            return "Owner " + id + " " + name + code + letter + active + number + small + big + huge + amount + anyScale
                    + ratio + weight + finite + colour + size + grade + points + token + Arrays.toString(bytes)
                    + instant
                    + day + time + moment + offset + place;
        }
    }

    @Entity(name = "Deal")
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Deal {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Owner owner;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Region region;

        @Column(precision = 12, scale = 2)
        @Nullable
        BigDecimal price;

        @Nullable
        String note;

        @Column(name = "a_day")
        @Nullable
        LocalDate day;

        @OneToMany(mappedBy = "deal", cascade = CascadeType.ALL)
        List<Line> lines = new ArrayList<>();

        @Override
        public String toString() {
            return getClass().getSimpleName() + " " + id + " " + price + note + day;
        }
    }

    @Entity(name = "Sale")
    static class Sale extends Deal {
        @Nullable
        Integer discount;
    }

    @Entity(name = "Rental")
    static class Rental extends Deal {
        @Nullable
        Integer days;
    }

    @Entity(name = "Line")
    static class Line {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Deal deal;

        int quantity;

        @Nullable
        String text;

        @Override
        public String toString() {
            return "Line " + id + " " + quantity + text;
        }
    }

    @Entity(name = "Asset")
    @NamedNativeQuery(
            name = "Asset.ofTenant",
            query = "select label, id from Asset where tenant = :tenant order by id",
            resultSetMapping = "Asset.label",
            hints = {
                @QueryHint(name = ShardHints.KEY, value = "tenant3"),
                @QueryHint(name = ShardHints.ENTITY, value = "Asset")
            })
    @NamedNativeQuery(
            name = "Owner.named",
            query = "select o.* from Owner o where o.name = ? or o.id = ?",
            resultClass = Owner.class)
    @SqlResultSetMapping(name = "Asset.label", columns = @ColumnResult(name = "label"))
    @SqlResultSetMapping(
            name = "Owner.pair",
            entities = @EntityResult(entityClass = Owner.class),
            columns = @ColumnResult(name = "twice", type = Long.class))
    @SqlResultSetMapping(
            name = "Owner.dto",
            classes =
                    @ConstructorResult(
                            targetClass = Pair.class,
                            columns = {@ColumnResult(name = "id", type = Long.class), @ColumnResult(name = "name")}))
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Asset {
        @Id
        @Nullable
        UUID id;

        @ShardKey
        @Nullable
        String tenant;

        @Nullable
        String label;

        @Override
        public String toString() {
            return getClass().getSimpleName() + " " + id + " " + tenant + label;
        }
    }

    @Entity(name = "House")
    static class House extends Asset {
        int floors;
    }

    @Entity(name = "Boat")
    static class Boat extends Asset {
        @Nullable
        Double length;
    }

    /** Has a version. */
    @Entity(name = "Stock")
    static class Stock {
        @Id
        @ShardKey
        @Nullable
        Long id;

        int amount;

        @Version
        int version;

        @Override
        public String toString() {
            return "Stock " + id + " " + amount + " " + version;
        }
    }

    /** Has no rows. */
    @Entity(name = "Nothing")
    static class Nothing {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        Integer number;

        @Nullable
        BigDecimal amount;

        @Nullable
        Double ratio;

        @Nullable
        String name;

        @Override
        public String toString() {
            return "Nothing " + id + " " + number + amount + ratio + name;
        }
    }

    /** What {@code select new} makes. */
    record Pair(@Nullable Long id, @Nullable String name) {}

    /** What rows become by their class alone. */
    public static final class Dto {
        private final @Nullable String name;
        private final @Nullable Integer number;

        /** From a row. */
        public Dto(@Nullable String name, @Nullable Integer number) {
            this.name = name;
            this.number = number;
        }

        @Override
        public String toString() {
            return "Dto " + name + number;
        }
    }
}
