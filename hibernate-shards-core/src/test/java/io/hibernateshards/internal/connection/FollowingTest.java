package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FollowingTest {
    private static Seen standby(long position) {
        return new Seen(0, 1, 1, true, position, 0);
    }

    @Test
    void aStandbyThatWasBehind_followsOnceItComesToWhereThePrimaryWas() {
        Following following = Following.start(standby(90)).primaryAt(100, standby(90));
        assertThat(following.confirmed()).isFalse();
        assertThat(following.standbyAt(99).confirmed()).isFalse();
        assertThat(following.standbyAt(100).confirmed()).isTrue();
    }

    @Test
    void aStandbyThatIsLevel_follows() {
        assertThat(Following.start(standby(100)).primaryAt(100, standby(100)).confirmed())
                .isTrue();
    }

    /** It was ahead of the one that was promoted: its own positions up to 120 are of commits that are lost. */
    @Test
    void aStandbyThatIsAhead_neverFollows() {
        Following ahead = Following.start(standby(120)).primaryAt(105, standby(120));
        assertThat(ahead.standbyAt(120).confirmed()).isFalse();
        Following overtaken = ahead.primaryAt(130, standby(120));
        assertThat(overtaken.standbyAt(120).confirmed()).isFalse();
    }

    @Test
    void whatHasBeenConfirmed_stays() {
        Following following =
                Following.start(standby(100)).primaryAt(100, standby(100)).primaryAt(500, standby(100));
        assertThat(following.confirmed()).isTrue();
    }
}
