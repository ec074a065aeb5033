package io.hibernateshards.samples.messenger.load;

import java.io.PrintStream;
import java.util.Locale;

/** Prints figures as they are known, in Markdown. */
final class Table {
    private final Mix mix;
    private final PrintStream out;

    Table(Mix mix, PrintStream out) {
        this.mix = mix;
        this.out = out;
    }

    void head() {
        out.println(
                "| mix | connections | who | req/s served | ok % | 503 | failed | mean ms | p50 ms | p99 ms | CPU µs |");
        out.println("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    void row(int connections, String who, Figures figures) {
        out.printf(
                Locale.ROOT,
                "| %s | %,d | %s | %,.0f | %.2f | %,d | %,d | %,.1f | %,.1f | %,.1f | %,.0f |%n",
                mix,
                connections,
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

    void row(Reference reference) {
        out.printf(
                Locale.ROOT,
                "| %s | %,d | reference | %,.0f | %.2f | | | %,.1f | | | |%n",
                mix,
                reference.connections(),
                reference.throughput(),
                reference.okPercent(),
                reference.meanMillis());
    }

    void ratio(int connections, double ratio) {
        out.printf(Locale.ROOT, "| %s | %,d | messenger / twin | **%.2f** | | | | | | | |%n", mix, connections, ratio);
    }
}
