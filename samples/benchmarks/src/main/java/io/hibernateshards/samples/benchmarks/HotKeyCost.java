package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.HotKey;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.hot.HotKeySettings;
import io.hibernateshards.internal.hot.HotKeys;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the search for hot keys adds to a find, apart from it: it is too little to be seen among finds. */
final class HotKeyCost {
    private static final int KEYS = 1 << 16;
    private static final int TIMES = 1 << 22;
    private static final int ROUNDS = 7;

    private HotKeyCost() {}

    static void print(PrintStream out) {
        List<ShardId> shard = List.of(ShardId.of("shard"));
        Long[] ids = new Long[KEYS];
        for (int i = 0; i < KEYS; i++) {
            ids[i] = Math.round(Math.pow(KEYS, (double) i / KEYS)); // the smaller, the more often
        }
        HotKeys counting = new HotKeys(new HotKeySettings(HotKeySettings.SAMPLE, 0, false), name -> name);
        double[] nanos = new double[ROUNDS];
        for (int round = -ROUNDS; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < TIMES; i++) {
                counting.asked(shard, "Account", ids[i * 31 & KEYS - 1]);
            }
            nanos[Math.floorMod(round, ROUNDS)] = (double) (System.nanoTime() - start) / TIMES;
        }
        Map<ShardId, List<HotKey>> counted = counting.of(shard);
        out.printf(
                Locale.ROOT,
                "%nTo count a find for the hot keys takes %.1f ns on average (%d shard, one of %d counted).%n",
                Duel.median(nanos),
                counted.size(),
                HotKeySettings.SAMPLE);
    }
}
