package io.hibernateshards.samples.quickstart;

import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.hibernate.query.Query;

/** Four PostgreSQL servers, 135,233 real places, and what an application does with them. */
public final class Quickstart {
    private static final long LONDON = 2643743;

    private final PrintStream out;
    private final ShardedSessionFactory factory;

    private Quickstart(PrintStream out, ShardedSessionFactory factory) {
        this.out = out;
        this.factory = factory;
    }

    /** Starts servers, does everything, stops them. */
    public static void main(String[] args) throws IOException {
        System.setProperty("org.jboss.logging.provider", "slf4j"); // Hibernate's log goes where the others go
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        long start = System.nanoTime();
        out.println("Starting 4 PostgreSQL servers ...");
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 4);
                ShardedSessionFactory factory = configure(cluster)) {
            out.printf("Up after %.1f s. %s%n", seconds(start), factory.getTopology());
            Quickstart quickstart = new Quickstart(out, factory);
            quickstart.load();
            quickstart.rowsPerShard();
            quickstart.oneCountry();
            quickstart.worldPage();
            quickstart.search();
            quickstart.totals();
            quickstart.find();
            quickstart.update();
            quickstart.moveToAnotherCountry();
        }
        out.printf("%nDone in %.1f s; all servers are stopped.%n", seconds(start));
    }

    private static ShardedSessionFactory configure(LocalCluster cluster) {
        return new ShardedConfiguration()
                .entities(Country.class, City.class, FeatureCode.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", 500)
                .build();
    }

    private void load() throws IOException {
        Places places = Places.read();
        long start = System.nanoTime();
        int rows = places.cities().size() + places.countries().size();
        try (ProgressBar progress = new ProgressBarBuilder()
                .setTaskName("Loading places")
                .setInitialMax(rows)
                .setUnit(" rows", 1)
                .setStyle(ProgressBarStyle.ASCII)
                .setMaxRenderedLength(90)
                .showSpeed()
                .build()) {
            Loader.load(factory, places, progress);
        }
        out.printf("%,d rows in %.1f s: %,.0f rows/s%n", rows, seconds(start), rows / seconds(start));
    }

    private void rowsPerShard() {
        title("Rows per shard");
        try (ShardedSession session = factory.openSession()) {
            for (var shard : factory.getTopology().shards()) {
                long cities = session.doReturningWork(shard, connection -> {
                    try (var rows = connection.createStatement().executeQuery("select count(*) from city")) {
                        rows.next();
                        return rows.getLong(1);
                    }
                });
                out.printf("%s %,8d cities%n", shard, cities);
            }
        }
    }

    private void oneCountry() {
        title("The 5 largest cities of Sweden");
        factory.inTransaction(session -> list(CityQueries.largestOf(session, "SE")));
    }

    private void worldPage() {
        title("The 20 most populous cities of the world, page 3");
        factory.inTransaction(session -> list(CityQueries.largestOfTheWorld(session, 3, 20)));
    }

    private void search() {
        title("Cities whose name begins with \"San José\"");
        factory.inTransaction(session -> list(CityQueries.named(session, "San José%")));
    }

    private void totals() {
        title("All cities: count, people, largest, mean latitude");
        factory.inTransaction(session ->
                out.println(Arrays.toString(CityQueries.totals(session).getSingleResult())));
        title("Capitals of more than 5 million people");
        factory.inTransaction(
                session -> CityQueries.capitals(session).getResultList().forEach(out::println));
    }

    private void find() {
        title("Find London by its id");
        try (ShardedSession session = factory.openSession()) {
            City city = session.find(City.class, LONDON);
            out.printf("find(City, %d): %s, asked %s%n", LONDON, city.getName(), session.usedShards());
        }
        try (ShardedSession session = factory.openSession()) {
            City city = session.find(City.class, LONDON, ShardKeys.of("GB"));
            out.printf(
                    "find(City, %d, ShardKeys.of(\"GB\")): %s, asked %s%n",
                    LONDON, city.getName(), session.usedShards());
        }
    }

    private void update() {
        title("London grows by one");
        factory.inTransaction(session -> {
            City city = session.find(City.class, LONDON, ShardKeys.of("GB"));
            out.printf("before %,d%n", city.getPopulation());
            city.setPopulation(city.getPopulation() + 1);
        });
        factory.inSession(session -> out.printf(
                "after  %,d%n",
                session.find(City.class, LONDON, ShardKeys.of("GB")).getPopulation()));
    }

    private void moveToAnotherCountry() {
        title("London moves to Sweden");
        try {
            factory.inTransaction(session -> {
                City city = session.find(City.class, LONDON, ShardKeys.of("GB"));
                city.setCountry(session.getReference(Country.class, "SE"));
            });
        } catch (ShardingException refused) {
            out.println(refused.getMessage());
        }
    }

    private void list(Query<City> query) {
        CityQueries.lines(query.getResultList()).forEach(out::println);
        out.println(((ShardedQuery<City>) query).explain().indent(2).stripTrailing());
    }

    private void title(String text) {
        out.printf("%n== %s%n", text);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
