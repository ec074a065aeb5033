package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JVM that disappears without a farewell may have changed what it did not publish. */
class PresenceTest {
    private static final String CHANNEL = NotifyBus.channel("\"hibernate_shards\"", ShardId.of("shard0"));

    private final Presence presence = new Presence(CHANNEL, "me");
    private final Presence other = new Presence(CHANNEL, "other");
    private final String me = presence.applicationName();
    private final String them = other.applicationName();

    @Test
    void aJvmThatIsMissedAgainAndAgain_isLostOnce() {
        assertThat(presence.hasLost(List.of(me, them), 10, 10)).isFalse();
        assertThat(presence.hasLost(List.of(me), 20, 20)).isFalse();
        assertThat(presence.hasLost(List.of(me), 21, 21)).isFalse();
        assertThat(presence.hasLost(List.of(me), 22, 22)).isTrue();
        assertThat(presence.hasLost(List.of(me), 23, 23)).isFalse();
    }

    @Test
    void aJvmThatComesBack_isNotLost() {
        presence.hasLost(List.of(me, them), 10, 10);
        presence.hasLost(List.of(me), 20, 20);
        presence.hasLost(List.of(me), 21, 21);
        for (int i = 22; i < 30; i++) {
            assertThat(presence.hasLost(List.of(me, them), i, i)).isFalse();
        }
    }

    @Test
    void aFarewell_isRemembered_whileTheConnectionIsStillSeen() {
        presence.hasLost(List.of(me, them), 10, 10);
        assertThat(presence.isFarewell(other.farewell())).isTrue();
        presence.hasLost(List.of(me, them), 11, 11);
        for (int i = 12; i < 20; i++) {
            assertThat(presence.hasLost(List.of(me), i, i)).isFalse();
        }
    }

    @Test
    void aTransactionThatOutlivesItsJvm_makesItLostAgainAtItsEnd() {
        presence.hasLost(List.of(me, them), 10, 10);
        presence.hasLost(List.of(me), 15, 20);
        presence.hasLost(List.of(me), 15, 21);
        assertThat(presence.hasLost(List.of(me), 15, 22)).isTrue();
        assertThat(presence.hasLost(List.of(me), 15, 30)).isFalse();
        assertThat(presence.hasLost(List.of(me), 20, 40)).isTrue();
        assertThat(presence.hasLost(List.of(me), 40, 40)).isFalse();
    }

    @Test
    void messages_areNoFarewells() {
        assertThat(presence.isFarewell(Message.all("other"))).isFalse();
    }

    @Test
    void names_fitIntoPostgresNames() {
        assertThat(new Presence(CHANNEL, Long.toString(Long.MAX_VALUE, 36)).applicationName())
                .hasSizeLessThan(64);
    }
}
