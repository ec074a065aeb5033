package io.hibernateshards.spring.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What has been done to the schema of one shard, as its migration tool keeps it there.
 *
 * @param version where the schema is, for people
 * @param steps in the order in which they were made
 * @param skipped whether a step by this name counts as made, as it is older than a baseline
 */
record History(String version, List<Step> steps, Predicate<String> skipped) {
    History {
        steps = List.copyOf(steps);
    }

    private @Nullable Step find(String name) {
        return steps.stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private boolean has(String name) {
        return find(name) != null || skipped.test(name);
    }

    /** What these steps of another shard's have been made of, where it is not what was used here. */
    List<String> conflictsWith(History other, String otherShard) {
        List<String> conflicts = new ArrayList<>();
        for (Step step : steps) {
            Step same = other.find(step.name());
            if (same != null
                    && step.checksum() != null
                    && same.checksum() != null
                    && !Objects.equals(step.checksum(), same.checksum())) {
                conflicts.add(step.name() + " has the checksum " + step.checksum() + " and on shard \"" + otherShard
                        + "\" " + same.checksum());
            }
        }
        return conflicts;
    }

    /** What others have and this one lacks. */
    List<String> missing(Iterable<History> all) {
        Map<String, Step> missing = new TreeMap<>();
        for (History one : all) {
            for (Step step : one.steps) {
                if (!has(step.name())) {
                    missing.put(step.name(), step);
                }
            }
        }
        return List.copyOf(missing.keySet());
    }
}
