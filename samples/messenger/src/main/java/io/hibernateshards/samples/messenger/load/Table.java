package io.hibernateshards.samples.messenger.load;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints what was seen, in Markdown. */
final class Table {
    private final PrintStream out;

    Table(PrintStream out) {
        this.out = out;
    }

    void print(List<Run> runs) {
        out.println(
                "| mix | connections | who | req/s served | ok % | 503 | failed | mean ms | p50 ms | p99 ms | CPU µs |");
        out.println("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Run run : runs) {
            Reference.of(run.connections()).ifPresent(reference -> row(run, reference));
            row(run, "messenger", run.messenger());
            if (run.twin().served() > 0) {
                row(run, "twin", run.twin());
                out.printf(
                        Locale.ROOT,
                        "| %s | %,d | messenger / twin | %s | | | | | | | |%n",
                        run.mix(),
                        run.connections(),
                        run.ratio());
            }
        }
    }

    private void row(Run run, String who, Figures figures) {
        out.printf(
                Locale.ROOT,
                "| %s | %,d | %s | %,.0f | %.2f | %,d | %,d | %,.1f | %,.1f | %,.1f | %,.0f |%n",
                run.mix(),
                run.connections(),
                who,
                figures.throughput(),
                figures.okPercent(),
                figures.busyCount(),
                figures.failedCount(),
                figures.meanMillis(),
                figures.percentileMillis(50),
                figures.percentileMillis(99),
                figures.cpuMicros());
    }

    private void row(Run run, Reference reference) {
        out.printf(
                Locale.ROOT,
                "| %s | %,d | reference | %,.0f | %.2f | | | %,.1f | | | |%n",
                run.mix(),
                reference.connections(),
                reference.throughput(),
                reference.okPercent(),
                reference.meanMillis());
    }
}
