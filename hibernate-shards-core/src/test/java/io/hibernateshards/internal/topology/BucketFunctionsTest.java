package io.hibernateshards.internal.topology;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.Topology;
import io.hibernateshards.docs.EvenOddFunction;
import io.hibernateshards.spi.BucketFunction;
import io.hibernateshards.spi.Catalog;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketFunctionsTest {
    private static final Topology TOPOLOGY = Assignments.topology(1, AssignmentsTest.shards(4), Map.of());

    /** For functions that have no business there. */
    private static final Catalog OUT_OF_REACH = new Catalog() {
        @Override
        public String schema() {
            return "hibernate_shards";
        }

        @Override
        public <T> T inTransaction(Work<T> work) {
            throw new AssertionError("nobody should ask the catalog");
        }
    };

    private static final String NUMBERS = "..0=0-9, 0..100=10-19, 100..1000=20-29,35, 5000..=40-49";

    private static Map<String, BucketFunction> functions(Map<String, String> settings) {
        return BucketFunctions.create(settings, () -> TOPOLOGY, OUT_OF_REACH);
    }

    static BucketFunction function(String kind, Map<String, String> own) {
        Map<String, String> settings = new HashMap<>(Map.of("f", kind));
        own.forEach((name, value) -> settings.put("f." + name, value));
        return requireNonNull(functions(settings).get("f"));
    }

    private static BucketFunction range(String ranges) {
        return function("range", Map.of("ranges", ranges));
    }

    private static int find(BucketFunction function, Object key) {
        return function.find(new Object[] {key});
    }

    @Test
    void hash_isAlwaysThere() {
        assertThat(functions(Map.of())).containsOnlyKeys("hash");
    }

    @Test
    void range_lowerBoundIsIn_upperIsNot() {
        BucketFunction function = range(NUMBERS);
        assertThat(find(function, Long.MIN_VALUE)).isBetween(0, 9);
        assertThat(find(function, -1L)).isBetween(0, 9);
        assertThat(find(function, 0L)).isBetween(10, 19);
        assertThat(find(function, 99L)).isBetween(10, 19);
        assertThat(find(function, 100L)).isIn(20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 35);
        assertThat(find(function, Long.MAX_VALUE)).isBetween(40, 49);
        assertThat(find(function, 7)).as("any integer type").isEqualTo(find(function, 7L));
        assertThat(find(function, (short) 7)).isEqualTo(find(function, 7L));
    }

    @Test
    void range_usesAllBucketsOfARun() {
        BucketFunction function = range(NUMBERS);
        Buckets used = Buckets.NONE;
        for (long key = 100; key < 1000; key++) {
            used = used.or(Buckets.of(find(function, key)));
        }
        assertThat(used).hasToString("20-29,35");
    }

    @Test
    void range_keyInAGap_isNotFound_andNotStored() {
        BucketFunction function = range(NUMBERS);
        assertThat(find(function, 1000L)).isEqualTo(-1);
        assertThat(find(function, 4999L)).isEqualTo(-1);
        assertThatThrownBy(() -> function.bucket(new Object[] {4999L}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no range holds 4999");
        assertThat(function.between(1000L, 4999L)).isEqualTo(Buckets.NONE);
    }

    @Test
    void range_dates() {
        BucketFunction function = range("..2026-01-01=0-9, 2026-01-01..2026-07-01=10-19, 2026-07-01..=20-29");
        assertThat(function.check(List.of(LocalDate.class))).isEmpty();
        assertThat(find(function, LocalDate.of(2025, 12, 31))).isBetween(0, 9);
        assertThat(find(function, LocalDate.of(2026, 1, 1))).isBetween(10, 19);
        assertThat(find(function, LocalDate.of(2026, 7, 1))).isBetween(20, 29);
        assertThat(function.between(LocalDate.of(2026, 2, 1), LocalDate.of(2026, 6, 30)))
                .isEqualTo(Buckets.range(10, 19));
        assertThat(function.check(List.of(Long.class))).hasValueSatisfying(problem -> assertThat(problem)
                .contains("the bound \"2026-01-01\" is no whole number"));
    }

    @Test
    void range_text_isInTheOrderOfCodePoints_notOfUtf16() {
        // U+F8FF is private use and a higher char than the surrogates of an emoji, yet a lower code point
        BucketFunction function = range("..a=0-9, a..\uF8FF=10-19, \uF8FF..\uD83D\uDE00=20-29, \uD83D\uDE00..=30-39");
        assertThat(function.check(List.of(String.class))).isEmpty();
        assertThat(find(function, "")).isBetween(0, 9);
        assertThat(find(function, "Z")).isBetween(0, 9);
        assertThat(find(function, "a")).isBetween(10, 19);
        assertThat(find(function, "\u00fc")).isBetween(10, 19);
        assertThat(find(function, "\uF8FF")).isBetween(20, 29);
        assertThat(find(function, "\uD83D\uDDFF")).as("one emoji before").isBetween(20, 29);
        assertThat(find(function, "\uD83D\uDE00")).isBetween(30, 39);
        assertThat(find(function, "\uD83D\uDE00!")).isBetween(30, 39);
    }

    @Test
    void range_spanOfText_narrowsOnlyIfTheColumnIsSortedByCodePoints() {
        String ranges = "..a=0-9, a..m=10-19, m..=20-29";
        assertThat(range(ranges).between("b", "c"))
                .as("in en_US \"B\" lies between them, in another range")
                .isEqualTo(Buckets.ALL);
        BucketFunction promised = function("range", Map.of("ranges", ranges, "collation", "C"));
        assertThat(promised.between("b", "c")).isEqualTo(Buckets.range(10, 19));
        assertThat(promised.between("b", null)).isEqualTo(Buckets.range(10, 29));
    }

    @Test
    void range_between_holdsTheBucketOfEveryKeyBetween() {
        BucketFunction numbers = range(NUMBERS);
        BucketFunction texts = function(
                "range",
                Map.of("collation", "C", "ranges", "..b=0-9, b..e=10-19, f..\uD83D\uDE00=20-29, \uD83D\uDE00..=30"));
        Random random = new Random(42);
        int narrowed = 0;
        for (int i = 0; i < 20_000; i++) {
            long[] n = random.longs(3, -500, 6000).sorted().toArray();
            Buckets some = numbers.between(n[0], n[2]);
            narrowed += some.size() < 41 ? 1 : 0;
            assertHolds(some, find(numbers, n[1]), n[0] + " <= " + n[1] + " <= " + n[2]);
            assertHolds(numbers.between(n[1], n[1]), find(numbers, n[1]), "= " + n[1]);
            assertHolds(numbers.between(null, n[2]), find(numbers, n[1]), n[1] + " <= " + n[2]);
            assertHolds(numbers.between(n[0], null), find(numbers, n[1]), n[0] + " <= " + n[1]);

            List<String> t = random.ints(3, 0, 400)
                    .mapToObj(BucketFunctionsTest::text)
                    .sorted((a, b) -> Arrays.compare(
                            a.codePoints().toArray(), b.codePoints().toArray()))
                    .toList();
            Buckets ofText = texts.between(t.get(0), t.get(2));
            narrowed += ofText.size() < 31 ? 1 : 0;
            assertHolds(ofText, find(texts, t.get(1)), t.toString());
        }
        assertThat(narrowed).isGreaterThan(10_000);
    }

    private static String text(int number) {
        String alphabet = "abcdefgh\u00fc\uF8FF";
        String first = number % 11 == 10 ? "\uD83D\uDE00" : alphabet.substring(number % 11, number % 11 + 1);
        return number < 40 ? first : first + text(number / 11 % 11);
    }

    private static void assertHolds(Buckets buckets, int bucket, String what) {
        if (bucket >= 0 && !buckets.contains(bucket)) {
            throw new AssertionError(what + ": bucket " + bucket + " is not in " + buckets);
        }
    }

    @Test
    void range_between_cannotNarrowWhatItCannotCompare() {
        BucketFunction function = range(NUMBERS);
        assertThat(function.between(null, null)).isEqualTo(Buckets.ALL);
        assertThat(function.between(Double.NaN, null)).isEqualTo(Buckets.ALL);
        assertThat(function.between(1L, "x")).isEqualTo(Buckets.ALL);
        assertThat(function.between(1L, 99)).as("integers of two types").isEqualTo(Buckets.range(10, 19));
    }

    @Test
    void range_thatContradictsItself_isRefusedAtStart() {
        assertRefused("0..10=0, 9..20=1", "the ranges 0..10 and 9..20 overlap");
        assertRefused("..10=0, ..20=1", "the ranges ..10 and ..20 overlap");
        assertRefused("..=0, 5..=1", "the ranges .. and 5.. overlap");
        assertRefused("5..=0, 5..9=1", "the ranges 5.. and 5..9 overlap");
        assertRefused("5..9=0, 5..7=1", "the ranges 5..9 and 5..7 overlap");
        assertRefused("0..9=0, 9..5=0", "the range 9..5 is empty");
        assertRefused("b..a=0", "the range b..a is empty");
        assertRefused("2026-02-01..2026-01-01=0", "the range 2026-02-01..2026-01-01 is empty");
    }

    private static void assertRefused(String ranges, String message) {
        assertThatThrownBy(() -> range(ranges))
                .hasMessageStartingWith("hibernate.shards.function.f: ranges: ")
                .hasMessageContaining(message);
    }

    @Test
    void range_thatIsNoneForSomeKeys_isRefusedOnlyForThem() {
        assertThat(range("9..10=0, 10..11=1").check(List.of(Long.class))).isEmpty();
        assertThat(range("9..10=0").check(List.of(String.class)))
                .as("as text, 9 comes after 10")
                .hasValueSatisfying(problem -> assertThat(problem).isEqualTo("the range 9..10 is empty"));
        assertThat(range("10..9=0").check(List.of(Long.class))).hasValue("the range 10..9 is empty");
        assertThat(range("a..b=0").check(List.of(Long.class)))
                .hasValueSatisfying(problem -> assertThat(problem).contains("the bound \"a\" is no whole number"));
        assertThat(range("2026-01-01..2026-02-01=0").check(List.of(LocalDate.class)))
                .isEmpty();
        assertThat(range("2026-01-01..2026-02-30=0").check(List.of(LocalDate.class)))
                .hasValueSatisfying(problem -> assertThat(problem).contains("\"2026-02-30\" is no date"));
    }

    @Test
    void range_ofOtherKeys_isRefusedAtStart() {
        assertThat(range(NUMBERS).check(List.of(Long.class, Long.class))).isPresent();
        assertThat(range(NUMBERS).check(List.of(Double.class)))
                .hasValueSatisfying(problem -> assertThat(problem).contains("java.lang.Double"));
    }

    @Test
    void list_listedValues_goToTheirRuns_othersToTheDefault() {
        BucketFunction function =
                function("list", Map.of("values", "DE|AT | CH=0-99, FR=100-199,250", "default", "300-399"));
        for (String value : List.of("DE", "AT", "CH")) {
            assertThat(find(function, value)).isBetween(0, 99);
        }
        assertThat(find(function, "FR")).isBetween(100, 250);
        assertThat(find(function, "JP")).isBetween(300, 399);
    }

    @Test
    void list_unlistedWithoutDefault_isNotFound_andNotStored() {
        BucketFunction function = function("list", Map.of("values", "DE=0-99"));
        assertThat(find(function, "FR")).isEqualTo(-1);
        assertThatThrownBy(() -> function.bucket(new Object[] {"FR"}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"FR\" is not in [DE]; add it to the values, or set a default");
    }

    @Test
    void list_firstOfSeveralAttributes_decidesTheRun_andTheWholeKeyTheBucket() {
        BucketFunction function = function("list", Map.of("values", "DE=0-99, FR=100-199"));
        Buckets used = Buckets.NONE;
        for (long customer = 0; customer < 5_000; customer++) {
            used = used.or(Buckets.of(function.bucket(new Object[] {"FR", customer})));
        }
        assertThat(used).isEqualTo(Buckets.range(100, 199));
    }

    @Test
    void manyBucketsOfOneValue_shareItsKeysEvenly() {
        BucketFunction function = function("list", Map.of("values", "DE=0-4999"));
        int lower = 0;
        for (long customer = 0; customer < 500_000; customer++) {
            lower += function.bucket(new Object[] {"DE", customer}) < 2500 ? 1 : 0;
        }
        assertThat(lower).isBetween(248_000, 252_000);
    }

    @Test
    void usersClass_isUsedLikeTheOthers() {
        BucketFunction function = function(EvenOddFunction.class.getName(), Map.of());
        assertThat(function.check(List.of(Long.class))).isEmpty();
        assertThat(function.check(List.of(String.class))).isPresent();
        for (long key : new long[] {0, 1, 2, -1, -2, Long.MIN_VALUE, Long.MAX_VALUE}) {
            int bucket = function.bucket(new Object[] {key});
            assertThat(bucket).isBetween((key & 1) == 0 ? 0 : 4096, (key & 1) == 0 ? 4095 : 8191);
            assertThat(find(function, key)).isEqualTo(bucket);
        }
        assertThat(function.between(1L, 2L)).isEqualTo(Buckets.ALL);
    }

    /** Its constructor is what users forget. */
    public static final class NoConstructor implements BucketFunction {
        public NoConstructor(String unused) {
            assertThat(unused).isNotNull();
        }

        @Override
        public Optional<String> check(List<Class<?>> types) {
            return Optional.empty();
        }

        @Override
        public int bucket(Object[] key) {
            return 0;
        }
    }

    @Test
    void misconfiguration_isToldAllAtOnce_withTheSettingsNames() {
        Map<String, String> settings = new HashMap<>();
        settings.put("a", "hashh");
        settings.put("b", "range");
        settings.put("c", "range");
        settings.put("c.ranges", "5=1, 7..8=x, 9..10=");
        settings.put("c.collation", "de_DE");
        settings.put("d", "list");
        settings.put("e", "list");
        settings.put("e.values", "DE=0-99, FR=9000, DE=5");
        settings.put("e.default", "");
        settings.put("e.defualt", "5");
        settings.put("f", "directory");
        settings.put("f.unknown", "guess");
        settings.put("f.cache-size", "-1");
        settings.put("g", NoConstructor.class.getName());
        settings.put("h", "java.lang.String");
        settings.put("hash", "list");
        settings.put("i", "id");
        settings.put("i.style", "SNOWFLAKE");
        settings.put("typo.values", "DE=1");
        assertThatThrownBy(() -> functions(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "hibernate.shards.function.a: \"hashh\" is none of hash, id, range, list, directory")
                .hasMessageContaining("hibernate.shards.function.b: ranges is missing")
                .hasMessageContaining("\"5\" is no range such as 100..200")
                .hasMessageContaining("7..8: \"x\" is no bucket")
                .hasMessageContaining("9..10: names no bucket")
                .hasMessageContaining("collation = de_DE: leave it out, or say C")
                .hasMessageContaining("hibernate.shards.function.d: values is missing")
                .hasMessageContaining("FR: buckets 9000-9000: they run from 0 to 8191")
                .hasMessageContaining("\"DE\" is listed twice")
                .hasMessageContaining("default: names no bucket")
                .hasMessageContaining("there is no setting \"defualt\"; there are [default, values]")
                .hasMessageContaining("unknown = guess: use assign or refuse")
                .hasMessageContaining("cache-size = -1: use a whole number")
                .hasMessageContaining("NoConstructor must implement BucketFunction and have a public constructor")
                .hasMessageContaining("hibernate.shards.function.h: java.lang.String must implement BucketFunction")
                .hasMessageContaining("hibernate.shards.function.hash: \"hash\" always means the one that ships")
                .hasMessageContaining("hibernate.shards.function.i: style = SNOWFLAKE: use one of [TIME_BUCKET")
                .hasMessageContaining("hibernate.shards.function.typo.values: there is no function \"typo\"")
                .satisfies(e -> assertThat(e.toString().lines()).hasSize(18));
    }
}
