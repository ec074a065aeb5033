package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.MappingMistakesTest.mistakes;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.MappingMistakesTest.Customer;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import java.io.Serializable;
import java.util.UUID;
import org.hibernate.annotations.TenantId;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Where a generated id of ours has no place. */
@NullUnmarked // Hibernate would fill the entities
class ShardedIdMistakesTest {

    @Entity
    static class TextTime {
        @Id
        @ShardedId
        @ShardKey
        String id;
    }

    @Entity
    static class LongUuid {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void shardedIdOfAWrongType() {
        assertThat(mistakes(TextTime.class))
                .containsExactly("TextTime.id: a @ShardedId of style TIME_BUCKET cannot be of type java.lang.String."
                        + " Make it a Long, or use the style UUID_V7.");
        assertThat(mistakes(LongUuid.class))
                .containsExactly(
                        "LongUuid.id: a @ShardedId of style UUID_V7 cannot be of type java.lang.Long. Make it a UUID.");
    }

    @Entity
    static class ShardedIdElsewhere {
        @Id
        @ShardKey
        UUID id;

        @ShardedId
        Long number;
    }

    @Test
    void shardedIdThatIsNoId() {
        assertThat(mistakes(ShardedIdElsewhere.class))
                .containsExactly("ShardedIdElsewhere.number: @ShardedId is for an @Id attribute. Move it to the id.");
    }

    static class PartId implements Serializable {
        private static final long serialVersionUID = 1L;
        Long id;
        String tenant;

        @Override
        public boolean equals(Object other) {
            return other instanceof PartId that && id.equals(that.id) && tenant.equals(that.tenant);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }
    }

    @Entity
    @IdClass(PartId.class)
    static class PartOfIdClass {
        @Id
        @ShardedId
        Long id;

        @Id
        @ShardKey
        String tenant;
    }

    @Embeddable
    record EmbeddedPart(@ShardedId Long id, String tenant) {}

    @Entity
    @ShardKey("id.tenant")
    static class PartOfEmbeddedId {
        @EmbeddedId
        EmbeddedPart id;
    }

    @Test
    void shardedIdThatIsAPartOfOne() {
        String cure = "@ShardedId is for an id of one attribute. Make it the only @Id.";
        assertThat(mistakes(PartOfIdClass.class)).containsExactly("PartOfIdClass.id: " + cure);
        assertThat(mistakes(PartOfEmbeddedId.class)).containsExactly("PartOfEmbeddedId.id.id: " + cure);
    }

    @Entity
    static class MappedId {
        @Id
        @ShardedId
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        Customer customer;
    }

    @Test
    void shardedIdThatMapsIdReplaces() {
        assertThat(mistakes(MappedId.class, Customer.class))
                .containsExactly("MappedId.id: the id is another's by @MapsId, so it is not generated."
                        + " Leave @ShardedId out.");
    }

    @Entity
    @ReferenceEntity
    static class ShardedIdOnReference {
        @Id
        @ShardedId
        Long id;
    }

    @Entity
    @SingleShard("east")
    static class ShardedIdOnSingle {
        @Id
        @ShardedId
        Long id;
    }

    @Test
    void shardedIdOfAnEntityThatIsNotSharded() {
        String cure = "@ShardedId is for sharded entities, and this is none. Use an ordinary id.";
        assertThat(mistakes(ShardedIdOnReference.class, ShardedIdOnSingle.class))
                .containsExactly("ShardedIdOnReference.id: " + cure, "ShardedIdOnSingle.id: " + cure);
    }

    @Entity
    static class WithTenantId {
        @Id
        UUID id;

        @ShardKey
        @TenantId
        String tenant;
    }

    @Test
    void hibernatesTenantId() {
        assertThat(mistakes(WithTenantId.class))
                .containsExactly("WithTenantId.tenant: Hibernate's @TenantId has no place here, where the tenant is the"
                        + " shard. Make it an ordinary attribute, with @ShardKey if it decides where rows live.");
    }
}
