package io.hibernateshards.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shares;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Queries written by hand over the rich model are answered as one plain PostgreSQL answers them. */
@Shares(Shares.Kind.SESSIONS)
class RichQueriesTest {
    private static final Tally TALLY = new Tally();
    private static Sides sides;
    private static Schema schema;
    private static Asking asking;

    @BeforeAll
    static void load() {
        sides = new Sides(Layout.DATABASES, 4, Collation.C);
        schema = new Schema(sides.plain);
        sides.load(IntStream.rangeClosed(1, 100)
                .mapToObj(id -> new Unit(Unit.KINDS.get(id % 5), id, id, 3))
                .toList());
        asking = new Asking(sides, TALLY);
    }

    @AfterAll
    static void stop() {
        asking.close();
        sides.close();
        TALLY.write(Path.of("target", "oracle", "refused-of-rich.txt"));
        assertThat(TALLY.queries()).isGreaterThan(300);
        assertThat(TALLY.invalidShare()).isZero();
        assertThat(TALLY.refusedShare()).isLessThan(0.1);
    }

    @TestFactory
    Stream<DynamicTest> types_areThePlainAnswer() {
        return tests(RichAsks.types(schema));
    }

    @TestFactory
    Stream<DynamicTest> associations_areThePlainAnswer() {
        return tests(RichAsks.associations());
    }

    @TestFactory
    Stream<DynamicTest> inheritance_isThePlainAnswer() {
        return tests(RichAsks.inheritance());
    }

    @TestFactory
    Stream<DynamicTest> documents_areThePlainAnswer() {
        return tests(RichAsks.documents());
    }

    @TestFactory
    Stream<DynamicTest> calculations_areThePlainAnswer() {
        return tests(RichAsks.calculations());
    }

    private static Stream<DynamicTest> tests(List<Question> questions) {
        return questions.stream()
                .map(question -> DynamicTest.dynamicTest(question.toString(), () -> asking.ask(question)));
    }
}
