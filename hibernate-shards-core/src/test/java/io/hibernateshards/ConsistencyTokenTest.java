package io.hibernateshards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ConsistencyToken.Position;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistencyTokenTest {
    private static final ShardId EAST = ShardId.of("east");

    private static ConsistencyToken east(String rest) {
        return ConsistencyToken.parse("east." + rest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "east.16b3748",
                "east.16b3748.1",
                "east.16b3748.1.9f3c2a10",
                "east.16b3748.0.9f3c2a10",
                "east.ffffffffffffffff.ffffffff.ffffffff~west.2f0"
            })
    void itsText_isReadAgain(String text) {
        assertThat(ConsistencyToken.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "east",
                "east.",
                ".1",
                "east.x",
                "east.1.",
                "east.1.x",
                "east.1.-1",
                "east.1.100000000",
                "east.1.ffffffffffffffff",
                "east.1.1.",
                "east.1.1.100000000",
                "east.1.1.1.1",
                "east.1~"
            })
    void whatIsNoToken_isRefused_withoutBeingRepeated(String text) {
        assertThatThrownBy(() -> ConsistencyToken.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got " + text.length() + " characters");
    }

    @Test
    void timelineAndCluster_areUnknown_whereTheTextHasNone() {
        assertThat(east("10").at(EAST)).contains(new Position(16, 0, 0));
        assertThat(east("10.2").at(EAST)).contains(new Position(16, 2, 0));
        assertThat(east("10.2.a").at(EAST)).contains(new Position(16, 2, 10));
        assertThat(east("10.2.a").position(EAST)).hasValue(16);
        assertThat(ConsistencyToken.NONE.at(EAST)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10, 20, 20",
        "20.1.a, 10.1.a, 20.1.a",
        "20.1.a, 10.2.a, 10.2.a", // a later timeline has all of the earlier one that is left
        "20, 10.2.a, 20.2.a", // nothing of both is given up
        "10, 20.2.a, 20.2.a",
        "20.0.a, 10.2, 20.2.a"
    })
    void merging_keepsTheLater_eitherWay(String one, String other, String both) {
        assertThat(east(one).merge(east(other))).isEqualTo(east(both));
        assertThat(east(other).merge(east(one))).isEqualTo(east(both));
        assertThat(ConsistencyToken.parse("east." + one + "~east." + other)).isEqualTo(east(both));
    }

    @Test
    void merging_ofDifferentClusters_keepsTheOther() {
        assertThat(east("20.1.a").merge(east("10.1.b"))).isEqualTo(east("10.1.b"));
    }

    @ParameterizedTest
    @CsvSource({
        "10, 10, true",
        "10, 11, false",
        "ffffffffffffffff, 7fffffffffffffff, true",
        "10.1, 10.1, true",
        "10.1, 11.1, false",
        "10.2, 11.1, true",
        "11.1, 10.2, false",
        "11, 10.2, true",
        "10, 11.2, false",
        "11.2, 10, true",
        "10.2, 11, false"
    })
    void timelines_comeBeforeNumbers_whereBothAreKnown(String there, String wanted, boolean included) {
        assertThat(east(there)
                        .at(EAST)
                        .orElseThrow()
                        .includes(east(wanted).at(EAST).orElseThrow()))
                .isEqualTo(included);
    }

    @Test
    void filtering_leavesOutWhatDoesNotMatch() {
        ConsistencyToken token = ConsistencyToken.parse("east.10.1.a~west.20.1.b");
        assertThat(token.filter((shard, position) -> true)).isSameAs(token);
        assertThat(token.filter((shard, position) -> position.cluster() == 10)).isEqualTo(east("10.1.a"));
        assertThat(token).hasToString("east.10.1.a~west.20.1.b");
    }
}
