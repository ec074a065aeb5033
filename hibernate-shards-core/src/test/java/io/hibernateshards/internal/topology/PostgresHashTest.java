package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spi.BucketFunction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The server is asked for the bucket of every value, by the very expression that guards its tables. */
class PostgresHashTest {
    private static final int VALUES = 100_000;
    private static LocalCluster cluster;
    private static Connection connection;

    private final Random random = new Random(42);

    @BeforeAll
    static void connect() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 1);
        connection = cluster.shards().get(0).connect();
    }

    @AfterAll
    static void disconnect() throws SQLException {
        connection.close();
        cluster.close();
    }

    @Test
    @Tag("smoke")
    void hash_ofLongs_isThatOfTheServer() throws SQLException {
        List<Long> values = values(i -> random.nextLong() >> random.nextInt(64));
        values.addAll(List.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, -(1L << 32)));
        compare(new HashFunction(), Long.class, "bigint", values);
    }

    @Test
    void hash_ofIntegers_isThatOfTheServer() throws SQLException {
        List<Integer> values = values(i -> random.nextInt() >> random.nextInt(32));
        values.addAll(List.of(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE));
        compare(new HashFunction(), Integer.class, "int", values);
    }

    @Test
    void hash_ofShorts_isThatOfTheServer() throws SQLException {
        compare(new HashFunction(), Short.class, "smallint", values(i -> (short) random.nextInt()));
    }

    @Test
    void hash_ofUuids_isThatOfTheServer() throws SQLException {
        compare(new HashFunction(), UUID.class, "uuid", values(i -> new UUID(random.nextLong(), random.nextLong())));
    }

    @Test
    @Tag("smoke")
    void hash_ofTexts_isThatOfTheServer() throws SQLException {
        List<String> values = values(i -> text());
        values.addAll(List.of("", "a", " ", "Å", "日本語", "😀", "a😀b", "ß", "\t\n", "x".repeat(10_000)));
        compare(new HashFunction(), String.class, "text", values);
    }

    @Test
    void hash_ofTwoColumns_isThatOfTheServer() throws SQLException {
        compare(new HashFunction(), List.of(String.class, Long.class), List.of("text", "bigint"), values(i ->
                new Object[] {text(), random.nextLong()}));
    }

    @Test
    void hash_ofThreeColumns_isThatOfTheServer() throws SQLException {
        compare(
                new HashFunction(),
                List.of(UUID.class, Integer.class, String.class),
                List.of("uuid", "int", "text"),
                values(i -> new Object[] {new UUID(random.nextLong(), i), random.nextInt(), text()}));
    }

    @Test
    void hash_ofTextInAColumnThatIgnoresCase_isStillThatOfItsBytes() throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("create collation ignoring_case (provider = icu, deterministic = false,"
                    + " locale = 'und-u-ks-level2')");
        }
        String sql = new HashFunction().sql(List.of("v"), List.of(String.class)).orElseThrow();
        try (var statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select " + sql + " from (select 'Ab' collate ignoring_case as v)")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(new HashFunction().bucket(new Object[] {"Ab"}));
        }
    }

    @Test
    void hash_inANumericColumn_isStillThatOfTheInteger() throws SQLException {
        compare(new HashFunction(), Long.class, "numeric", values(i -> random.nextLong()));
        compare(new HashFunction(), List.of(Long.class, Integer.class), List.of("numeric", "smallint"), values(i ->
                new Object[] {random.nextLong(), random.nextInt(30_000)}));
    }

    @Test
    void id_ofEveryStyle_isThatOfTheServer() throws SQLException {
        compare(new IdFunction(IdStyle.TIME_BUCKET), Long.class, "bigint", values(i -> random.nextLong()));
        compare(new IdFunction(IdStyle.SEQUENCE), Long.class, "bigint", values(i -> random.nextLong()));
        compare(
                new IdFunction(IdStyle.UUID_V7),
                UUID.class,
                "uuid",
                values(i -> IdBits.uuidV7(
                        random.nextLong() >>> 16, random.nextInt(4096), random.nextInt(8192), random.nextLong())));
    }

    @Test
    void range_ofEveryKindOfKey_isThatOfTheServer() throws SQLException {
        BucketFunction numbers =
                BucketFunctionsTest.function("range", Map.of("ranges", "..-5=0-99, 10..20=7, 20..=100-150,900"));
        compare(numbers, Long.class, "bigint", values(i -> random.nextLong() >> random.nextInt(64)));
        BucketFunction dates =
                BucketFunctionsTest.function("range", Map.of("ranges", "..2000-01-01=0-99, 2001-01-01..=100-7000"));
        compare(dates, LocalDate.class, "date", values(i -> LocalDate.ofEpochDay(random.nextInt(40_000) - 5_000)));
        BucketFunction texts =
                BucketFunctionsTest.function("range", Map.of("ranges", "..O'=0-99, a..\uFFFD=100-199, \uFFFD..=200"));
        compare(texts, String.class, "text", values(i -> text()));
    }

    @Test
    void list_isThatOfTheServer() throws SQLException {
        BucketFunction named =
                BucketFunctionsTest.function("list", Map.of("values", "DE|AT=0-4999, C'H=5000-5009,6000, 7=1"));
        List<Object> names = List.of("DE", "AT", "C'H", "7", "de", "", "FR");
        compare(named, List.of(String.class, Long.class), List.of("text", "bigint"), values(i ->
                new Object[] {names.get(random.nextInt(names.size())), random.nextLong()}));
        compare(named, Integer.class, "int", values(i -> random.nextInt(20)));
        BucketFunction others = BucketFunctionsTest.function("list", Map.of("values", "DE=0-9", "default", "10-8191"));
        compare(others, String.class, "text", values(i -> text()));
    }

    private static <T> List<T> values(Function<Integer, T> next) {
        return IntStream.range(0, VALUES).boxed().map(next).collect(Collectors.toCollection(ArrayList::new));
    }

    private String text() {
        int length = random.nextInt(40);
        int[] points = random.ints(length, 1, 0x2_0000)
                .map(point -> random.nextBoolean() ? point % 127 + 1 : point)
                .map(point -> Character.isSurrogate((char) point) && point < 0x1_0000 ? 'x' : point)
                .toArray();
        return new String(points, 0, points.length);
    }

    private static void compare(BucketFunction function, Class<?> type, String sqlType, List<?> values)
            throws SQLException {
        compare(
                function,
                List.of(type),
                List.of(sqlType),
                values.stream().map(value -> new Object[] {value}).toList());
    }

    private static void compare(
            BucketFunction function, List<Class<?>> types, List<String> sqlTypes, List<Object[]> keys)
            throws SQLException {
        assertThat(function.check(types)).isEmpty();
        List<String> columns =
                IntStream.range(0, types.size()).mapToObj(i -> "c" + i).toList();
        String expression = function.sql(columns, types).orElseThrow();
        String arrays = sqlTypes.stream().map(type -> "?::" + type + "[]").collect(Collectors.joining(", "));
        String sql = "select " + expression + " from unnest(" + arrays + ") with ordinality u("
                + String.join(", ", columns) + ", n) order by n";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < types.size(); i++) {
                int column = i;
                Object[] values = keys.stream().map(key -> key[column]).toArray();
                select.setArray(i + 1, connection.createArrayOf(sqlTypes.get(i), values));
            }
            try (ResultSet rows = select.executeQuery()) {
                int compared = 0;
                while (rows.next()) {
                    Object[] key = keys.get(compared++);
                    int bucket = function.find(key);
                    if (bucket != rows.getInt(1)) { // 100000 descriptions would take longer than the comparison
                        assertThat(bucket).as(Arrays.toString(key)).isEqualTo(rows.getInt(1));
                    }
                }
                assertThat(compared).isEqualTo(keys.size()).isGreaterThanOrEqualTo(VALUES);
            }
        }
    }
}
