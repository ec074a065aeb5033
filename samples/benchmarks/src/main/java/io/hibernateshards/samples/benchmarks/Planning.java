package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/**
 * What it costs to make a query and to know which shards it asks and how it is merged, without any I/O: from {@code
 * createQuery} to the end of {@code explain}, which includes printing the plan and so is a little more than a query pays.
 */
final class Planning {
    private final ShardedSessionFactory factory;
    private final int times;
    private final PrintStream out;
    private int sink;

    /**
     * Measures.
     *
     * @param times new queries are planned; cached ones often
     */
    Planning(ShardedSessionFactory factory, int times, PrintStream out) {
        this.factory = factory;
        this.times = times;
        this.out = out;
    }

    void print() {
        out.println("| planning | median µs | largest of 99 % | target |");
        out.println("| --- | ---: | ---: | ---: |");
        try (ShardedSession session = factory.openSession()) {
            String all = "from Account order by score desc, id";
            cached("by key", n -> plan(byKey(session, "from Account where id = :id", n)));
            cached("page of all shards", n -> plan(page(session, all)));
            // A text that nobody has seen before differs in an alias, so that its tree is as large as the others'.
            first(
                    "by key",
                    n -> "from Account a%d where a%<d.id = :id".formatted(n),
                    hql -> plan(byKey(session, hql, 1)));
            first(
                    "page of all shards",
                    n -> "from Account b%d order by b%<d.score desc, b%<d.id".formatted(n),
                    hql -> plan(page(session, hql)));
            var hibernate = factory.unwrap(SessionFactoryImplementor.class).getQueryEngine();
            first(
                    "page, Hibernate's reading of the text alone",
                    n -> "from Account d%d order by d%<d.score desc, d%<d.id".formatted(n),
                    hql -> hibernate.interpretHql(hql, Account.class).hashCode());
        }
        if (sink == 0) {
            throw new IllegalStateException("planned nothing");
        }
    }

    private static ShardedQuery<Account> byKey(ShardedSession session, String hql, long id) {
        ShardedQuery<Account> query = session.createQuery(hql, Account.class);
        query.setParameter("id", id);
        return query;
    }

    private static ShardedQuery<Account> page(ShardedSession session, String hql) {
        ShardedQuery<Account> query = session.createQuery(hql, Account.class);
        query.setFirstResult(1000).setMaxResults(20);
        return query;
    }

    private static int plan(ShardedQuery<?> query) {
        return query.explain().length();
    }

    /** Known ones are too quick to be timed alone. */
    private void cached(String name, ToIntFunction<Integer> work) {
        int many = 100;
        for (int i = 0; i < times * many; i++) {
            sink += work.applyAsInt(i);
        }
        double[] micros = new double[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            for (int j = 0; j < many; j++) {
                sink += work.applyAsInt(j);
            }
            micros[i] = (System.nanoTime() - start) / 1e3 / many;
        }
        row("cached: " + name, micros, "< 5");
    }

    private void first(String name, IntFunction<String> hql, ToIntFunction<String> work) {
        double[] micros = new double[times];
        for (int i = -times; i < times; i++) {
            String text = hql.apply(times + i);
            long start = System.nanoTime();
            sink += work.applyAsInt(text);
            micros[Math.floorMod(i, times)] = (System.nanoTime() - start) / 1e3;
        }
        row("first time: " + name, micros, "< 1000");
    }

    private void row(String name, double[] micros, String target) {
        Arrays.sort(micros);
        double largest = micros[micros.length * 99 / 100];
        out.printf(Locale.ROOT, "| %s | **%.1f** | %.1f | %s |%n", name, micros[micros.length / 2], largest, target);
    }
}
