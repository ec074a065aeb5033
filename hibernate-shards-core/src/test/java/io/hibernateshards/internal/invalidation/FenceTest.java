package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FenceTest {
    private final List<String> sent = new ArrayList<>();
    private final Fence fence = new Fence(() -> sent.add("marker"));

    private void marker(long position, long time) {
        long number = fence.next();
        fence.sent(number, position, time);
        fence.arrived(number);
    }

    @Test
    void positions_areCoveredOnceTheMarkerIsBack() {
        assertThat(fence.covers(10)).isFalse();
        long number = fence.next();
        fence.sent(number, 10, 5);
        assertThat(fence.covers(10)).isFalse();
        fence.arrived(number);

        assertThat(fence.covers(10)).isTrue();
        assertThat(fence.covers(9)).isTrue();
        assertThat(fence.coversTime(5)).isTrue();
        assertThat(fence.covers(11)).isFalse();
        assertThat(fence.coversTime(6)).isFalse();
        assertThat(sent).as("one at a time").hasSize(2);
    }

    @Test
    void positions_areUnsigned() {
        fence.covers(1);
        marker(-1, 0);

        assertThat(fence.covers(Long.MAX_VALUE)).isTrue();
    }

    @Test
    void markersOfBefore_sayNothingOnceMessagesWereLost() {
        fence.covers(10);
        long number = fence.next();
        fence.sent(number, 10, 5);
        fence.forget();
        fence.arrived(number);

        assertThat(fence.covers(1)).isFalse();
        assertThat(sent).hasSize(2);
    }

    @Test
    void markersThatWereNotSent_areSentAgain() {
        fence.covers(10);
        fence.failed(fence.next());
        fence.covers(10);

        assertThat(sent).hasSize(2);
    }

    @Test
    void nobodyAsks_nothingIsSent() {
        fence.covers(10);
        marker(10, 5);
        sent.clear();
        fence.covers(10);
        fence.coversTime(5);

        assertThat(sent).isEmpty();
    }

    @Test
    void positionsThatThePrimaryHasNotReached_publishNothing_andAreNotAskedForAgainAtOnce() {
        assertThat(fence.covers(100)).isFalse();
        assertThat(fence.sent(fence.next(), 10, 5)).isFalse();
        for (int i = 0; i < 1000; i++) {
            assertThat(fence.covers(11 + i)).isFalse();
        }
        assertThat(sent).as("but for that of a pause that ended").hasSizeLessThan(5);

        assertThat(fence.covers(10)).as("it has been there").isFalse();
        long number = fence.next();
        assertThat(fence.sent(number, 10, 5)).isTrue();
        fence.arrived(number);
        assertThat(fence.covers(10)).isTrue();
    }

    @Test
    void aTimeThatIsWanted_isPublished_whateverPositionIs() {
        fence.covers(100);
        fence.coversTime(5);
        assertThat(fence.sent(fence.next(), 10, 5)).isTrue();
    }
}
