package io.hibernateshards.samples.messenger.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** So many connections ask both for a mix, once in each fork. */
final class Run {
    private final Mix mix;
    private final int connections;
    private final Figures messenger = new Figures();
    private final Figures twin = new Figures();
    private final List<Double> ratios = new ArrayList<>();

    Run(Mix mix, int connections) {
        this.mix = mix;
        this.connections = connections;
    }

    Mix mix() {
        return mix;
    }

    int connections() {
        return connections;
    }

    /** Of all forks. */
    Figures messenger() {
        return messenger;
    }

    /** Of all forks; nothing is served if there is none. */
    Figures twin() {
        return twin;
    }

    /** What one fork has seen, in words. */
    String add(Figures ofMessenger, Figures ofTwin) {
        messenger.add(ofMessenger);
        twin.add(ofTwin);
        String seen = String.format(
                Locale.ROOT, "%s, %,d connections: messenger %,.0f", mix, connections, ofMessenger.throughput());
        if (ofTwin.served() == 0) {
            return seen;
        }
        double ratio = ofMessenger.throughput() / ofTwin.throughput();
        ratios.add(ratio);
        return String.format(Locale.ROOT, "%s, twin %,.0f, ratio %.2f", seen, ofTwin.throughput(), ratio);
    }

    /** Of the forks' means, with the lowest and the highest of one fork if there are several. */
    String ratio() {
        String all = String.format(Locale.ROOT, "**%.2f**", messenger.throughput() / twin.throughput());
        return ratios.size() < 2
                ? all
                : String.format(
                        Locale.ROOT,
                        "%s (%.2f–%.2f)",
                        all,
                        ratios.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                        ratios.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
    }
}
