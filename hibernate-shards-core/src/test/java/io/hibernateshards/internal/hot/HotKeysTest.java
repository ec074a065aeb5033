package io.hibernateshards.internal.hot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.hibernateshards.HotKey;
import io.hibernateshards.ShardId;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HotKeysTest {
    private static final List<ShardId> EAST = List.of(ShardId.of("east"));
    private static final List<ShardId> WEST = List.of(ShardId.of("west"));

    private final AtomicLong now = new AtomicLong();
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private HotKeys counting(int sample, int share, boolean ids) {
        return new HotKeys(new HotKeySettings(sample, share, ids), name -> name, now::get, log::add);
    }

    private static List<HotKey> of(HotKeys keys, List<ShardId> shard) {
        return Objects.requireNonNull(keys.of(shard).get(shard.get(0)));
    }

    @Test
    void zipfTrafficOfManyThreads_isEstimated() throws InterruptedException {
        HotKeys keys = counting(HotKeySettings.SAMPLE, 0, false);
        Zipf zipf = new Zipf(200_000, 1.1);
        int each = 500_000;
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            Random random = new Random(t);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    keys.asked(EAST, "Note", zipf.next(random));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        List<HotKey> hot = of(keys, EAST);
        assertThat(hot).hasSize(20);
        assertThat(hot.stream().limit(5).map(HotKey::id)).containsExactly(0, 1, 2, 3, 4);
        assertThat(hot.stream().limit(10).map(HotKey::id)).contains(5, 6, 7);
        for (HotKey key : hot.subList(0, 5)) {
            double share = zipf.share((Integer) key.id());
            // the bound of the counters, and five standard deviations of chance
            assertThat(key.share()).isCloseTo(share, within(0.002 + 0.006));
            assertThat((double) key.count()).isCloseTo(share * 6 * each, within(0.01 * 6 * each));
        }
    }

    @Test
    void shards_areCountedApart() {
        HotKeys keys = counting(1, 0, false);
        keys.asked(EAST, "Note", 1);
        keys.asked(EAST, "Note", 1);
        keys.asked(EAST, "Other", 1);
        keys.asked(List.of(EAST.get(0), WEST.get(0)), "Note", 2);

        assertThat(of(keys, EAST))
                .containsExactlyInAnyOrder(
                        new HotKey("Note", 1, 2, 0.5), new HotKey("Other", 1, 1, 0.25), new HotKey("Note", 2, 1, 0.25));
        assertThat(of(keys, WEST)).containsExactly(new HotKey("Note", 2, 1, 1.0));
    }

    @Test
    void yesterdaysKeys_areGone() {
        HotKeys keys = counting(1, 0, false);
        for (int i = 0; i < 1000; i++) {
            keys.asked(EAST, "Note", "old");
        }
        now.addAndGet(TimeUnit.HOURS.toNanos(24));
        assertThat(of(keys, EAST)).isEmpty();
        keys.asked(EAST, "Note", "new");

        assertThat(of(keys, EAST)).containsExactly(new HotKey("Note", "new", 1, 1.0));
    }

    @Test
    void subclasses_countAsTheirRoot() {
        HotKeys keys = new HotKeys(new HotKeySettings(1, 0, false), name -> "Root");
        keys.asked(EAST, "One", 1);
        keys.asked(EAST, "Two", 1);

        assertThat(of(keys, EAST)).containsExactly(new HotKey("Root", 1, 2, 1.0));
    }

    @Test
    void sampleOfNone_countsNothing() {
        HotKeys keys = counting(0, 1, true);
        for (int i = 0; i < 100_000; i++) {
            keys.asked(EAST, "Note", 1);
        }

        assertThat(of(keys, EAST)).isEmpty();
    }

    @Test
    void findsThatAreNotSampled_allocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        HotKeys keys = counting(Integer.MAX_VALUE, 0, false);
        Long id = 123_456L;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                keys.asked(EAST, "Note", id);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(least).isLessThan(10_000); // what the measuring itself may take, and not a byte a find
    }

    // ---- log

    private void logged(HotKeys keys, int hot, int others) {
        for (int i = 0; i < hot; i++) {
            keys.asked(EAST, "Note", "ada@example.org");
        }
        for (int i = 0; i < others; i++) {
            keys.asked(EAST, "Note", i);
        }
        now.addAndGet(TimeUnit.MINUTES.toNanos(10));
        keys.asked(EAST, "Note", 0);
    }

    @Test
    void keysAboveTheShare_areLoggedWithoutIds() {
        logged(counting(1, 10, false), 20_000, 80_000);

        assertThat(log).singleElement().asString().contains("shard \"east\"", "Note 20.0 %", "getHotKeys()");
        assertThat(log.get(0)).doesNotContain("ada");
    }

    @Test
    void ids_areLoggedIfTheyMay() {
        logged(counting(1, 10, true), 20_000, 80_000);

        assertThat(log).singleElement().asString().contains("Note#ada@example.org 20.0 %");
    }

    @Test
    void keysBelowTheShare_orOfLittleTraffic_areNotLogged() {
        logged(counting(1, 30, false), 20_000, 80_000);
        logged(counting(1, 10, false), 2000, 8000);
        logged(counting(1, 0, false), 20_000, 80_000);

        assertThat(log).isEmpty();
    }

    @Test
    void log_isWrittenOnceAnInterval() {
        HotKeys keys = counting(1, 10, false);
        logged(keys, 100_000, 0);
        logged(keys, 100_000, 0);
        logged(keys, 100_000, 0);

        assertThat(log).hasSize(3);
    }
}
