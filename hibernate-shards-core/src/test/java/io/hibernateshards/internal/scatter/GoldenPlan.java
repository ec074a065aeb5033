package io.hibernateshards.internal.scatter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One query of a file of plans.
 *
 * @param page offset and number of rows; empty for all
 * @param narrowed the same construct where the key leaves one shard, if the query is refused
 * @param plan what explain says, or the error
 */
record GoldenPlan(String comment, String hql, List<Integer> page, @Nullable String narrowed, String plan) {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "plans");

    static List<GoldenPlan> of(String file) {
        List<GoldenPlan> plans = new ArrayList<>();
        for (String paragraph : text(file).strip().split("\n\n", -1)) {
            if (paragraph.isEmpty()) {
                continue;
            }
            plans.add(parsed(paragraph));
        }
        return plans;
    }

    /** The same query with another plan. */
    GoldenPlan with(String other) {
        return new GoldenPlan(comment, hql, page, narrowed, other);
    }

    /** Which file a select with this plan belongs to. */
    String file() {
        if (plan.startsWith("HS-")) {
            return "refused.txt";
        }
        if (plan.startsWith("Targeted") || plan.startsWith("Any")) {
            return "one-shard.txt";
        }
        return plan.contains("Gather") ? "gathered.txt" : "several-shards.txt";
    }

    /** As the files have it. */
    String paragraph() {
        return "# " + comment + "\nhql: " + hql + "\n"
                + (narrowed == null ? "" : "narrowed: " + narrowed + "\n")
                + (page.isEmpty() ? "" : "page: " + page.get(0) + ", " + page.get(1) + "\n")
                + "plan:\n" + plan.indent(4);
    }

    static void write(String file, List<GoldenPlan> plans) throws IOException {
        String text = plans.stream().map(GoldenPlan::paragraph).collect(Collectors.joining("\n"));
        Files.writeString(DIRECTORY.resolve(file), text);
    }

    private static GoldenPlan parsed(String paragraph) {
        String comment = "";
        String hql = "";
        List<Integer> page = List.of();
        String narrowed = null;
        StringBuilder plan = new StringBuilder();
        for (String line : paragraph.split("\n", -1)) {
            if (line.startsWith("# ")) {
                comment = line.substring(2);
            } else if (line.startsWith("hql: ")) {
                hql = line.substring(5);
            } else if (line.startsWith("narrowed: ")) {
                narrowed = line.substring(10);
            } else if (line.startsWith("page: ")) {
                String[] numbers = line.substring(6).split(", ", 2);
                page = List.of(Integer.valueOf(numbers[0]), Integer.valueOf(numbers[1]));
            } else if (line.startsWith("    ")) {
                plan.append(line.substring(4)).append('\n');
            } else if (!line.equals("plan:")) {
                throw new IllegalArgumentException("neither part of a plan nor of its query: " + line);
            }
        }
        return new GoldenPlan(comment, hql, page, narrowed, plan.toString().stripTrailing());
    }

    private static String text(String file) {
        try {
            return Files.readString(DIRECTORY.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
