package io.hibernateshards.samples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** That the benchmarks run and print all rows; their figures are no test's business. */
class BenchmarksTest {
    @Test
    void everyOperation_isComparedWithBothOthers() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Benchmarks benchmarks = new Benchmarks(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        int exit = new CommandLine(benchmarks)
                .execute("--rounds", "1", "--millis", "20", "--rows", "5000", "--shards", "1,2");

        String printed = bytes.toString(StandardCharsets.UTF_8);
        assertThat(exit).isZero();
        for (String operation :
                new String[] {"find by id", "page 1 of 20", "page at offset 1000", "insert in a transaction"}) {
            assertThat(printed).contains("| " + operation + " | hibernate |").contains("| " + operation + " | jdbc |");
        }
        assertThat(printed).containsPattern("\\| 1 \\| [\\d,]+ \\|").containsPattern("\\| 2 \\| [\\d,]+ \\|");
    }
}
