package io.hibernateshards;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much suites do that could go on for ever. By default what every build has time for, and always the same; with
 * {@code -Dshards.nightly=true} more, and other each day; with {@code -Dshards.brief=true} a tenth, for a build that
 * repeats another one on another JDK.
 */
public final class Effort {
    private static final boolean NIGHTLY = Boolean.getBoolean("shards.nightly");
    private static final boolean BRIEF = Boolean.getBoolean("shards.brief");

    private Effort() {}

    /** How often, unless the system property says so. */
    public static int of(String property, int build, int night) {
        return Integer.getInteger(property, of(build, night));
    }

    /** How often. */
    public static int of(int build, int night) {
        return NIGHTLY ? night : BRIEF ? Math.max(1, build / 10) : build;
    }

    /** The seed of all chance, unless the system property says another. */
    public static long seed(String property) {
        return Long.getLong(property, NIGHTLY ? LocalDate.now(ZoneOffset.UTC).toEpochDay() : 1);
    }

    /**
     * Some of many cases that differ by combination, not in kind: at night all, else one of {@code build}, and at least one.
     *
     * @param turn which of them comes first, so that callers with other turns get others
     */
    public static <T> List<T> some(List<T> cases, int build, int turn) {
        int step = NIGHTLY ? 1 : BRIEF ? 10 * build : build;
        return IntStream.range(0, cases.size())
                .filter(i -> (i + turn) % Math.min(step, cases.size()) == 0)
                .mapToObj(cases::get)
                .toList();
    }
}
