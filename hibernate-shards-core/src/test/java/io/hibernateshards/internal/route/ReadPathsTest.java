package io.hibernateshards.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.ReadMappings;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdBits;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import java.io.Serializable;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Paths that the mapping room finds in composite ids, derived ids and inheritance trees, followed in instances. */
@NullUnmarked // the tests fill what they need of the entities
class ReadPathsTest {
    private static final long CUSTOMER = 5_000L << 23 | 1234 << 10 | 7;
    private static final HashFunction HASH = new HashFunction();

    private static SessionFactoryImplementor factory;
    private static ShardMapping mapping;
    private static Router router;

    @Entity
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        static Customer known() {
            Customer customer = new Customer();
            customer.id = CUSTOMER;
            return customer;
        }
    }

    @Embeddable
    static class PartId implements Serializable {
        private static final long serialVersionUID = 1L;
        Long customer;
        int number;

        PartId() {}

        PartId(Long customer, int number) {
            this.customer = customer;
            this.number = number;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof PartId that && number == that.number && Objects.equals(customer, that.customer);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    @Entity
    static class Embedding {
        @EmbeddedId
        PartId id;

        @MapsId("customer")
        @ShardKey
        @ManyToOne
        Customer customer;
    }

    @Entity
    @IdClass(PartId.class)
    static class WithIdClass {
        @Id
        @ShardKey
        @ManyToOne
        Customer customer;

        @Id
        int number;
    }

    @Entity
    static class WithoutIdClass implements Serializable {
        private static final long serialVersionUID = 1L;

        @Id
        @ShardKey
        @ManyToOne
        Customer customer;

        @Id
        int number;
    }

    @Entity
    static class IdIsAssociation {
        @Id
        @ShardKey
        @OneToOne
        Customer customer;
    }

    @Entity
    static class Shared {
        @Id
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        Customer customer;
    }

    @Entity
    static class BelowShared {
        @EmbeddedId
        PartId id;

        @MapsId("customer")
        @ShardKey
        @ManyToOne
        Shared shared;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Animal {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        Long id;

        @Embedded
        Spot spot;
    }

    enum Side {
        LEFT,
        RIGHT
    }

    @Embeddable
    static class Spot {
        @ShardKey
        @Enumerated(EnumType.ORDINAL)
        Side side;
    }

    @Entity
    static class Cow extends Animal {}

    @Entity
    static class Bell {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Cow cow;
    }

    @Embeddable
    record StockId(String warehouse, int item) implements Serializable {}

    @Entity
    @IdClass(StockId.class)
    static class Stock {
        @Id
        @ShardKey
        String warehouse;

        @Id
        int item;
    }

    record CountId(StockId stock, int number) implements Serializable {}

    @Entity
    @IdClass(CountId.class)
    static class Count {
        @Id
        @ShardKey
        @ManyToOne
        Stock stock;

        @Id
        int number;
    }

    @Embeddable
    record MovedId(StockId stock, int number) implements Serializable {}

    @Entity
    static class Moved {
        @EmbeddedId
        MovedId id;

        @MapsId("stock")
        @ShardKey
        @ManyToOne
        Stock stock;
    }

    @BeforeAll
    static void read() {
        Class<?>[] entities = {
            Customer.class,
            Embedding.class,
            WithIdClass.class,
            WithoutIdClass.class,
            IdIsAssociation.class,
            Shared.class,
            BelowShared.class,
            Animal.class,
            Cow.class,
            Bell.class,
            Stock.class,
            Count.class,
            Moved.class
        };
        factory = TestFactory.offline(entities);
        mapping = ReadMappings.read(entities);
        router = new Router(mapping, () -> RouteModel.TOPOLOGY, factory);
    }

    @AfterAll
    static void close() {
        factory.close();
    }

    private static Sharded of(Class<?> entity) {
        return (Sharded) mapping.of(entity.getName());
    }

    private static int bucketOf(Object entity) {
        Place place = router.placeOf(of(entity.getClass()), entity, Attached.NOWHERE);
        assertThat(place).isNotNull();
        return place.bucket();
    }

    @Test
    void derivedIds_leadToTheParentsBucket() {
        int bucket = IdBits.bucket(IdStyle.TIME_BUCKET, CUSTOMER);
        assertThat(router.bucketOfId(of(Embedding.class), new PartId(CUSTOMER, 3)))
                .isEqualTo(bucket);
        assertThat(router.bucketOfId(of(WithIdClass.class), new PartId(CUSTOMER, 3)))
                .isEqualTo(bucket);
        assertThat(router.bucketOfId(of(BelowShared.class), new PartId(CUSTOMER, 3)))
                .isEqualTo(bucket);
        assertThat(router.bucketOfId(of(Shared.class), CUSTOMER)).isEqualTo(bucket);
    }

    @Test
    void instancesWithDerivedIds_areWhereTheirParentIs() {
        int bucket = IdBits.bucket(IdStyle.TIME_BUCKET, CUSTOMER);
        Embedding embedding = new Embedding();
        embedding.customer = Customer.known();
        WithIdClass withIdClass = new WithIdClass();
        withIdClass.customer = Customer.known();
        WithoutIdClass without = new WithoutIdClass();
        without.customer = Customer.known();
        IdIsAssociation association = new IdIsAssociation();
        association.customer = Customer.known();
        BelowShared below = new BelowShared();
        below.shared = new Shared();
        below.shared.customer = Customer.known();
        assertThat(bucketOf(embedding)).isEqualTo(bucket);
        assertThat(bucketOf(withIdClass)).isEqualTo(bucket);
        assertThat(bucketOf(without)).isEqualTo(bucket);
        assertThat(bucketOf(association)).isEqualTo(bucket);
        assertThat(bucketOf(below)).isEqualTo(bucket);
    }

    @Test
    void idWithoutAnIdClass_isTheInstance_andSaysNothing() {
        assertThat(of(WithoutIdClass.class).id()).isEqualTo(new Silent());
        assertThat(of(IdIsAssociation.class).id()).isEqualTo(new Silent());
        assertThat(router.bucketOfId(of(WithoutIdClass.class), new WithoutIdClass()))
                .isEqualTo(Router.UNKNOWN_BUCKET);
    }

    @Test
    void subclass_isWhereItsKeyInAnEmbeddableSays() {
        Cow cow = new Cow();
        cow.spot = new Spot();
        cow.spot.side = Side.RIGHT;
        Bell bell = new Bell();
        bell.cow = cow;
        assertThat(bucketOf(cow)).isEqualTo(HASH.bucket(new Object[] {1}));
        assertThat(bucketOf(bell)).isEqualTo(HASH.bucket(new Object[] {1}));
    }

    @Test
    void compositeIdInsideACompositeId_holdsTheKey() {
        int bucket = HASH.bucket(new Object[] {"north"});
        StockId stock = new StockId("north", 5);
        assertThat(router.bucketOfId(of(Stock.class), stock)).isEqualTo(bucket);
        assertThat(router.bucketOfId(of(Count.class), new CountId(stock, 1))).isEqualTo(bucket);
        assertThat(router.bucketOfId(of(Moved.class), new MovedId(stock, 1))).isEqualTo(bucket);
    }
}
