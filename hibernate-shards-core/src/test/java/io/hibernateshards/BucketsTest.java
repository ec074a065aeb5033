package io.hibernateshards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class BucketsTest {
    @Test
    void setAlgebra() {
        Buckets low = Buckets.range(0, 9);
        Buckets mid = Buckets.range(5, 14);
        assertThat(low.or(mid)).isEqualTo(Buckets.range(0, 14)).hasSameHashCodeAs(Buckets.range(0, 14));
        assertThat(low.and(mid)).isEqualTo(Buckets.range(5, 9));
        assertThat(low.complement()).isEqualTo(Buckets.range(10, 8191));
        assertThat(Buckets.ALL.complement()).isEqualTo(Buckets.NONE);
        assertThat(low).as("operands stay as they were").isEqualTo(Buckets.range(0, 9));
        assertThat(low).isNotEqualTo(mid);
    }

    @Test
    void contains_isFalseForWhatIsNoBucket() {
        assertThat(Buckets.ALL.contains(0)).isTrue();
        assertThat(Buckets.ALL.contains(8191)).isTrue();
        assertThat(Buckets.ALL.contains(-1)).isFalse();
        assertThat(Buckets.ALL.contains(8192)).isFalse();
    }

    @Test
    void next_walksInOrder() {
        Buckets some = Buckets.of(3).or(Buckets.of(8191));
        assertThat(some.next(0)).isEqualTo(3);
        assertThat(some.next(4)).isEqualTo(8191);
        assertThat(some.next(8192)).isEqualTo(-1);
        assertThat(some.toArray()).containsExactly(3, 8191);
        assertThat(some.size()).isEqualTo(2);
    }

    @Test
    void givenBits_areCopied() {
        BitSet bits = new BitSet();
        bits.set(7);
        Buckets buckets = Buckets.of(bits);
        bits.set(8);
        assertThat(buckets).isEqualTo(Buckets.of(7));
    }

    @Test
    void whatIsOutside_isRefused() {
        assertThatThrownBy(() -> Buckets.of(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Buckets.of(8192)).hasMessageContaining("0 to 8191");
        assertThatThrownBy(() -> Buckets.range(5, 4)).hasMessageContaining("5-4");
        BitSet bits = new BitSet();
        bits.set(8192);
        assertThatThrownBy(() -> Buckets.of(bits)).hasMessageContaining("bucket 8192");
    }

    @Test
    void text_isRuns() {
        assertThat(Buckets.range(0, 2047).or(Buckets.of(4096))).hasToString("0-2047,4096");
        assertThat(Buckets.ALL).hasToString("0-8191");
        assertThat(Buckets.NONE).hasToString("none");
    }
}
