package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.ReadMappings.onlyKey;
import static io.hibernateshards.internal.mapping.ReadMappings.sharded;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.MappingReaderTest.Country;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.OneToMany;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** A tree of entities is placed as a whole, by what its root and mapped superclasses say. */
@NullUnmarked // Hibernate would fill the entities
class InheritanceTest {
    private static final CarriesBucket TIME = new CarriesBucket(IdStyle.TIME_BUCKET);

    @Entity
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Vehicle {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String fleet;
    }

    @Entity
    static class Car extends Vehicle {
        @ManyToOne
        Country builtIn;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Payment {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Vehicle vehicle;
    }

    @Entity
    static class CardPayment extends Payment {
        String card;

        @OneToMany(mappedBy = "payment")
        List<Refund> refunds;
    }

    @Entity
    static class Refund {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        CardPayment payment;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    abstract static class Message {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String mailbox;
    }

    @Entity
    static class Mail extends Message {}

    private static ShardMapping trees() {
        return ReadMappings.read(
                Vehicle.class,
                Car.class,
                Payment.class,
                CardPayment.class,
                Refund.class,
                Message.class,
                Mail.class,
                Country.class);
    }

    @Test
    void subclasses_liveWhereTheirRootDoes() {
        ShardMapping mapping = trees();
        for (Class<?> entity : List.of(Car.class, CardPayment.class, Mail.class)) {
            Sharded own = sharded(mapping, entity);
            Sharded root = sharded(mapping, entity.getSuperclass());
            assertThat(own.entityName()).isEqualTo(entity.getName());
            assertThat(own.key()).isEqualTo(root.key());
            assertThat(own.group()).isEqualTo(root.group());
            assertThat(own.id()).isEqualTo(root.id());
        }
        assertThat(mapping.isColocated(CardPayment.class.getName(), "vehicle")).isTrue();
        assertThat(mapping.isColocated(Car.class.getName(), "builtIn")).isTrue();
    }

    @Test
    void keyAssociationToASubclass_livesWithTheTree() {
        ShardMapping mapping = trees();
        Sharded refund = sharded(mapping, Refund.class);
        assertThat(refund.key()).isEqualTo(new ParentKey("payment", CardPayment.class.getName(), TIME));
        assertThat(refund.group()).isEqualTo(sharded(mapping, Vehicle.class).group());
        assertThat(mapping.isColocated(CardPayment.class.getName(), "refunds")).isTrue();
    }

    @MappedSuperclass
    abstract static class Owned {
        @ShardKey
        String owner;
    }

    @MappedSuperclass
    abstract static class WithId<T> extends Owned {
        @Id
        @ShardedId
        T id;
    }

    @Entity
    static class Photo extends WithId<Long> {}

    @MappedSuperclass
    @ReferenceEntity
    abstract static class Lookup {
        @Id
        String code;
    }

    @Entity
    static class Currency extends Lookup {}

    @Test
    void mappedSuperclass_handsDownKeyIdAndKind() {
        ShardMapping mapping = ReadMappings.read(Photo.class, Currency.class);
        assertThat(onlyKey(sharded(mapping, Photo.class)).path()).isEqualTo("owner");
        assertThat(sharded(mapping, Photo.class).id()).isEqualTo(TIME);
        assertThat(mapping.of(Currency.class.getName())).isInstanceOf(Reference.class);
    }
}
