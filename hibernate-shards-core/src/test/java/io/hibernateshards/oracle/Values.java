package io.hibernateshards.oracle;

import io.hibernateshards.oracle.RichModel.Colour;
import io.hibernateshards.oracle.RichModel.Fact;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZonedDateTime;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Small sets of values, so that there are ties, with the ends of every type among them. */
final class Values {
    /** Not by code points in any language; the emoji is below U+FF5E in UTF-16 only. */
    static final List<String> TEXTS = List.of(
            "",
            "a",
            "A",
            "b",
            "ab",
            "Ab",
            "aB",
            "ä",
            "Ä",
            "z",
            "Z",
            "ö",
            "o",
            "ss",
            "ß",
            "é",
            "E",
            "co-op",
            "coop",
            "co op",
            "\uFF5E",
            "\uD83D\uDE00",
            "\uD83D\uDE00a",
            "å",
            "_a",
            "a%",
            "10",
            "2",
            "it's");

    static final List<Integer> NUMBERS = List.of(-5, 0, 1, 2, 3, 3, 12, 100);
    static final List<Boolean> FLAGS = List.of(true, false);
    static final List<Long> BIGS =
            List.of(-1L, 0L, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, 9_007_199_254_740_993L, 9_007_199_254_740_992L);
    static final List<Double> RATIOS = List.of(0.25, -3.5, 1000.75, 0.0, 2.0);
    static final List<Double> WILDS = List.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0.0,
            1e300,
            -1e-300,
            Double.MIN_VALUE,
            0.1,
            0.30000000000000004);
    static final List<BigDecimal> PRICES = List.of(
            new BigDecimal("9.99"), new BigDecimal("-1.50"), new BigDecimal("1000000.00"), new BigDecimal("0.00"));
    static final List<BigDecimal> FINES = List.of(
            new BigDecimal("1.1000000000"),
            new BigDecimal("1.1000000001"),
            new BigDecimal("-7"),
            new BigDecimal("1E+15"));
    static final List<BigDecimal> LOOSE =
            List.of(new BigDecimal("2"), new BigDecimal("2.0"), new BigDecimal("2.00"), new BigDecimal("-0.001"));
    static final List<BigInteger> HUGE = List.of(
            BigInteger.ONE.shiftLeft(100),
            BigInteger.TEN,
            BigInteger.ONE.shiftLeft(90).negate());
    static final List<String> CODES = List.of("a", "ab", "AB", "b", "äb", "abc");
    static final List<Character> LETTERS = List.of('a', 'A', 'ä', 'Z', 'b');
    static final List<byte[]> BYTES =
            List.of(new byte[0], new byte[] {1}, new byte[] {-1}, new byte[] {1, 2}, new byte[] {-128});
    static final List<UUID> UUIDS = List.of(
            new UUID(0, 0),
            new UUID(-1, -1),
            new UUID(1, -1),
            new UUID(Long.MIN_VALUE, 5),
            new UUID(Long.MAX_VALUE, 5));
    static final List<LocalDate> DAYS = List.of(
            LocalDate.of(2024, 2, 29),
            LocalDate.of(1582, 10, 15),
            LocalDate.of(3000, 1, 1),
            LocalDate.of(1969, 12, 31));
    static final List<LocalTime> TIMES = List.of(LocalTime.MIDNIGHT, LocalTime.of(23, 59, 59), LocalTime.NOON);
    static final List<LocalDateTime> MOMENTS = List.of(
            LocalDateTime.of(2024, 3, 31, 2, 30),
            LocalDateTime.of(1970, 1, 1, 0, 0),
            LocalDateTime.of(2024, 1, 1, 1, 1));
    static final List<OffsetDateTime> OFFSETS = List.of(
            OffsetDateTime.parse("2024-01-01T00:00:00+14:00"),
            OffsetDateTime.parse("2023-12-31T12:00:00-11:00"),
            OffsetDateTime.parse("2024-01-01T00:00:00Z"),
            OffsetDateTime.parse("2023-12-31T10:00:00Z"));
    static final List<Instant> INSTANTS =
            List.of(Instant.parse("2024-02-29T23:59:59.123456Z"), Instant.EPOCH, Instant.parse("1815-06-18T11:00:00Z"));
    static final List<ZonedDateTime> ZONED = List.of(
            ZonedDateTime.parse("2024-03-31T03:30:00+02:00"),
            ZonedDateTime.parse("2024-03-31T01:30:00Z"),
            ZonedDateTime.parse("1999-12-31T23:59:59Z"));
    static final List<Year> YEARS = List.of(Year.of(1999), Year.of(2024), Year.of(800));
    static final List<Duration> DURATIONS = List.of(
            Duration.ZERO, Duration.ofSeconds(90), Duration.ofHours(-3), Duration.ofMillis(1500), Duration.ofDays(400));
    static final List<Colour> COLOURS = List.of(Colour.values());
    static final List<Currency> CURRENCIES = List.of(Currency.getInstance("EUR"), Currency.getInstance("SEK"));
    static final List<InetAddress> ADDRESSES =
            List.of(inet("10.0.0.9"), inet("10.0.0.10"), inet("9.255.0.1"), inet("::1"));
    static final List<Integer[]> ARRAYS = List.of(
            new Integer[0], new Integer[] {1}, new Integer[] {1, null}, new Integer[] {2, -1}, new Integer[] {10});
    static final List<List<String>> LISTS = List.of(List.of(), List.of("a"), List.of("ä", "b"), List.of("B"));

    /** Equal ones differ in the order of their keys. */
    static final List<Map<String, String>> FACTS = List.of(
            Map.of(),
            Map.of("a", "1"),
            Map.of("a", "ä", "\uD83D\uDE00", "b\"c"),
            Map.of("\uD83D\uDE00", "b\"c", "a", "ä"),
            Map.of("b", ""));

    static final List<Fact> FACT = List.of(
            new Fact("a", 1, List.of()),
            new Fact("A", 1, List.of("x", "y")),
            new Fact("ä", null, null),
            new Fact("", -1, List.of("\u0001", "\uFF5E")));

    private Values() {}

    static <T> T of(Random random, List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    static <T> T nullable(Random random, List<T> values) {
        return random.nextInt(7) == 0 ? null : of(random, values);
    }

    private static InetAddress inet(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(address, e);
        }
    }
}
