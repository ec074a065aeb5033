package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The settings of bucket functions as text that is recorded with a topology: only what decides where keys are placed. */
public final class FunctionText {
    private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

    /** What a directory does with unknown keys, and what queries may skip, moves no row. */
    private static final Map<String, Set<String>> WITHOUT_EFFECT =
            Map.of("directory", Set.of("unknown", "cache-size"), "range", Set.of("collation"));

    private FunctionText() {}

    /**
     * The text of each configured function by name: its kind, then a line for each setting.
     *
     * @param settings below {@code hibernate.shards.function.}
     */
    public static Map<String, String> of(Map<String, String> settings) {
        Map<String, String> texts = new TreeMap<>();
        new TreeMap<>(settings).forEach((setting, value) -> {
            int dot = setting.indexOf('.');
            if (dot < 0) {
                texts.put(setting, value.trim());
            } else {
                String name = setting.substring(0, dot);
                String kind = settings.getOrDefault(name, "").trim();
                String own = setting.substring(dot + 1);
                if (!WITHOUT_EFFECT.getOrDefault(kind, Set.of()).contains(own)) {
                    texts.merge(name, "\n" + own + " = " + value.trim(), String::concat);
                }
            }
        });
        return texts;
    }

    /** Whether a function places every key that had a bucket as before: a list or a range may have got more entries. */
    public static boolean isExtended(String before, String now) {
        if (before.equals(now)) {
            return true;
        }
        Map<String, String> old = settings(before);
        Map<String, String> its = settings(now);
        if (!Objects.equals(old.get(""), its.get(""))) {
            return false;
        }
        try {
            return switch (old.getOrDefault("", "")) {
                case "list" -> isExtendedList(old, its);
                case "range" -> {
                    Map<String, Buckets> ranges = entries(old, "ranges");
                    yield entries(its, "ranges").entrySet().containsAll(ranges.entrySet());
                }
                default -> false;
            };
        } catch (IllegalArgumentException e) {
            return false; // written by another version
        }
    }

    private static boolean isExtendedList(Map<String, String> before, Map<String, String> now) {
        Map<String, Buckets> values = entries(before, "values");
        Map<String, Buckets> its = entries(now, "values");
        if (!its.entrySet().containsAll(values.entrySet())) {
            return false;
        }
        String others = before.get("default");
        if (others == null) {
            return true;
        }
        String itsOthers = now.get("default");
        return its.size() == values.size() // a value that is listed now was one of the others
                && itsOthers != null
                && Entries.buckets(others).equals(Entries.buckets(itsOthers));
    }

    private static Map<String, Buckets> entries(Map<String, String> settings, String name) {
        Map<String, Buckets> entries = new LinkedHashMap<>();
        Entries.entries(settings.getOrDefault(name, "")).forEach(entry -> {
            Buckets buckets = Entries.buckets(entry.right());
            BAR.splitAsStream(entry.left()).forEach(value -> entries.put(value, buckets));
        });
        return entries;
    }

    /** Its settings by name; the kind has the empty name. */
    private static Map<String, String> settings(String text) {
        Map<String, String> settings = new TreeMap<>();
        text.lines().forEach(line -> {
            int equals = line.indexOf(" = ");
            settings.put(equals < 0 ? "" : line.substring(0, equals), equals < 0 ? line : line.substring(equals + 3));
        });
        settings.putIfAbsent("", "");
        return settings;
    }
}
