package io.hibernateshards.internal.route;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.KeyGroup;
import io.hibernateshards.internal.mapping.Mappings;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.spi.BucketFunction;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.UUID;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.ModelPartContainer;
import org.jspecify.annotations.Nullable;

/** A small model of every kind of key and id. */
public final class RouteModel {
    public static final ShardId EAST = ShardId.of("east");
    public static final ShardId WEST = ShardId.of("west");

    /** East has the even buckets, west the odd ones. */
    public static final Topology TOPOLOGY = Topology.of(1, List.of(EAST, WEST), owners());

    private RouteModel() {}

    public static Class<?>[] entities() {
        return new Class<?>[] {
            Customer.class,
            Purchase.class,
            Line.class,
            Document.class,
            Page.class,
            Profile.class,
            Visit.class,
            Tag.class,
            Invoice.class,
            Sensor.class,
            Counter.class
        };
    }

    private static int[] owners() {
        int[] owners = new int[Buckets.COUNT];
        Arrays.setAll(owners, bucket -> bucket % 2);
        return owners;
    }

    /** A root whose generated id is its key. */
    @Entity
    public static class Customer {
        @Id
        @ShardedId
        @ShardKey
        public @Nullable Long id;

        public @Nullable String name;
    }

    /** Lives with its customer; its id carries the bucket. */
    @Entity
    @Table(name = "purchases")
    public static class Purchase {
        @Id
        @ShardedId
        public @Nullable Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY, cascade = CascadeType.PERSIST)
        public @Nullable Customer customer;

        /** No part of the key. */
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Customer referredBy;

        @ManyToMany
        public List<Tag> tags = new ArrayList<>();

        public int version;
    }

    /** Two levels down, and its id says nothing. */
    @Entity
    public static class Line {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        public @Nullable Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Purchase purchase;
    }

    /** A root by value, with an id of the application's own. */
    @Entity
    public static class Document {
        @Id
        public @Nullable UUID id;

        @ShardKey
        public @Nullable String tenant;

        public @Nullable String title;
    }

    /** A child of a parent whose id says nothing, though its own id carries the bucket. */
    @Entity
    public static class Page {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        public @Nullable UUID id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Document document;
    }

    public enum Region {
        NORTH,
        SOUTH
    }

    @Embeddable
    public record ProfileId(@Enumerated(EnumType.STRING) @Nullable Region region, @Nullable Long userId, int number) {}

    /** A composite key inside an embedded id. */
    @Entity
    @ShardKey({"id.region", "id.userId"})
    public static class Profile {
        @EmbeddedId
        public @Nullable ProfileId id;
    }

    public static class VisitId implements Serializable {
        private static final long serialVersionUID = 1L;
        public @Nullable Long customer;
        public int day;

        public VisitId() {}

        public VisitId(Long customer, int day) {
            this.customer = customer;
            this.day = day;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof VisitId that && day == that.day && Objects.equals(customer, that.customer);
        }

        @Override
        public int hashCode() {
            return day;
        }
    }

    /** A child whose id class holds the parent's id. */
    @Entity
    @IdClass(VisitId.class)
    public static class Visit {
        @Id
        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Customer customer;

        @Id
        public int day;
    }

    /** Lives with its customer too, by a shared primary key. */
    @Entity
    public static class Tag {
        @Id
        public @Nullable Long id;

        @ShardKey
        @MapsId
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Customer customer;
    }

    /** Its ids come from the shard's sequence. */
    @Entity
    public static class Invoice {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        public @Nullable Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public @Nullable Customer customer;
    }

    /** A generated key that carries no bucket and is hashed. */
    @Entity
    public static class Sensor {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        @ShardKey
        public @Nullable Long id;
    }

    /** A primitive id. */
    @Entity
    public static class Counter {
        @Id
        @ShardedId
        @ShardKey
        public long id;
    }

    /** Adds up the values' hash codes: not well spread, but told in one line. */
    static final class SumFunction implements BucketFunction {
        @Override
        public Optional<String> check(List<Class<?>> types) {
            return Optional.empty();
        }

        @Override
        public int bucket(Object[] key) {
            if (key[0].equals("nowhere")) {
                throw new IllegalArgumentException("nowhere is in no list");
            }
            return Math.floorMod(Arrays.stream(key).mapToInt(Object::hashCode).sum(), Buckets.COUNT);
        }

        @Override
        public int find(Object[] key) {
            return key[0].equals("nowhere") ? -1 : bucket(key);
        }
    }

    /** Reads the bucket from a time-ordered id. */
    static final class IdFunction implements BucketFunction {
        @Override
        public Optional<String> check(List<Class<?>> types) {
            return Optional.empty();
        }

        @Override
        public int bucket(Object[] key) {
            return IdBits.bucket(IdStyle.TIME_BUCKET, key[0]);
        }
    }

    public static final BucketFunction SUM = new SumFunction();

    public static ShardMapping mapping(SessionFactoryImplementor factory) {
        KeyGroup customers = new KeyGroup("id", new IdFunction(), List.of(Long.class));
        KeyGroup documents = new KeyGroup("sum", SUM, List.of(String.class));
        KeyGroup profiles = new KeyGroup("sum", SUM, List.of(String.class, Long.class));
        CarriesBucket time = new CarriesBucket(IdStyle.TIME_BUCKET);
        return Mappings.of(
                new Sharded(
                        name(Customer.class),
                        customers,
                        key(factory, Customer.class, "id", Long.class),
                        time,
                        IdStyle.TIME_BUCKET),
                new Sharded(
                        name(Purchase.class),
                        customers,
                        new ParentKey("customer", name(Customer.class), time),
                        time,
                        IdStyle.TIME_BUCKET),
                new Sharded(
                        name(Line.class),
                        customers,
                        new ParentKey("purchase", name(Purchase.class), time),
                        new Silent(),
                        IdStyle.SNOWFLAKE),
                new Sharded(
                        name(Sensor.class),
                        new KeyGroup("sum", SUM, List.of(Long.class)),
                        key(factory, Sensor.class, "id", Long.class),
                        new HoldsKey(List.of("")),
                        IdStyle.SNOWFLAKE),
                new Sharded(
                        name(Counter.class),
                        customers,
                        key(factory, Counter.class, "id", Long.class),
                        time,
                        IdStyle.TIME_BUCKET),
                new Sharded(
                        name(Invoice.class),
                        customers,
                        new ParentKey("customer", name(Customer.class), time),
                        new CarriesBucket(IdStyle.SEQUENCE),
                        IdStyle.SEQUENCE),
                new Sharded(
                        name(Visit.class),
                        customers,
                        new ParentKey("customer", name(Customer.class), time),
                        new HoldsKey(List.of("customer")),
                        null),
                new Sharded(
                        name(Tag.class), customers, new ParentKey("customer", name(Customer.class), time), time, null),
                new Sharded(
                        name(Document.class),
                        documents,
                        key(factory, Document.class, "tenant", String.class),
                        new Silent(),
                        null),
                new Sharded(
                        name(Page.class),
                        documents,
                        new ParentKey("document", name(Document.class), new Silent()),
                        new CarriesBucket(IdStyle.UUID_V7),
                        IdStyle.UUID_V7),
                new Sharded(
                        name(Profile.class),
                        profiles,
                        new OwnKey(List.of(
                                attribute(factory, Profile.class, "id.region", String.class),
                                attribute(factory, Profile.class, "id.userId", Long.class))),
                        new HoldsKey(List.of("region", "userId")),
                        null));
    }

    public static Sharded of(ShardMapping mapping, Class<?> entity) {
        return (Sharded) mapping.of(name(entity));
    }

    public static String name(Class<?> entity) {
        return entity.getName();
    }

    private static OwnKey key(SessionFactoryImplementor factory, Class<?> entity, String path, Class<?> type) {
        return new OwnKey(List.of(attribute(factory, entity, path, type)));
    }

    private static KeyAttribute attribute(
            SessionFactoryImplementor factory, Class<?> entity, String path, Class<?> type) {
        ModelPart found = factory.getMappingMetamodel().getEntityDescriptor(entity);
        for (StringTokenizer names = new StringTokenizer(path, "."); names.hasMoreTokens(); ) {
            found = ((ModelPartContainer) found).findSubPart(names.nextToken(), null);
        }
        return new KeyAttribute(path, path, type, found.getSingleJdbcMapping());
    }
}
