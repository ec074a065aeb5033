package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.any;
import static io.hibernateshards.internal.scatter.Ask.ordered;
import static io.hibernateshards.internal.scatter.Ask.page;
import static io.hibernateshards.internal.scatter.Ask.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tables and ids that are mapped in less common ways, gathered: as one plain PostgreSQL answers. */
class GatheredMappingsTest {
    private static final Class<?>[] ENTITIES = {
        Figure.class,
        Disc.class,
        Box.class,
        Cube.class,
        Entry.class,
        Remark.class,
        Account.class,
        Vessel.class,
        Ship.class,
        Currency.class
    };

    private static LocalCluster cluster;
    private static LocalCluster single;
    private static ShardedSessionFactory sharded;
    private static SessionFactory plain;

    /** The same shards, where no gathered query sends rows within its SQL. */
    private static ShardedSessionFactory copying;

    @Entity(name = "Figure")
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    abstract static class Figure {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String label;

        @Override
        public String toString() {
            return getClass().getSimpleName() + " " + id + label;
        }
    }

    @Entity(name = "Disc")
    static class Disc extends Figure {
        @Nullable
        Double radius;

        @Override
        public String toString() {
            return super.toString() + radius;
        }
    }

    @Entity(name = "Box")
    static class Box extends Figure {
        @Nullable
        Integer side;

        @Override
        public String toString() {
            return super.toString() + side;
        }
    }

    @Entity(name = "Cube")
    static class Cube extends Box {
        @Nullable
        Integer depth;

        @Override
        public String toString() {
            return super.toString() + depth;
        }
    }

    record EntryId(@Nullable String tenant, @Nullable Integer number) implements Serializable {}

    @Entity(name = "Entry")
    @IdClass(EntryId.class)
    static class Entry {
        @Id
        @ShardKey
        @Nullable
        String tenant;

        @Id
        @Nullable
        Integer number;

        @Nullable
        String text;

        @OneToMany(mappedBy = "entry")
        List<Remark> remarks = new ArrayList<>();

        @Override
        public String toString() {
            return "Entry " + tenant + number + text;
        }
    }

    @Entity(name = "Remark")
    static class Remark {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @ShardKey
        @Nullable
        Entry entry;

        @Nullable
        String text;

        @Override
        public String toString() {
            return "Remark " + id + text;
        }
    }

    @Entity(name = "Account")
    @Table(name = "account", schema = "trade")
    static class Account {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String label;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Currency currency;

        @ElementCollection
        @CollectionTable(schema = "trade", name = "\"Note\"")
        Set<String> notes = new TreeSet<>();

        @Override
        public String toString() {
            return "Account " + id + label + notes;
        }
    }

    @Entity(name = "Vessel")
    @Table(schema = "trade")
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    static class Vessel {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String label;

        @Override
        public String toString() {
            return getClass().getSimpleName() + " " + id + label;
        }
    }

    @Entity(name = "Ship")
    @Table(schema = "trade")
    static class Ship extends Vessel {
        @Nullable
        Integer tons;

        @Override
        public String toString() {
            return super.toString() + tons;
        }
    }

    @Entity(name = "Currency")
    @Table(schema = "trade")
    @ReferenceEntity
    static class Currency {
        @Id
        @Nullable
        String code;

        @Override
        public String toString() {
            return "Currency " + code;
        }
    }

    /** What {@code select new} makes. */
    record Pair(@Nullable Object one, @Nullable String other) {}

    /** The same by its types. */
    record EntryPair(@Nullable Entry entry, @Nullable Figure figure) {}

    @BeforeAll
    static void start() throws SQLException {
        cluster = LocalCluster.shared(Layout.DATABASES, 4);
        single = LocalCluster.shared(Layout.DATABASES, 1);
        for (Shard shard : Stream.concat(cluster.shards().stream(), single.shards().stream())
                .toList()) {
            try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                    Statement statement = connection.createStatement()) {
                statement.execute("create schema trade");
            }
        }
        sharded = new ShardedConfiguration()
                .entities(ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        copying = new ShardedConfiguration()
                .entities(ENTITIES)
                .settings(cluster.settings())
                .setting(ShardSettings.QUERY_INLINE_LIMIT, "0")
                .build();
        plain = PlainConfiguration.of(single, List.of(ENTITIES)).buildSessionFactory();
        plain.inTransaction(session -> {
            List<Currency> currencies = currencies();
            currencies.forEach(session::persist);
            rows(currencies).forEach(session::persist);
        });
        List<Currency> currencies = currencies();
        sharded.getReferenceData().upsert(currencies);
        rows(currencies).forEach(row -> sharded.inTransaction(session -> session.persist(row)));
    }

    private static List<Currency> currencies() {
        return Stream.of("EUR", "SEK", "USD")
                .map(code -> {
                    Currency currency = new Currency();
                    currency.code = code;
                    return currency;
                })
                .toList();
    }

    private static List<Object> rows(List<Currency> currencies) {
        List<Object> rows = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            Figure figure;
            if (i % 3 == 0) {
                Disc disc = new Disc();
                disc.radius = i % 4 == 0 ? null : i / 2.0;
                figure = disc;
            } else if (i % 3 == 1) {
                Box box = new Box();
                box.side = i % 5;
                figure = box;
            } else {
                Cube cube = new Cube();
                cube.side = i % 4;
                cube.depth = i % 7 == 0 ? null : i;
                figure = cube;
            }
            figure.id = (long) i;
            figure.label = i % 6 == 0 ? null : "label" + i % 5;
            rows.add(figure);
            Account account = new Account();
            account.id = (long) i;
            account.label = "label" + i % 4;
            account.currency = i % 5 == 0 ? null : currencies.get(i % 2);
            account.notes.add("note" + i % 3);
            rows.add(account);
            Ship ship = new Ship();
            Vessel vessel = i % 2 == 0 ? ship : new Vessel();
            ship.tons = i % 3;
            vessel.id = (long) i;
            vessel.label = "label" + i % 6;
            rows.add(vessel);
            Entry entry = new Entry();
            entry.tenant = "tenant" + i % 7;
            entry.number = i;
            entry.text = i % 8 == 0 ? null : "label" + i % 9;
            rows.add(entry);
            for (int r = 0; r < i % 3; r++) {
                Remark remark = new Remark();
                remark.id = 10L * i + r;
                remark.entry = entry;
                remark.text = "label" + r;
                rows.add(remark);
            }
        }
        return rows;
    }

    @AfterAll
    static void stop() {
        copying.close();
        sharded.close();
        plain.close();
        cluster.close();
        single.close();
    }

    private static Stream<DynamicTest> tests(List<Ask> asks) {
        return asks.stream()
                .map(ask -> DynamicTest.dynamicTest(ask.name(), () -> {
                    List<String> right = plain.fromTransaction(ask::answer);
                    for (ShardedSessionFactory factory : List.of(sharded, copying)) {
                        assertThat(factory.fromTransaction(ask::answer))
                                .as(ask.name())
                                .isEqualTo(right);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> tablePerClass() {
        return tests(List.of(
                ordered("from Figure f where f.id > (select avg(g.id) from Figure g) order by f.id"),
                ordered(
                        "select a, b from Figure a join Figure b on b.label = a.label and a.id < b.id order by a.id, b.id"),
                ordered("select a, b from Box a join Cube b on b.side = a.side order by a.id, b.id"),
                ordered("select a, b from Cube a left join Disc b on b.radius = a.depth order by a.id, b.id"),
                ordered(
                        "select a.id, row_number() over (order by a.label, a.id) from Figure a order by a.id",
                        page(2, 9)),
                any("select type(a), count(*) from Figure a join Entry e on e.text = a.label group by type(a)"),
                any("select a.label, stddev(a.id) from Figure a group by a.label"),
                any("select treat(a as Cube).depth, e.number from Figure a join Entry e on e.text = a.label"),
                any("select a.id, b.id from Figure a join Figure b on treat(b as Box).side = treat(a as Cube).depth"),
                any("select a.id from Figure a where type(a) = Cube and a.label in (select e.text from Entry e)"),
                any(
                        "select a.id from Figure a where type(a) in (Disc, Box) and a.label in (select e.text from Entry e)"),
                any("select a.side, a.id from Cube a join Entry e on e.text = a.label where a.side = :s", with("s", 2)),
                any(
                        "select d.radius from Disc d join Entry e on e.number = d.id where d.radius > 3 and d.label is not null"),
                any("select a.id from Figure a union select b.id from Box b"),
                any("select a from Figure a where a.label = 'label2' union select b from Figure b where b.id < 9"),
                any("select count(*) from Figure a, Disc b")));
    }

    @TestFactory
    Stream<DynamicTest> idClass() {
        return tests(List.of(
                ordered("from Entry e where e.number > (select avg(f.number) from Entry f) order by e.number"),
                ordered(
                        "select a, b from Entry a join Entry b on b.text = a.text and a.number < b.number order by a.number, b.number"),
                ordered("select a, b from Entry a left join Figure b on b.label = a.text order by a.number, b.id"),
                ordered(
                        "select b, a from Figure b left join Entry a on b.label = a.text and a.number < 9 order by b.id, a.number"),
                ordered("select e, row_number() over (order by e.number) from Entry e order by e.number", page(3, 5)),
                ordered("select distinct e from Entry e join Figure f on f.label = e.text order by e.number"),
                ordered(
                        "select e from Entry e left join fetch e.remarks where e.number > (select avg(f.number) from Entry f) order by e.number"),
                any("select r.entry, count(*), stddev(r.id) from Remark r group by r.entry"),
                ordered("select r.entry, r.id, row_number() over (order by r.id) from Remark r order by r.id"),
                ordered("select x, r.id, row_number() over (order by r.id) from Remark r join r.entry x order by r.id"),
                any("select e from Entry e where e.number = 3 union select e from Entry e where e.number = 4")));
    }

    @TestFactory
    Stream<DynamicTest> entitiesInSelectNew() {
        String pair = "new " + Pair.class.getName();
        String entryPair = "new " + EntryPair.class.getName();
        return tests(List.of(
                ordered("select " + entryPair
                        + "(e, f) from Entry e join Figure f on f.label = e.text order by e.number, f.id"),
                ordered(
                        "select " + entryPair
                                + "(e, f) from Entry e left join Figure f on f.label = e.text and f.id < 9"
                                + " order by e.number, f.id",
                        page(4, 30)),
                ordered(
                        "select " + pair
                                + "(e, f.label), e.number from Entry e join Figure f on f.label = e.text order by e.number, f.id"),
                ordered(
                        "select f.id, new list(e, f.label, f), e from Entry e join Figure f on f.label = e.text order by e.number, f.id"),
                ordered(
                        "select new map(e as e, f.label as l) from Entry e join Figure f on f.label = e.text order by e.number, f.id"),
                ordered(
                        "select new list(e, f.label) from Entry e join Figure f on f.label = e.text order by e.number, f.id",
                        Object.class),
                any("select distinct new list(e, f.label) from Entry e join Figure f on f.label = e.text"),
                any("select new list(r.entry, count(*), stddev(r.id)) from Remark r group by r.entry")));
    }

    @TestFactory
    Stream<DynamicTest> tablesInASchema() {
        return tests(List.of(
                ordered("from Account a where a.id > (select avg(b.id) from Account b) order by a.id"),
                ordered(
                        "select a, b from Account a join Account b on b.label = a.label and a.id < b.id order by a.id, b.id"),
                ordered(
                        "select a.id, e.number from Account a join Entry e on e.text = a.label where a.id > :i order by a.id, e.number",
                        with("i", 20)),
                any(
                        "select a.label, count(*) from Account a join a.currency c join Account b on b.label = a.label group by a.label"),
                any("select c.code, count(a) from Currency c left join Account a on a.currency = c group by c.code"),
                any("select n, count(*), stddev(a.id) from Account a join a.notes n group by n"),
                any(
                        "select a.id from Account a where 'note1' member of a.notes and a.id > (select avg(b.id) from Account b)"),
                ordered(
                        "select v, w from Vessel v join Vessel w on w.label = v.label and v.id < w.id order by v.id, w.id"),
                ordered("select s, v from Ship s join Vessel v on v.id = s.tons order by s.id"),
                any(
                        "select treat(v as Ship).tons, count(*), stddev(v.id) from Vessel v group by treat(v as Ship).tons"),
                any("select v.id from Vessel v where type(v) = Ship and v.label in (select a.label from Account a)"),
                any("select v.label from Vessel v union select a.label from Account a where a.id < 4")));
    }

    @Test
    void tablesInASchema_inAReadOnlyTransaction_areGatheredWithoutReferences() {
        sharded.inTransaction(session -> {
            ReadOnly.begin((ShardedSession) session);
            assertThat(session.createQuery("select max(a.id) - min(a.id) from Account a", Long.class)
                            .getSingleResult())
                    .isEqualTo(29L);
            assertThatThrownBy(() -> session.createQuery(
                                    "select c.code, count(a) from Currency c left join Account a on a.currency = c group by c.code",
                                    Object[].class)
                            .getResultList())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll("reference table trade.Currency", "read-only");
        });
    }
}
