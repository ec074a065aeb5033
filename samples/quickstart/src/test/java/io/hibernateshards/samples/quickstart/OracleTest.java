package io.hibernateshards.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Everything that the quickstart prints, asked of one plain PostgreSQL with plain Hibernate too. */
class OracleTest {
    private static LocalCluster cluster;
    private static LocalCluster single;
    private static ShardedSessionFactory sharded;
    private static SessionFactory plain;

    @BeforeAll
    static void load() throws Exception {
        cluster = LocalCluster.start(Layout.DATABASES, 4);
        single = LocalCluster.start(Layout.DATABASES, 1);
        sharded = new ShardedConfiguration()
                .entities(Country.class, City.class, FeatureCode.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", 500)
                .build();
        Shard one = single.shards().get(0);
        plain = new Configuration()
                .addAnnotatedClass(Country.class)
                .addAnnotatedClass(City.class)
                .addAnnotatedClass(FeatureCode.class)
                .setProperty("jakarta.persistence.jdbc.url", one.url())
                .setProperty("jakarta.persistence.jdbc.user", one.user())
                .setProperty("jakarta.persistence.jdbc.password", one.password())
                .setProperty("hibernate.hbm2ddl.auto", "create")
                .setProperty("hibernate.jdbc.batch_size", "500")
                .buildSessionFactory();
        Places places = Places.read();
        try (ProgressBar silent = new ProgressBarBuilder()
                .setConsumer(new DelegatingProgressBarConsumer(line -> {}))
                .build()) {
            Loader.load(sharded, places, silent);
        }
        try (StatelessSession session = plain.openStatelessSession()) {
            session.inTransaction(transaction -> {
                session.insertMultiple(List.copyOf(places.features().values()));
                session.insertMultiple(List.copyOf(places.countries().values()));
                session.insertMultiple(places.cities());
            });
        }
    }

    @AfterAll
    static void stop() {
        sharded.close();
        plain.close();
        cluster.close();
        single.close();
    }

    private static <T> void same(Function<Session, T> asked) {
        assertThat(sharded.fromTransaction(asked)).isEqualTo(plain.fromTransaction(asked));
    }

    @Test
    void oneCountry_isThePlainAnswer() {
        for (String code : List.of("SE", "FR", "IN", "US", "XX")) {
            same(session ->
                    CityQueries.lines(CityQueries.largestOf(session, code).getResultList()));
        }
    }

    @Test
    void pagesOfTheWorld_areThePlainAnswer() {
        for (int page : List.of(1, 2, 3, 4, 51, 6762, 6763)) {
            same(session -> CityQueries.lines(
                    CityQueries.largestOfTheWorld(session, page, 20).getResultList()));
        }
    }

    /** All rows of such a page are on one shard, which is asked again for more than its share. */
    @Test
    void deepPagesOfOneShard_areThePlainAnswer() {
        for (int offset : List.of(60, 1000, 5000, 20000, 20040, 60000)) {
            same(session -> CityQueries.lines(
                    session.createQuery("from City c order by c.country.code, c.name, c.id", City.class)
                            .setFirstResult(offset)
                            .setMaxResults(40)
                            .getResultList()));
        }
    }

    @Test
    void namesOnAllShards_areThePlainAnswer() {
        for (String pattern : List.of("San José%", "%ö%", "Å%", "none%")) {
            same(session ->
                    CityQueries.lines(CityQueries.named(session, pattern).getResultList()));
        }
    }

    @Test
    void totals_areThePlainAnswer() {
        Object[] one =
                plain.fromTransaction(session -> CityQueries.totals(session).getSingleResult());
        Object[] many =
                sharded.fromTransaction(session -> CityQueries.totals(session).getSingleResult());
        assertThat(many).hasSize(4).startsWith(one[0], one[1], one[2]);
        // doubles are added in another order, so the last digits may differ
        assertThat((Double) many[3]).isCloseTo((Double) one[3], org.assertj.core.data.Offset.offset(1e-9));
    }

    /** A country is on one shard, and so is all that is grouped by it. */
    @Test
    void groupsOfOneShard_areThePlainAnswer() {
        for (String hql : List.of(
                "select c.country.code, count(*), sum(c.population) from City c group by c.country.code"
                        + " order by count(*) desc, c.country.code limit 10 offset 5",
                "select c.country.code, max(c.name) from City c group by c.country.code having count(*) > 2000"
                        + " order by c.country.code desc",
                "select k.name, avg(c.population), count(distinct c.name) from City c join c.country k"
                        + " group by k.code, k.name order by k.name",
                "select count(distinct c.country.code), count(*) from City c",
                "select distinct c.country.code, c.feature.code from City c order by c.feature.code, c.country.code",
                "select c.id, row_number() over (partition by c.country.code order by c.population desc, c.id)"
                        + " from City c where c.population > 1000000 order by c.id")) {
            same(session -> session.createQuery(hql, Object[].class).getResultList().stream()
                    .map(Arrays::toString)
                    .toList());
        }
    }

    @Test
    void groupsAndWindowsOfSeveralShards_areThePlainAnswer() {
        for (String hql : List.of(
                "select c.name, count(*) from City c group by c.name order by count(*) desc, c.name limit 50",
                "select distinct c.name, c.population from City c where c.population > 100000"
                        + " order by c.population, c.name",
                "select count(distinct c.name), max(c.population) from City c",
                "select c.id, rank() over (order by c.population desc, c.id) from City c where c.population > 1000000"
                        + " order by c.id")) {
            same(session -> session.createQuery(hql, Object[].class).getResultList().stream()
                    .map(Arrays::toString)
                    .toList());
        }
    }

    @Test
    void moreRowsThanMayBeGathered_areRefused() {
        String hql = "select c.id, rank() over (order by c.population) from City c";
        assertThatThrownBy(() -> sharded.inSession(session ->
                        session.createSelectionQuery(hql, Object[].class).getResultList()))
                .isInstanceOf(ShardingException.class)
                .hasMessageStartingWith("HS-032")
                .hasMessageContaining("hibernate.shards.query.gather-limit");
    }

    @Test
    void capitals_areThePlainAnswer() {
        same(session -> CityQueries.capitals(session).getResultList());
    }

    @Test
    void findAndUpdate_areThePlainAnswer() {
        same(session -> {
            City london = session instanceof ShardedSession
                    ? session.find(City.class, 2643743L, ShardKeys.of("GB"))
                    : session.find(City.class, 2643743L);
            london.setPopulation(london.getPopulation() + 1);
            return london.getPopulation();
        });
        same(session -> session.find(City.class, 2643743L).getPopulation());
    }

    @Test
    void everyCity_isOnExactlyOneShard() {
        long rows = 0;
        try (ShardedSession session = sharded.openSession()) {
            for (var shard : sharded.getTopology().shards()) {
                rows += session.doReturningWork(shard, connection -> {
                    try (var count = connection.createStatement().executeQuery("select count(*) from city")) {
                        count.next();
                        return count.getLong(1);
                    }
                });
            }
        }
        assertThat(rows).isEqualTo(135_233);
    }
}
