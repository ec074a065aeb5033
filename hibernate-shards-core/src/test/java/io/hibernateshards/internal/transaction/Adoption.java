package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Does what an operator does whose databases or topology are refused: sets the values that the error names, and starts. */
final class Adoption {
    private static final Pattern VALUE = Pattern.compile("[\\w-]+@(?:[0-9]+/[0-9]+|[0-9a-f]{16})");

    private Adoption() {}

    static <T> T start(Map<String, String> settings, Function<Map<String, String>, T> start) {
        Set<String> values = new TreeSet<>();
        Map<String, String> adopting = new LinkedHashMap<>(settings);
        while (true) {
            try {
                return start.apply(adopting);
            } catch (ShardingException e) {
                int known = values.size();
                Matcher named = VALUE.matcher(String.valueOf(e.getMessage()));
                while (named.find()) {
                    values.add(named.group());
                }
                if (values.size() == known) {
                    throw e;
                }
                adopting.put(ShardSettings.ADOPT, String.join(",", values));
            }
        }
    }
}
