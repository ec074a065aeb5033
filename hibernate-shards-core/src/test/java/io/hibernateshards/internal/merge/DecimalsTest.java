package io.hibernateshards.internal.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Averages and variances from parts have the digits that PostgreSQL gives them, every one of them. */
class DecimalsTest {
    private static LocalCluster cluster;
    private static Connection connection;

    @BeforeAll
    static void start() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 1, Collation.C);
        Shard shard = cluster.shards().get(0);
        connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
    }

    @AfterAll
    static void stop() throws SQLException {
        connection.close();
        cluster.close();
    }

    @Test
    void decimals_haveTheServersDigits() throws SQLException {
        Random random = new Random(11);
        for (int i = 0; i < 3_000; i++) {
            List<BigDecimal> values = new ArrayList<>();
            int most = random.nextInt(12);
            for (int n = 1 + random.nextInt(9); n > 0; n--) {
                values.add(new BigDecimal(new BigInteger(1 + random.nextInt(120), random), random.nextInt(most + 1))
                        .multiply(BigDecimal.valueOf(random.nextInt(3) - 1))
                        .scaleByPowerOfTen(random.nextInt(10) == 0 ? -random.nextInt(30) : 0));
            }
            same("numeric", values);
        }
    }

    @Test
    void integers_haveTheServersDigits() throws SQLException {
        Random random = new Random(12);
        for (String type : List.of("int2", "int4", "int8")) {
            for (int i = 0; i < 700; i++) {
                List<BigDecimal> values = new ArrayList<>();
                for (int n = 1 + random.nextInt(9); n > 0; n--) {
                    long value = random.nextLong() >> random.nextInt(64);
                    values.add(BigDecimal.valueOf(
                            type.equals("int2") ? (short) value : type.equals("int4") ? (int) value : value));
                }
                same(type, values);
            }
        }
    }

    private static void same(String type, List<BigDecimal> values) throws SQLException {
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal squares = BigDecimal.ZERO;
        for (BigDecimal value : values) {
            sum = sum.add(value);
            squares = squares.add(value.multiply(value));
        }
        int count = values.size();
        List<String> here = new ArrayList<>();
        here.add(Decimals.divide(sum, BigDecimal.valueOf(count)).toPlainString());
        here.add(Decimals.variance(count, sum, squares, false, false).toPlainString());
        here.add(Decimals.variance(count, sum, squares, false, true).toPlainString());
        if (count > 1) {
            here.add(Decimals.variance(count, sum, squares, true, false).toPlainString());
            here.add(Decimals.variance(count, sum, squares, true, true).toPlainString());
        }
        assertThat(here).as("%s %s", type, values).isEqualTo(there(type, values));
    }

    private static List<String> there(String type, List<BigDecimal> values) throws SQLException {
        String sql = "select avg(v), var_pop(v), stddev_pop(v), var_samp(v), stddev_samp(v) from unnest(?) v";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            Array array = connection.createArrayOf(type, values.toArray());
            statement.setArray(1, array);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                List<String> there = new ArrayList<>();
                for (int i = 1; i <= (values.size() > 1 ? 5 : 3); i++) {
                    there.add(row.getBigDecimal(i).toPlainString());
                }
                return there;
            }
        }
    }
}
