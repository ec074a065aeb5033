package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads the lists in settings: {@code a, b}, {@code 0-99,200}, {@code DE|AT=0-99, FR=100}. */
final class Entries {
    /** What stands left and right of the last equals sign. */
    record Entry(String left, String right) {}

    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    private Entries() {}

    /** The parts between commas, trimmed, the empty ones left out. */
    public static List<String> list(String text) {
        return COMMA.splitAsStream(text.trim()).filter(part -> !part.isEmpty()).toList();
    }

    /**
     * Bucket runs such as {@code 0-99,200}.
     *
     * @throws IllegalArgumentException if there is none, one is not such a text, or is outside 0 to 8191
     */
    public static Buckets buckets(String text) {
        BitSet bits = new BitSet();
        for (String run : list(text)) {
            int dash = run.indexOf('-');
            int first;
            int last;
            try {
                first = Integer.parseInt((dash < 0 ? run : run.substring(0, dash)).trim());
                last = dash < 0
                        ? first
                        : Integer.parseInt(run.substring(dash + 1).trim());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("\"" + run + "\" is no bucket and no run such as 0-99", e);
            }
            Buckets.range(first, last); // says what is wrong with a run
            bits.set(first, last + 1);
        }
        if (bits.isEmpty()) {
            throw new IllegalArgumentException("names no bucket; write runs such as 0-99,200");
        }
        return Buckets.of(bits);
    }

    /**
     * Entries such as {@code a=0-99, b=100}: commas separate them, and a run without an equals sign belongs to the one
     * before.
     *
     * @throws IllegalArgumentException if the first has no equals sign
     */
    static List<Entry> entries(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String part : list(text)) {
            int equals = part.lastIndexOf('=');
            if (equals >= 0) {
                entries.add(new Entry(
                        part.substring(0, equals).trim(),
                        part.substring(equals + 1).trim()));
            } else if (entries.isEmpty()) {
                throw new IllegalArgumentException("\"" + part + "\": write it as key=buckets");
            } else {
                Entry last = entries.remove(entries.size() - 1);
                entries.add(new Entry(last.left(), last.right() + "," + part));
            }
        }
        return entries;
    }

    /** A problem for each setting that is not known. */
    static List<String> unknown(Map<String, String> settings, Set<String> known) {
        List<String> problems = new ArrayList<>();
        for (String name : new TreeSet<>(settings.keySet())) {
            if (!known.contains(name)) {
                problems.add("there is no setting \"" + name + "\""
                        + (known.isEmpty() ? "" : "; there are " + new TreeSet<>(known)));
            }
        }
        return problems;
    }

    /** @throws IllegalArgumentException with a line for each problem, if there is one */
    static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems));
        }
    }
}
