package io.hibernateshards.internal.scatter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page of the documentation that the files of plans make. */
final class ConstructsPage {
    static final Path PATH = Path.of("..", "docs", "constructs.md");

    /** Each file with its heading. */
    private static final Map<String, String> HEADINGS = new LinkedHashMap<>();

    static {
        HEADINGS.put("one-shard.txt", "One shard: sent as they are");
        HEADINGS.put("several-shards.txt", "Several shards: merged");
        HEADINGS.put("gathered.txt", "Several shards: gathered on one");
        HEADINGS.put("statements.txt", "Statements that change rows");
        HEADINGS.put("refused.txt", "Refused");
    }

    private ConstructsPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(
                """
                # Constructs, and how they are answered

                <!-- made by GoldenPlansTest from hibernate-shards-core/src/test/resources/plans; do not edit -->

                Every line is a test. The entities are an `Owner` by its id (the shard key), the owner's `Deal`s (`Sale`s and
                `Rental`s) and their `Line`s, `Asset`s (`House`s and `Boat`s) by tenant, and the reference entity `Region`; four
                shards. [Queries](queries.md) explains the words of the last column, and `explain()` tells them of your own
                query.
                """);
        HEADINGS.forEach((file, heading) -> {
            if (GoldenPlansTest.FILES.contains(file)) {
                page.append("\n## ").append(heading).append("\n\n| What | Query | How |\n| --- | --- | --- |\n");
                for (GoldenPlan plan : GoldenPlan.of(file)) {
                    page.append("| ")
                            .append(plan.comment())
                            .append(" | `")
                            .append(plan.hql().replace("|", "\\|"))
                            .append('`')
                            .append(plan.page().isEmpty() ? "" : " page " + plan.page())
                            .append(" | ")
                            .append(how(plan.plan()))
                            .append(" |\n");
                }
            }
        });
        return page.toString();
    }

    private static String how(String plan) {
        if (plan.startsWith("HS-")) {
            return plan.substring(0, 6) + ": "
                    + plan.substring(plan.indexOf(": ") + 2).replace(" Nothing was sent.", "");
        }
        List<String> operators = new ArrayList<>();
        for (String line : plan.split("\n", -1)) {
            String operator = line.strip().split(" ", 2)[0];
            operators.add(operator);
            if (List.of("Scatter", "Targeted", "Any", "Gather").contains(operator)) {
                break; // the rest is SQL
            }
        }
        return String.join(", ", operators);
    }
}
