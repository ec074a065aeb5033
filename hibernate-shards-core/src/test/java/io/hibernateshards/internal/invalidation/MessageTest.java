package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hibernate.cache.internal.CacheKeyImplementation;
import org.junit.jupiter.api.Test;

/** What a receiver makes of what a sender has collected. */
class MessageTest {
    private static final ShardId SHARD = ShardId.of("east");

    private final List<Object> done = new ArrayList<>();
    private final LocalCache cache = new LocalCache() {
        @Override
        public void invalidate(String region, Object key) {
            done.add(region + " " + key);
        }

        @Override
        public void clear(String region) {
            done.add("clear " + region);
        }

        @Override
        public void clear() {
            done.add("clear");
        }

        @Override
        public void tablesChanged(List<String> tables) {
            done.add(tables);
        }
    };
    private final Changes changes = new Changes(SHARD);

    private static Object key(Object id) {
        return new CacheKeyImplementation(id, "Note", "east", 31 * id.hashCode() + "east".hashCode());
    }

    private List<String> send(int longest) {
        List<String> messages = changes.messages("me", longest);
        messages.forEach(message -> Message.apply(message, SHARD, "you", "you", cache, number -> done.add(number)));
        return messages;
    }

    @Test
    void changes_areDoneElsewhere() {
        changes.key("notes", key(1L));
        changes.key("notes", key(1L));
        changes.key("other notes, of §", key("a b"));
        changes.region("all");
        changes.tables(new String[] {"note", "line"});

        assertThat(send(7900)).hasSize(1);
        assertThat(done)
                .containsExactlyInAnyOrder(
                        "clear all", "notes Note#1", "other notes, of § Note#a b", List.of("note"), List.of("line"));
    }

    @Test
    void keysThatAreMade_areEqual() {
        Object key = key(4711L);
        KeyText text = Objects.requireNonNull(KeyText.of(key, SHARD));

        assertThat(new KeyText(text.role(), text.id()).key(SHARD))
                .isEqualTo(key)
                .hasSameHashCodeAs(key);
    }

    @Test
    void manyChanges_areSeveralMessages_noneTooLong() {
        for (long id = 0; id < 10_000; id++) {
            changes.key("notes", key(id));
        }
        changes.tables(new String[] {"note"});

        List<String> messages = send(7900);
        assertThat(messages).hasSizeBetween(5, 12).allSatisfy(message -> assertThat(message)
                .hasSizeLessThanOrEqualTo(7900)
                .startsWith("me "));
        assertThat(done).hasSize(10_001).contains("notes Note#0", "notes Note#9999", List.of("note"));
    }

    @Test
    void farTooMany_areTheRegion() {
        for (long id = 0; id < 50_000; id++) {
            changes.key("notes", key(id));
        }
        changes.key("others", key(1L));

        send(7900);
        assertThat(done).containsExactlyInAnyOrder("clear notes", "others Note#1");
    }

    @Test
    void keysThatCannotBeTold_areTheRegion() {
        changes.key("notes", key(1L));
        changes.key("notes", key(DayOfWeek.MONDAY));
        changes.key("long", key("x".repeat(5000)));
        changes.key("hashed", new CacheKeyImplementation(1L, "Note", "east", 42));
        changes.key("elsewhere", new CacheKeyImplementation(1L, "Note", "west", key(1L).hashCode()));
        changes.key("own", "a key of another factory");

        send(7900);
        assertThat(done)
                .containsExactlyInAnyOrder("clear notes", "clear long", "clear hashed", "clear elsewhere", "clear own");
    }

    @Test
    void ownMessages_areIgnored_butForMarkersAndWhatNobodyKnows() {
        changes.key("notes", key(1L));
        changes.region("all");
        changes.tables(new String[] {"note"});
        changes.messages("me", 7900)
                .forEach(message -> Message.apply(message, SHARD, "me", "me", cache, number -> done.add(number)));
        assertThat(done).isEmpty();

        Message.apply(Message.marker("me", 17), SHARD, "me", "me", cache, number -> done.add(number));
        Message.apply(Message.marker("you", 18), SHARD, "me", "me", cache, number -> done.add(number));
        Message.apply(Message.all("me"), SHARD, "me", "me", cache, number -> done.add(number));
        assertThat(done).containsExactly(17L, "clear");
    }
}
