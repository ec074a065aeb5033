package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Note;
import jakarta.persistence.EntityNotFoundException;
import org.junit.jupiter.api.Test;

/** What a find does where there is more than one shard to be wrong about. */
class FindOnSeveralShardsTest extends SeveralShardsTest {
    @Test
    void silentId_withAnothersKey_isNull() {
        Note note = new Note(number(), stored(shard(0)), "text");
        in(session -> session.persist(note));
        long another = customerId(shard(1));
        reading(session -> {
            assertThat(session.find(Note.class, note.id, ShardKeys.of(another))).isNull();
            assertThat(session.usedShards()).containsExactly(shard(1));
        });
    }

    @Test
    void silentId_thatTwoShardsHave_isRefused_unlessItsKeyIsGiven() {
        Customer one = stored(shard(0));
        Customer two = stored(shard(1));
        long id = number();
        in(session -> session.persist(new Note(id, one, "one")));
        in(session -> session.persist(new Note(id, two, "two")));
        reading(session -> assertRefused(
                () -> session.find(Note.class, id), ShardErrorCode.SHARD_KEY_MISSING, "Note#" + id, "ShardKeys"));
        reading(session -> {
            assertThat(session.find(Note.class, id, ShardKeys.of(one.id)).text).isEqualTo("one");
            assertThat(session.find(Note.class, id, ShardKeys.of(two.id)).text).isEqualTo("two");
        });
    }

    @Test
    void entitiesOfManyShards_areInOneSession() {
        in(session -> {
            for (var shard : shards()) {
                Customer customer = stored(shard);
                assertThat(session.shardOf(session.find(Customer.class, customer.id)))
                        .isEqualTo(shard);
            }
            assertThat(session.usedShards()).containsExactlyInAnyOrderElementsOf(shards());
        });
    }

    @Test
    void reference_withASilentId_ofNothing_failsAtOnce() {
        reading(session -> assertThatThrownBy(() -> session.getReference(Note.class, -1L))
                .isInstanceOf(EntityNotFoundException.class));
    }
}
