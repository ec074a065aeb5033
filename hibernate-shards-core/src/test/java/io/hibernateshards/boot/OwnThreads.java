package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The threads that were started since: pools, worker lease, legs of queries. */
final class OwnThreads {
    private final Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());

    List<String> running() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.isAlive())
                .map(Thread::getName)
                .filter(name ->
                        name.startsWith("shard-") || name.contains("hibernate-shards") || name.startsWith("pool-"))
                .sorted()
                .toList();
    }

    /** Pools end their threads a moment after they were told to. */
    void assertGone() throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!running().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(running()).isEmpty();
    }
}
