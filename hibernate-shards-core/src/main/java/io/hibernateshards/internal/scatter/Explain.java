package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.plan.SelectPlan;
import io.hibernateshards.internal.route.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A plan for people: a line for each operator, the last one first, and each deeper one yields what the one above takes. */
final class Explain {
    private final List<String> lines = new ArrayList<>();

    /** Adds what works on all that is added later. */
    Explain line(String line) {
        lines.add(line);
        return this;
    }

    /** The operators of a select that several shards answer, down to what each is sent. */
    static Explain scatter(SelectPlan plan, Target target, Page page, boolean deep, @Nullable String sql) {
        Explain explain = new Explain();
        if (deep) {
            explain.line("Load the entities of the page by their ids");
        }
        if (!page.isAll()) {
            explain.line("Limit offset " + page.offset() + ", " + (page.rows() < 0 ? "all" : page.rows()) + " rows");
        }
        plan.describe().lines().forEach(explain::line);
        boolean cut = page.depth() >= 0 && plan.cutsShards();
        explain.line("Scatter shards " + target + (cut ? ", at most the first " + page.depth() + " rows of each" : ""));
        if (sql != null) {
            explain.line(sql);
        }
        return explain;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(i == 0 ? "" : "\n").append("  ".repeat(i)).append(lines.get(i));
        }
        return text.toString();
    }
}
