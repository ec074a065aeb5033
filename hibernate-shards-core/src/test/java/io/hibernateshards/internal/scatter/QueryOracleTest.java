package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Four shards answer as one plain PostgreSQL does. */
class QueryOracleTest {
    private static Oracle oracle;

    @BeforeAll
    static void load() {
        oracle = new Oracle(Collation.C);
    }

    @AfterAll
    static void stop() {
        oracle.close();
    }

    @TestFactory
    Stream<DynamicTest> ordered_isThePlainAnswer() {
        return tests(OrderedAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> unordered_isThePlainAnswer() {
        return tests(UnorderedAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> groups_areThePlainAnswer() {
        return tests(GroupAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> criteria_isThePlainAnswer() {
        return tests(CriteriaAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> optionsAndSessions_areThePlainOnes() {
        return tests(SessionAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> gathered_isThePlainAnswer() {
        return tests(GatheredAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> gatheredByTemporaryTables_isThePlainAnswer() {
        return GatheredAsks.all().stream()
                .map(ask -> DynamicTest.dynamicTest(ask.name(), () -> same(ask, oracle.copying)));
    }

    @TestFactory
    Stream<DynamicTest> gatheredInReadOnlyTransactions_isThePlainAnswer() {
        return GatheredAsks.all().stream()
                .filter(ask -> !ask.name().startsWith("own rows")) // it writes
                .map(ask -> DynamicTest.dynamicTest(ask.name(), () -> {
                    List<String> right = oracle.plain.fromTransaction(ask::answer);
                    for (ShardedSessionFactory factory : List.of(oracle.sharded, oracle.copying)) {
                        assertThat(factory.<List<String>>fromTransaction(session -> {
                                    ReadOnly.begin((ShardedSession) session);
                                    return ask.answer(session);
                                }))
                                .as(ask.name())
                                .isEqualTo(right);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> gatheredPlans_areThePlainAnswer() {
        return tests(GoldenPlan.of("gathered.txt").stream()
                .filter(golden -> golden.page().isEmpty() && !golden.hql().contains("string_agg")) // in any order
                .map(golden -> Ask.any(golden.hql(), Object.class))
                .toList());
    }

    @TestFactory
    Stream<DynamicTest> bulk_changesWhatThePlainOneDoes() {
        return tests(BulkAsks.all());
    }

    @TestFactory
    Stream<DynamicTest> sql_isThePlainAnswer() {
        return tests(NativeAsks.all());
    }

    /** What is refused over several shards is right where the key leaves one. */
    @TestFactory
    Stream<DynamicTest> refusedConstructs_onOneShard_areThePlainAnswer() {
        return tests(GoldenPlan.of("refused.txt").stream()
                .map(GoldenPlan::narrowed)
                .filter(Objects::nonNull)
                .map(hql -> Ask.any(Objects.requireNonNull(hql), Object.class))
                .toList());
    }

    private static Stream<DynamicTest> tests(List<Ask> asks) {
        return asks.stream().map(ask -> DynamicTest.dynamicTest(ask.name(), () -> same(ask, oracle.sharded)));
    }

    private static void same(Ask ask, ShardedSessionFactory factory) {
        List<String> right = oracle.plain.fromTransaction(ask::answer);
        assertThat(factory.fromTransaction(ask::answer)).as(ask.name()).isEqualTo(right);
    }
}
