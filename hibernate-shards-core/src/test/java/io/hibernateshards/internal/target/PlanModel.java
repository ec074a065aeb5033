package io.hibernateshards.internal.target;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.Functions;
import io.hibernateshards.internal.mapping.MappingReader;
import io.hibernateshards.internal.mapping.ReadMappings;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.spi.BucketFunction;
import jakarta.persistence.CascadeType;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/** A shop on four shards. The bucket of a number is the number, and bucket b is on shard b % 4: customer 5 is on s1. */
public final class PlanModel implements AutoCloseable {
    public static final List<ShardId> SHARDS =
            IntStream.range(0, 4).mapToObj(i -> ShardId.of("s" + i)).toList();

    public static final Topology TOPOLOGY = Topology.of(1, SHARDS, owners());

    final SessionFactoryImplementor factory;
    final ShardMapping mapping;
    final Router router;

    PlanModel() {
        MetadataImplementor metadata = ReadMappings.metadata(entities());
        mapping = MappingReader.read(metadata, new Plain(), SHARDS);
        factory = metadata.buildSessionFactory();
        router = new Router(mapping, () -> TOPOLOGY, factory);
    }

    @Override
    public void close() {
        factory.close();
    }

    static Class<?>[] entities() {
        return new Class<?>[] {
            Customer.class,
            VipCustomer.class,
            Purchase.class,
            Line.class,
            Product.class,
            Country.class,
            Profile.class,
            Login.class,
            Reading.class,
            Document.class,
            Setting.class
        };
    }

    /** An id made on the shard that owns the bucket. */
    static long idIn(int bucket) {
        return IdBits.timeBucket(5, bucket, 0, 0);
    }

    private static int[] owners() {
        int[] owners = new int[Buckets.COUNT];
        Arrays.setAll(owners, bucket -> bucket % SHARDS.size());
        return owners;
    }

    @Entity(name = "Customer")
    public static class Customer {
        @Id
        @ShardKey(function = "plain")
        public @Nullable Long id;

        public @Nullable String name;
        public int score;

        @ManyToOne
        public @Nullable Country country;

        @OneToMany(mappedBy = "customer", cascade = CascadeType.PERSIST)
        public List<Purchase> purchases = new ArrayList<>();

        @OneToMany(mappedBy = "referrer")
        public List<Purchase> referred = new ArrayList<>();

        @ElementCollection
        @OrderColumn(name = "place")
        public List<String> nicknames = new ArrayList<>();

        @ElementCollection
        public List<Address> addresses = new ArrayList<>();

        @ManyToMany
        public List<Country> visited = new ArrayList<>();
    }

    @Embeddable
    public static class Address {
        public @Nullable String city;

        @ManyToOne
        public @Nullable Country land;
    }

    @Entity(name = "VipCustomer")
    public static class VipCustomer extends Customer {
        public int discount;
    }

    /** Lives with its customer; its id carries the bucket. */
    @Entity(name = "Purchase")
    @Table(name = "purchases")
    public static class Purchase {
        @Id
        @ShardedId
        public @Nullable Long id;

        @ShardKey
        @ManyToOne
        public @Nullable Customer customer;

        /** No part of the key. */
        @ManyToOne
        public @Nullable Customer referrer;

        @OneToMany(mappedBy = "purchase")
        public List<Line> lines = new ArrayList<>();

        public @Nullable String state;
        public int total;
    }

    @Entity(name = "Line")
    public static class Line {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        public @Nullable Long id;

        @ShardKey
        @ManyToOne
        public @Nullable Purchase purchase;

        @ManyToOne
        public @Nullable Product product;

        public int quantity;
    }

    @Entity(name = "Product")
    @ReferenceEntity
    public static class Product {
        @Id
        public @Nullable Long id;

        public @Nullable String name;

        @ManyToOne
        public @Nullable Country origin;
    }

    @Entity(name = "Country")
    @ReferenceEntity
    public static class Country {
        @Id
        public @Nullable String code;

        public @Nullable String name;
    }

    public enum Region {
        NORTH,
        SOUTH
    }

    @Embeddable
    public record ProfileId(@Enumerated(EnumType.STRING) @Nullable Region region, @Nullable Long userId) {}

    /** A key of two values, an enum among them: NORTH counts 1, SOUTH 2. */
    @Entity(name = "Profile")
    @ShardKey(
            value = {"id.region", "id.userId"},
            function = "plain")
    public static class Profile {
        @EmbeddedId
        public @Nullable ProfileId id;

        public @Nullable String motto;
    }

    /** Of the same keys as a profile, though nothing else connects them. */
    @Entity(name = "Login")
    @ShardKey(
            value = {"region", "userId"},
            function = "plain")
    public static class Login {
        @Id
        public @Nullable UUID id;

        @Enumerated(EnumType.STRING)
        public @Nullable Region region;

        public @Nullable Long userId;
    }

    /** Nothing that Hibernate maps. */
    public interface Named {}

    @Entity(name = "Reading")
    public static class Reading implements Named {
        @Id
        public @Nullable UUID id;

        @ShardKey(function = "plain")
        public @Nullable Integer day;

        public @Nullable Long number;
    }

    /** Its key is a text, of which the length counts. */
    @Entity(name = "Document")
    public static class Document implements Named {
        @Id
        public @Nullable UUID id;

        @ShardKey(function = "plain")
        public @Nullable String tenant;

        public @Nullable String title;
        public @Nullable Long author;
    }

    @Entity(name = "Setting")
    @SingleShard("s2")
    public static class Setting {
        @Id
        public @Nullable String name;

        public @Nullable String setting;
    }

    /** Adds up numbers; the bucket is told without a table. */
    private static final class PlainFunction implements BucketFunction {
        @Override
        public Optional<String> check(List<Class<?>> types) {
            return Optional.empty();
        }

        @Override
        public int bucket(Object[] key) {
            return Arrays.stream(key).mapToInt(PlainFunction::number).sum();
        }

        @Override
        public Buckets between(@Nullable Object from, @Nullable Object to) {
            int first = from == null ? 0 : number(from);
            int last = to == null ? Buckets.COUNT - 1 : number(to);
            return first > last ? Buckets.NONE : Buckets.range(first, last);
        }

        private static int number(Object value) {
            return value instanceof Number number
                    ? number.intValue()
                    : value.equals("NORTH")
                            ? 1
                            : value.equals("SOUTH") ? 2 : value.toString().length();
        }
    }

    private static final class Plain implements Functions {
        private final ReadMappings.Shipped shipped = new ReadMappings.Shipped();
        private final BucketFunction plain = new PlainFunction();

        @Override
        public Optional<BucketFunction> named(String name) {
            return name.equals("plain") ? Optional.of(plain) : shipped.named(name);
        }

        @Override
        public BucketFunction ofId(IdStyle style) {
            return shipped.ofId(style);
        }

        @Override
        public Collection<String> names() {
            return List.of("hash", "plain");
        }
    }
}
