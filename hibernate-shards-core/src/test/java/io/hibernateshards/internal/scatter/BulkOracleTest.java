package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.Collation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Statements that change rows of all shards do what one plain PostgreSQL does. */
class BulkOracleTest {
    private static Oracle oracle;

    @BeforeAll
    static void load() {
        oracle = new Oracle(Collation.C, TransactionMode.BEST_EFFORT);
    }

    @AfterAll
    static void stop() {
        oracle.close();
    }

    @TestFactory
    Stream<DynamicTest> bulk_onAllShards_changesWhatThePlainOneDoes() {
        return Stream.concat(BulkAsks.onAllShards().stream(), BulkAsks.all().stream())
                .map(ask -> DynamicTest.dynamicTest(ask.name(), () -> {
                    List<String> right = oracle.plain.fromTransaction(ask::answer);
                    assertThat(oracle.sharded.fromTransaction(ask::answer)).isEqualTo(right);
                }));
    }
}
