package io.hibernateshards.samples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** That the benchmarks run, that all contestants answer alike, and all rows are printed; figures are no test's business. */
class BenchmarksTest {
    @Test
    void everyOperation_isComparedWithAllOthers() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Benchmarks benchmarks = new Benchmarks(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        int exit = new CommandLine(benchmarks)
                .execute(
                        "--rounds",
                        "1",
                        "--millis",
                        "20",
                        "--warm-up",
                        "20",
                        "--rows",
                        "8000",
                        "--deep",
                        "2000",
                        "--shards",
                        "1,2");

        String printed = bytes.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(printed).isZero();
        for (String operation : new String[] {
            "find by id",
            "query by key",
            "page 1 of 20",
            "page at offset 1000",
            "insert in a transaction",
            "transaction-one: read and update"
        }) {
            assertThat(printed)
                    .contains("| " + operation + " | hibernate |")
                    .contains("| " + operation + " | jdbc |")
                    .contains("| " + operation + " | shardingsphere |");
        }
        assertThat(printed)
                .contains("| page at offset 2000 | shardingsphere |")
                .contains("| find by id, counted | shards that count no keys |")
                .containsPattern("takes [\\d.]+ ns on average \\(1 shard")
                .contains("| transaction-two: transfer | jdbc |")
                .contains("| transaction-two: transfer | jdbc without decisions |")
                .contains("| transaction-two: transfer | shardingsphere xa |")
                .contains("| group by, 1000 groups | jdbc |")
                .contains("| group by, 1000 groups | shardingsphere |")
                .contains("| cached find by id | jcache |")
                .contains("| cached find by id | jcache by reference |")
                .contains("| cached find by id | shards without a cache |")
                .contains("| commits-of-5-ms: 16 clients update cached rows | coherence none |")
                .contains("| replica find by id | primaries only |")
                .containsPattern("Of 4,000 finds each server answered: shard0 primary [\\d,]+; shard0 r0 [\\d,]+;")
                .contains("| cached: by key |")
                .contains("| first time: groups of all shards |")
                .containsPattern("\\| 2 \\| [\\d,]+ \\|");
    }
}
