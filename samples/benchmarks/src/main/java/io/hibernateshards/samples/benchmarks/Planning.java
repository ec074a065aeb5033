package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.internal.scatter.Planned;
import io.hibernateshards.internal.scatter.ShardAccess;
import io.hibernateshards.internal.scatter.ShardedQueryImpl;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What it costs to make a query and to know which shards it asks and how their answers are merged, without any I/O. A
 * text that nobody has seen before differs in an alias, so that its tree is as large as the others'.
 */
final class Planning {
    private static final String PAGE = "from Account a%d order by a%<d.score desc, a%<d.id";
    private static final String GROUPS =
            "select a%d.category, count(*), sum(a%<d.score) from Account a%<d group by a%<d.category";

    private final ShardedSessionFactory factory;
    private final int times;
    private final PrintStream out;
    private int sink;
    private @Nullable Object last;

    /**
     * Measures.
     *
     * @param times how many new queries of a kind are planned; known ones often
     */
    Planning(ShardedSessionFactory factory, int times, PrintStream out) {
        this.factory = factory;
        this.times = times;
        this.out = out;
    }

    void print() {
        out.println("| planning | median µs | least | 99 % within | target |");
        out.println("| --- | ---: | ---: | ---: | ---: |");
        try (ShardedSession session = factory.openSession()) {
            IntFunction<String> byKey = n -> "from Account a%d where a%<d.id = :id".formatted(n);
            compare("by key", byKey, hql -> {
                ShardedQuery<Account> query = session.createQuery(hql, Account.class);
                query.setParameter("id", 1L);
                return plan(query, session);
            });
            compare("page of all shards", PAGE::formatted, hql -> {
                ShardedQuery<Account> query = session.createQuery(hql, Account.class);
                query.setFirstResult(1000).setMaxResults(20);
                return plan(query, session);
            });
            compare(
                    "groups of all shards",
                    GROUPS::formatted,
                    hql -> plan(session.createQuery(hql, Object[].class), session));
            var hibernate = factory.unwrap(SessionFactoryImplementor.class).getQueryEngine();
            first(
                    "groups, Hibernate's reading of the text alone",
                    n -> GROUPS.formatted(n + 2 * times),
                    hql -> hibernate.interpretHql(hql, Object[].class).hashCode());
        }
        if (sink == 0 || last == null) {
            throw new IllegalStateException("planned nothing");
        }
    }

    private int plan(ShardedQuery<?> query, ShardedSession session) {
        last = query; // or the compiler would leave out to make it
        return Planned.of((ShardedQueryImpl<?>) query, (ShardAccess) session);
    }

    private void compare(String name, IntFunction<String> hql, ToIntFunction<String> work) {
        cached(name, hql.apply(0), work);
        first(name, hql, work);
    }

    /** A known one is too quick to be timed alone. */
    private void cached(String name, String hql, ToIntFunction<String> work) {
        int many = 100;
        double[] micros = new double[times];
        for (int i = -times; i < times; i++) {
            long start = System.nanoTime();
            for (int j = 0; j < many; j++) {
                sink += work.applyAsInt(hql);
            }
            micros[Math.floorMod(i, times)] = (System.nanoTime() - start) / 1e3 / many;
        }
        row("cached: " + name, micros, "< 5");
    }

    private void first(String name, IntFunction<String> hql, ToIntFunction<String> work) {
        double[] micros = new double[times];
        for (int i = -times; i < times; i++) {
            String text = hql.apply(1 + times + i);
            long start = System.nanoTime();
            sink += work.applyAsInt(text);
            micros[Math.floorMod(i, times)] = (System.nanoTime() - start) / 1e3;
        }
        row("first time: " + name, micros, "< 1000");
    }

    private void row(String name, double[] micros, String target) {
        Arrays.sort(micros);
        out.printf(
                Locale.ROOT,
                "| %s | **%.1f** | %.1f | %.1f | %s |%n",
                name,
                Duel.median(micros),
                micros[0],
                micros[micros.length * 99 / 100],
                target);
    }
}
