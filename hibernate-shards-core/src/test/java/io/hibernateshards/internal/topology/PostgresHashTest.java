package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spi.BucketFunction;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
    void hash_ofSeveralColumns_isThatOfTheServer() throws SQLException {
        List<Object[]> keys = values(i -> new Object[] {text(), random.nextLong(), new UUID(random.nextLong(), i)});
        compareColumns(keys, List.of("text", "bigint", "uuid"));
        compareColumns(keys.stream().map(key -> new Object[] {key[1], key[0]}).toList(), List.of("bigint", "text"));
    }

    @Test
    void id_ofEveryStyle_isThatOfTheServer() throws SQLException {
        compare(new IdFunction(IdStyle.TIME_BUCKET), Long.class, "bigint", values(i -> random.nextLong() >>> 1));
        compare(new IdFunction(IdStyle.SEQUENCE), Long.class, "bigint", values(i -> random.nextLong() >>> 1));
        compare(
                new IdFunction(IdStyle.UUID_V7),
                UUID.class,
                "uuid",
                values(i -> new UUID(random.nextLong(), random.nextLong() >>> 2 | Long.MIN_VALUE)));
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
        String expression = function.sql(List.of("v"), List.of(type)).orElseThrow();
        String sql = "select " + expression + " from unnest(?::" + sqlType + "[]) with ordinality u(v, n) order by n";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            Array array = connection.createArrayOf(sqlType, values.toArray());
            select.setArray(1, array);
            try (ResultSet rows = select.executeQuery()) {
                for (Object value : values) {
                    rows.next();
                    int bucket = function.bucket(new Object[] {value});
                    if (bucket != rows.getInt(1)) {
                        assertThat(bucket).as("%s", value).isEqualTo(rows.getInt(1));
                    }
                }
                assertThat(rows.next()).isFalse();
            }
        }
    }

    private static void compareColumns(List<Object[]> keys, List<String> types) throws SQLException {
        HashFunction function = new HashFunction();
        List<String> columns =
                IntStream.range(0, types.size()).mapToObj(i -> "c" + i).toList();
        String expression = function.sql(columns, List.of()).orElseThrow();
        String arrays = types.stream().map(type -> "?::" + type + "[]").collect(Collectors.joining(", "));
        String sql = "select " + expression + " from unnest(" + arrays + ") with ordinality u("
                + String.join(", ", columns) + ", n) order by n";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < types.size(); i++) {
                int column = i;
                Object[] values = keys.stream().map(key -> key[column]).toArray();
                select.setArray(i + 1, connection.createArrayOf(types.get(i), values));
            }
            try (ResultSet rows = select.executeQuery()) {
                for (Object[] key : keys) {
                    rows.next();
                    assertThat(function.bucket(key)).isEqualTo(rows.getInt(1));
                }
            }
        }
    }
}
