package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardLookup;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardingException;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.hibernate.annotations.Collate;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.Generated;
import org.hibernate.annotations.SQLRestriction;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Which attributes can have lookups. */
@NullUnmarked // Hibernate would fill the entities
class LookupMistakesTest {
    private static void assertMistake(Class<?> entity, String... parts) {
        assertThatThrownBy(() -> ReadMappings.read(entity))
                .isInstanceOf(ShardingException.class)
                .hasMessageContainingAll(parts);
    }

    @MappedSuperclass
    static class Rooted {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @Version
        int version;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
    static class Fine extends Rooted {
        @GlobalUnique
        @Column(unique = true)
        String email;

        @ShardLookup
        String city;
    }

    @Entity
    static class Finer extends Fine {
        @ShardLookup
        Integer floor;
    }

    @Test
    void attributesOfTheEntityAndOfThoseAbove_areFound_andTheirConstraintIsNotWarnedOf() {
        ShardMapping mapping = ReadMappings.read(Fine.class, Finer.class);
        assertThat(mapping.lookups(Finer.class.getName()))
                .extracting(LookupAttribute::path)
                .containsExactlyInAnyOrder("email", "city", "floor");
        assertThat(mapping.lookups(Fine.class.getName()))
                .extracting(LookupAttribute::path, LookupAttribute::unique)
                .containsExactlyInAnyOrder(tuple("email", true), tuple("city", false));
        assertThat(mapping.lookups()).hasSize(3);
        assertThat(mapping.warnings()).isEmpty();
    }

    @Entity
    static class OnKey {
        @Id
        Long id;

        @ShardKey
        @GlobalUnique
        String tenant;
    }

    @Entity
    static class OnId {
        @Id
        @ShardLookup
        Long id;

        @ShardKey
        String tenant;
    }

    @Entity
    @ReferenceEntity
    static class OnReference {
        @Id
        Long id;

        @GlobalUnique
        String code;
    }

    @Entity
    static class OnAssociation extends Rooted {
        @ManyToOne
        @ShardLookup
        OnAssociation other;
    }

    @Entity
    static class OnCollection extends Rooted {
        @ElementCollection
        @ShardLookup
        List<String> names;
    }

    @Embeddable
    static class Address {
        @ShardLookup
        String city;
    }

    @Entity
    static class InEmbeddable extends Rooted {
        Address home;
    }

    @Entity
    static class InElements extends Rooted {
        @ElementCollection
        List<Address> homes;
    }

    @Entity
    static class Both extends Rooted {
        @ShardLookup
        @GlobalUnique
        String code;
    }

    @Test
    void whatHasNoUse_orNoOneColumn_isRefused() {
        assertMistake(OnKey.class, "OnKey.tenant: @GlobalUnique cannot be kept: it is the shard key", "Leave it out");
        assertMistake(OnId.class, "OnId.id: @ShardLookup cannot be kept: it is the id");
        assertMistake(OnReference.class, "OnReference.code", "not placed by a shard key", "unique constraint");
        assertMistake(OnAssociation.class, "OnAssociation.other", "Put it on a basic attribute of the entity itself");
        assertMistake(OnCollection.class, "OnCollection.names", "Put it on a basic attribute of the entity itself");
        assertMistake(InEmbeddable.class, "InEmbeddable.home.city", "it is in an embeddable");
        assertMistake(InElements.class, "InElements.homes.city", "it is in a collection");
        assertMistake(Both.class, "Both.code", "Keep @GlobalUnique");
    }

    @Entity
    static class Amount extends Rooted {
        @GlobalUnique
        BigDecimal amount;
    }

    @Entity
    static class Moment extends Rooted {
        @GlobalUnique
        Instant moment;
    }

    @Entity
    static class Caseless extends Rooted {
        @GlobalUnique
        @Column(columnDefinition = "citext")
        String code;
    }

    @Entity
    static class Padded extends Rooted {
        @GlobalUnique
        @Column(columnDefinition = "char(8)")
        String code;
    }

    @Entity
    static class Collated extends Rooted {
        @GlobalUnique
        @Collate("und-x-icu")
        String code;
    }

    @Entity
    static class Exact extends Rooted {
        @GlobalUnique
        @Collate("C")
        String code;
    }

    @Entity
    static class Lowered extends Rooted {
        @GlobalUnique
        @ColumnTransformer(write = "lower(?)")
        String code;
    }

    @Entity
    static class Made extends Rooted {
        @GlobalUnique
        @Generated
        String code;
    }

    @Test
    void whatTheDatabaseChangesOrTakesForEqual_isRefused() {
        assertMistake(Amount.class, "Amount.amount", "java.math.BigDecimal have no text");
        assertMistake(Moment.class, "Moment.moment", "java.time.Instant have no text");
        assertMistake(Caseless.class, "Caseless.code", "may take values for equal whose characters differ");
        assertMistake(Padded.class, "Padded.code", "may take values for equal whose characters differ");
        assertMistake(Collated.class, "Collated.code", "the collation of the column code");
        assertMistake(Lowered.class, "Lowered.code", "Let the application set it");
        assertMistake(Made.class, "Made.code", "Let the application set it");
        assertThat(ReadMappings.read(Exact.class).lookups()).hasSize(1);
    }

    @Entity
    @SQLRestriction("not gone")
    static class Hidden extends Rooted {
        @GlobalUnique
        String code;

        boolean gone;
    }

    @Entity
    static class Unchecked {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @GlobalUnique
        String code;
    }

    @Test
    void whereChangesCouldBeMissed_itIsRefused() {
        assertMistake(Hidden.class, "Hidden.code", "@SQLRestriction");
        assertMistake(Unchecked.class, "Unchecked.code", "Give the entity a @Version, or @DynamicUpdate");
    }
}
