package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ConsistencyToken.Position;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FenceTest {
    private final List<String> sent = new ArrayList<>();
    private final Fence fence = new Fence(() -> sent.add("marker"));

    private static Position at(long lsn) {
        return new Position(lsn, 0, 0);
    }

    private void marker(long position, long time) {
        marker(at(position), time);
    }

    private void marker(Position position, long time) {
        long number = fence.next();
        fence.sent(number, position, time);
        fence.arrived(number);
    }

    @Test
    void positions_areCoveredOnceTheMarkerIsBack() {
        assertThat(fence.covers(at(10))).isFalse();
        long number = fence.next();
        fence.sent(number, at(10), 5);
        assertThat(fence.covers(at(10))).isFalse();
        fence.arrived(number);

        assertThat(fence.covers(at(10))).isTrue();
        assertThat(fence.covers(at(9))).isTrue();
        assertThat(fence.coversTime(5)).isTrue();
        assertThat(fence.covers(at(11))).isFalse();
        assertThat(fence.coversTime(6)).isFalse();
        assertThat(sent).as("one at a time").hasSize(2);
    }

    @Test
    void positions_areUnsigned() {
        fence.covers(at(1));
        marker(-1, 0);

        assertThat(fence.covers(at(Long.MAX_VALUE))).isTrue();
    }

    @Test
    void markersOfBefore_sayNothingOnceMessagesWereLost() {
        fence.covers(at(10));
        long number = fence.next();
        fence.sent(number, at(10), 5);
        fence.forget();
        fence.arrived(number);

        assertThat(fence.covers(at(1))).isFalse();
        assertThat(sent).hasSize(2);
    }

    @Test
    void markersThatWereNotSent_areSentAgain() {
        fence.covers(at(10));
        fence.failed(fence.next());
        fence.covers(at(10));

        assertThat(sent).hasSize(2);
    }

    @Test
    void nobodyAsks_nothingIsSent() {
        fence.covers(at(10));
        marker(10, 5);
        sent.clear();
        fence.covers(at(10));
        fence.coversTime(5);

        assertThat(sent).isEmpty();
    }

    @Test
    void positionsThatThePrimaryHasNotReached_publishNothing_andAreNotAskedForAgainAtOnce() {
        assertThat(fence.covers(at(100))).isFalse();
        assertThat(fence.sent(fence.next(), at(10), 5)).isFalse();
        for (int i = 0; i < 1000; i++) {
            assertThat(fence.covers(at(11 + i))).isFalse();
        }
        assertThat(sent).as("but for that of a pause that ended").hasSizeLessThan(5);

        assertThat(fence.covers(at(10))).as("it has been there").isFalse();
        long number = fence.next();
        assertThat(fence.sent(number, at(10), 5)).isTrue();
        fence.arrived(number);
        assertThat(fence.covers(at(10))).isTrue();
    }

    @Test
    void aTimeThatIsWanted_isPublished_whateverPositionIs() {
        fence.covers(at(100));
        fence.coversTime(5);
        assertThat(fence.sent(fence.next(), at(10), 5)).isTrue();
    }

    @Test
    void aPositionOfALaterTimeline_isNotCovered_whateverTheNumbersSay() {
        fence.covers(at(10));
        marker(new Position(100, 1, 0), 5);

        assertThat(fence.covers(new Position(50, 2, 0)))
                .as("the listener is still on the old primary")
                .isFalse();
        assertThat(fence.covers(new Position(50, 1, 0))).isTrue();
        assertThat(fence.covers(at(50))).as("of a token without timelines").isTrue();
        assertThat(fence.sent(fence.next(), new Position(110, 1, 0), 6))
                .as("of a primary that does not know that timeline")
                .isFalse();

        fence.forget();
        fence.covers(new Position(50, 2, 0));
        marker(new Position(60, 2, 0), 7);
        assertThat(fence.covers(new Position(50, 2, 0))).isTrue();
        assertThat(fence.covers(new Position(61, 2, 0))).isFalse();
    }

    @Test
    void aPositionOfAnEarlierTimeline_isCovered_onceTheNewPrimaryIsHeard() {
        fence.covers(at(10));
        marker(new Position(60, 2, 0), 5);

        assertThat(fence.covers(new Position(100, 1, 0)))
                .as("what the failover has kept of it was before")
                .isTrue();
    }
}
