package io.hibernateshards.samples.quickstart;

import java.util.List;
import org.hibernate.Session;
import org.hibernate.query.Query;

/** What the quickstart asks. Any Hibernate session can answer it: the tests ask one plain PostgreSQL the same. */
final class CityQueries {
    private CityQueries() {}

    /** One shard: the country is the shard key. */
    static Query<City> largestOf(Session session, String countryCode) {
        return session.createQuery(
                        "from City c where c.country.code = :code order by c.population desc, c.id", City.class)
                .setParameter("code", countryCode)
                .setMaxResults(5);
    }

    /** All shards, merged by population; pages count from 1. */
    static Query<City> largestOfTheWorld(Session session, int page, int pageSize) {
        return session.createQuery("from City c order by c.population desc, c.id", City.class)
                .setFirstResult((page - 1) * pageSize)
                .setMaxResults(pageSize);
    }

    /** All shards: a name says nothing about the country. */
    static Query<City> named(Session session, String pattern) {
        return session.createQuery("from City c where c.name like :name order by c.name, c.id", City.class)
                .setParameter("name", pattern)
                .setMaxResults(10);
    }

    /** All shards, added up. */
    static Query<Object[]> totals(Session session) {
        return session.createQuery(
                "select count(*), sum(c.population), max(c.population), avg(c.latitude) from City c", Object[].class);
    }

    /** A DTO of a join to a root that lives with the city, and to a reference entity. */
    static Query<Capital> capitals(Session session) {
        return session.createQuery(
                "select new io.hibernateshards.samples.quickstart.Capital(c.name, k.name, f.description)"
                        + " from City c join c.country k join c.feature f"
                        + " where f.code = 'PPLC' and c.population > 5000000 order by c.name",
                Capital.class);
    }

    static List<String> lines(List<City> cities) {
        return cities.stream()
                .map(c -> "%-28s %s %,12d".formatted(c.getName(), c.getCountry().getCode(), c.getPopulation()))
                .toList();
    }
}
