package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Year;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdTextTest {
    static List<Object> values() {
        return List.of(
                Long.MIN_VALUE,
                -1,
                (short) 7,
                (byte) -7,
                true,
                ';',
                "",
                " a;b(c)_%+é\u0000😀'\"?",
                new UUID(1, -1),
                BigInteger.ONE.shiftLeft(100),
                new BigDecimal("-1.500"),
                LocalDate.MIN,
                LocalTime.of(1, 2, 3, 4),
                LocalDateTime.of(2024, 2, 29, 0, 0),
                Instant.ofEpochSecond(-1, 999_999_999));
    }

    @ParameterizedTest
    @MethodSource("values")
    void values_areReadAsTheyWere(Object value) {
        String text = IdText.of(value);

        assertThat(text).isNotNull().matches("[A-Za-z0-9.\\-_*+%;()]*");
        assertThat(IdText.read(String.valueOf(text))).isEqualTo(value).hasSameClassAs(value);
    }

    @Test
    void composites_areReadAsTheyWere() {
        Object[] composite = {1L, "a;b", null, new Object[] {new Object[0], 2}, "c"};

        assertThat(IdText.read(String.valueOf(IdText.of(composite))))
                .isInstanceOfSatisfying(Object[].class, read -> assertThat(Arrays.deepEquals(read, composite))
                        .isTrue());
    }

    @Test
    void noId_isRead() {
        assertThat(IdText.read(String.valueOf(IdText.of(null)))).isNull();
    }

    static List<Object> others() {
        return List.of(DayOfWeek.MONDAY, Year.of(2024), new byte[] {1}, new Object());
    }

    @ParameterizedTest
    @MethodSource("others")
    void valuesWhoseTextDoesNotSayAll_haveNone(Object value) {
        @Nullable String text = IdText.of(value);

        assertThat(text).isNull();
        assertThat(IdText.of(new Object[] {1, new Object[] {value}})).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "L", "Lx", "L1;", "?1", "(L1;", "(L1)", "U1", "__"})
    void otherTexts_areRefused(String text) {
        assertThatThrownBy(() -> IdText.read(text)).isInstanceOf(RuntimeException.class);
    }
}
