package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.IdStyle;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdBitsTest {
    @Test
    void everyBucket_isReadBackFromEveryStyleThatCarriesIt() {
        for (int bucket = 0; bucket < 8192; bucket++) {
            assertThat(IdBits.bucket(
                            IdStyle.TIME_BUCKET, IdBits.timeBucket(IdBits.MAX_TIME_BUCKET_MILLIS, bucket, 31, 31)))
                    .isEqualTo(bucket);
            assertThat(IdBits.bucket(IdStyle.SEQUENCE, IdBits.sequence(IdBits.MAX_SEQUENCE, bucket)))
                    .isEqualTo(bucket);
            assertThat(IdBits.bucket(IdStyle.UUID_V7, IdBits.uuidV7(1L << 47, 4095, bucket, -1L)))
                    .isEqualTo(bucket);
        }
    }

    @Test
    void longs_arePositiveToTheLast_andOrderedByTimeFirst() {
        assertThat(IdBits.timeBucket(IdBits.MAX_TIME_BUCKET_MILLIS, 8191, 31, 31))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(IdBits.snowflake(IdBits.MAX_SNOWFLAKE_MILLIS, 1023, 4095)).isEqualTo(Long.MAX_VALUE);
        assertThat(IdBits.sequence(IdBits.MAX_SEQUENCE, 8191)).isEqualTo(Long.MAX_VALUE);
        assertThat(IdBits.timeBucket(8, 0, 0, 0)).isGreaterThan(IdBits.timeBucket(7, 8191, 31, 31));
    }

    @Test
    void uuid_isOfVersion7_andHasTheTimeInFront() {
        UUID id = IdBits.uuidV7(0x0191_2345_6789L, 5, 7, 9);
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.toString()).startsWith("01912345-6789-7005-");
    }

    @Test
    void snowflake_carriesNone() {
        assertThatThrownBy(() -> IdBits.bucket(IdStyle.SNOWFLAKE, 1L)).isInstanceOf(IllegalArgumentException.class);
    }
}
