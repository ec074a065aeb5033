package io.hibernateshards.samples.messenger.load;

import java.util.List;
import java.util.Optional;

/**
 * What the system that this project follows has published, from hardware that nobody knows.
 *
 * @param connections at a time
 * @param throughput requests in a second
 * @param okPercent how many of them were answered well
 * @param meanMillis how long they took
 */
record Reference(int connections, double throughput, double okPercent, double meanMillis) {
    private static final List<Reference> ALL = List.of(
            new Reference(1_000, 384, 100, 2),
            new Reference(5_000, 7_783, 99.7, 514),
            new Reference(10_000, 6_245, 95.0, 1_250));

    static Optional<Reference> of(int connections) {
        return ALL.stream()
                .filter(reference -> reference.connections == connections)
                .findFirst();
    }
}
