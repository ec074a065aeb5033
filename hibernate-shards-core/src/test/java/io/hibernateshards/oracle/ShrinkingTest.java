package io.hibernateshards.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.oracle.Asking.Difference;
import io.hibernateshards.oracle.Unit.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import net.jqwik.api.Shrinkable;
import org.junit.jupiter.api.Test;

/** A wrong answer is found, and becomes a few words and rows. */
class ShrinkingTest {
    @Test
    void wrongRow_isFoundByRandomQueries_andShrinks() {
        try (Sides sides = new Sides(Layout.SCHEMAS, 2, Collation.C)) {
            sides.load(List.of(new Unit(Kind.SHAPE, 1, 1, 3), new Unit(Kind.SHAPE, 2, 2, 3)));
            sides.plain.inTransaction(session -> session.createMutationQuery("update Shape s set s.label = 'wrong'")
                    .executeUpdate());
            Schema schema = new Schema(sides.plain);
            Queries queries = new Queries(new Random(4), schema);
            try (Asking asking = new Asking(sides, new Tally())) {
                Question found = IntStream.range(0, 2000)
                        .mapToObj(i -> queries.next())
                        .filter(question -> isDifferent(asking, question))
                        .findFirst()
                        .orElseThrow();
                Question small = smallest(found, question -> isDifferent(asking, question));
                assertThat(small.toString()).hasSizeLessThan(120).containsPattern("Shape|Circle|Square");
            }
        }
    }

    private static boolean isDifferent(Asking asking, Question question) {
        try {
            asking.ask(question);
            return false;
        } catch (Difference difference) {
            return true;
        }
    }

    private static Question smallest(Question from, Predicate<Question> fails) {
        Question smallest = from;
        for (Optional<Question> next = Optional.of(from); next.isPresent(); ) {
            smallest = next.get();
            next = smallest.simpler().filter(fails).findFirst();
        }
        return smallest;
    }

    @Test
    void rows_becomeFewer() {
        List<Unit> units = IntStream.range(0, 40)
                .mapToObj(i -> new Unit(Kind.CUSTOMER, i, i, 3))
                .toList();
        Round round = new Round(
                units, List.of(new Question(Node.of("", "from Customer"), Question.Comparison.BAG, 0, -1, false)));
        Predicate<Round> fails = some -> some.units.stream().anyMatch(unit -> unit.id() == 17);
        Shrinkable<Round> smallest = round.shrinkable();
        for (Optional<Shrinkable<Round>> next = Optional.of(smallest); next.isPresent(); ) {
            smallest = next.get();
            next = smallest.shrink()
                    .filter(simpler -> fails.test(simpler.value()))
                    .findFirst();
        }
        assertThat(smallest.value().units).containsExactly(new Unit(Kind.CUSTOMER, 17, 17, 0));
        assertThat(smallest.value().toString()).contains("from Customer", "CUSTOMER 17 alone: Customer(");
    }
}
