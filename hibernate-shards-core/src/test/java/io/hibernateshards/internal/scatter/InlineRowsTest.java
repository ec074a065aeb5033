package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.List;
import java.util.Map;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that a gathered query sends within its SQL are the rows that they were. */
class InlineRowsTest {
    private static final int ROWS = 24;

    /** A column with each type, and two values of it. */
    private static final Map<String, List<String>> COLUMNS = Map.ofEntries(
            Map.entry("fixed", List.of("char(5)", "'ab'", "'a b  '")),
            Map.entry("brief", List.of("varchar(3)", "'abc'", "''")),
            Map.entry("exact", List.of("numeric(10,4)", "1.5", "'NaN'")),
            Map.entry("loose", List.of("numeric", "1.50", "1e-30")),
            Map.entry("small", List.of("real", "0.1", "'-Infinity'")),
            Map.entry("twice", List.of("double precision", "0.1 + 0.2::float8", "'NaN'")),
            Map.entry("truth", List.of("boolean", "true", "false")),
            Map.entry("day", List.of("date", "'0044-03-15 BC'", "'infinity'")),
            Map.entry("moment", List.of("timestamp(3)", "'2026-01-31 12:00:00.123456'", "'-infinity'")),
            Map.entry("instant", List.of("timestamptz", "'2026-01-31 12:00:00.123456+02'", "'0001-01-01 BC'")),
            Map.entry("clock", List.of("timetz", "'24:00:00+01'", "'00:00:00.000001-12:30'")),
            Map.entry("span", List.of("interval", "'-1 year 2 days -03:00:00.5'", "'178000000 years'")),
            Map.entry("bytes", List.of("bytea", "'\\x00ff5c27'", "''")),
            Map.entry("document", List.of("jsonb", "'null'", "'{\"a\": [1.50, null, \"\\u0041\"]}'")),
            Map.entry("written", List.of("json", "'{\"b\":1, \"a\" : 2, \"b\":3}'", "' null '")),
            Map.entry("words", List.of("text[]", "array['a\"b', null, 'null', '{,}', '']", "'{}'")),
            Map.entry("grid", List.of("int[]", "'[0:1][2:3]={{1,2},{3,4}}'", "'{}'")),
            Map.entry("mood", List.of("mood", "'it''s fine'", "'bad'")),
            Map.entry("positive", List.of("positive", "1", "2")),
            Map.entry("place", List.of("place", "row('a \"b\", c', null)", "row('', 2)")),
            Map.entry("address", List.of("inet", "'10.1.2.3/8'", "'::1'")),
            Map.entry("bits", List.of("bit(5)", "b'10101'", "b'00000'")),
            Map.entry("flags", List.of("bit varying", "b'101'", "b''")),
            Map.entry("markup", List.of("xml", "'<a b=\"1\"/>'", "'text'")),
            Map.entry("price", List.of("money", "1234.5", "-0.01")),
            Map.entry("ints", List.of("int4range", "'[1,3]'", "'empty'")),
            Map.entry("sorted", List.of("text collate \"C\"", "'a'", "'B'")),
            Map.entry("folded", List.of("text collate folded", "'straße'", "'ABC'")),
            Map.entry("letter", List.of("\"char\"", "'x'", "'\\300'")),
            Map.entry("odd", List.of("text", "E'tab\\t\\\\N'", "'x'")));

    private static final String TYPES =
            """
            create type mood as enum ('it''s fine', 'bad');
            create domain positive as int not null check (value > 0);
            create type place as (street text, number int);
            create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            """;

    @Entity(name = "Typed")
    @Table(name = "\"Typed Rows\"")
    static class Typed {
        @Id
        @ShardKey
        Long id = 0L;

        @Nullable
        Long previous;

        @Nullable
        @Column(insertable = false, updatable = false)
        String fixed;

        @Nullable
        @Column(insertable = false, updatable = false)
        String brief;

        @Nullable
        @Column(insertable = false, updatable = false)
        String exact;

        @Nullable
        @Column(insertable = false, updatable = false)
        String loose;

        @Nullable
        @Column(insertable = false, updatable = false)
        String small;

        @Nullable
        @Column(insertable = false, updatable = false)
        String twice;

        @Nullable
        @Column(insertable = false, updatable = false)
        String truth;

        @Nullable
        @Column(insertable = false, updatable = false)
        String day;

        @Nullable
        @Column(insertable = false, updatable = false)
        String moment;

        @Nullable
        @Column(insertable = false, updatable = false)
        String instant;

        @Nullable
        @Column(insertable = false, updatable = false)
        String clock;

        @Nullable
        @Column(insertable = false, updatable = false)
        String span;

        @Nullable
        @Column(insertable = false, updatable = false)
        String bytes;

        @Nullable
        @Column(insertable = false, updatable = false)
        String document;

        @Nullable
        @Column(insertable = false, updatable = false)
        String written;

        @Nullable
        @Column(insertable = false, updatable = false)
        String words;

        @Nullable
        @Column(insertable = false, updatable = false)
        String grid;

        @Nullable
        @Column(insertable = false, updatable = false)
        String mood;

        @Nullable
        @Column(insertable = false, updatable = false)
        String positive;

        @Nullable
        @Column(insertable = false, updatable = false)
        String place;

        @Nullable
        @Column(insertable = false, updatable = false)
        String address;

        @Nullable
        @Column(insertable = false, updatable = false)
        String bits;

        @Nullable
        @Column(insertable = false, updatable = false)
        String flags;

        @Nullable
        @Column(insertable = false, updatable = false)
        String markup;

        @Nullable
        @Column(insertable = false, updatable = false)
        String price;

        @Nullable
        @Column(insertable = false, updatable = false)
        String ints;

        @Nullable
        @Column(insertable = false, updatable = false)
        String sorted;

        @Nullable
        @Column(insertable = false, updatable = false)
        String folded;

        @Nullable
        @Column(insertable = false, updatable = false)
        String letter;

        @Nullable
        @Column(insertable = false, updatable = false, name = "\"Odd Name\"")
        String odd;
    }

    private static BothSides sides;

    @BeforeAll
    static void start() {
        sides = new BothSides(TYPES, Map.of(), Typed.class);
        sides.write(InlineRowsTest::store);
        COLUMNS.forEach((attribute, column) -> {
            String name = attribute.equals("odd") ? "\"Odd Name\"" : attribute;
            String type = column.get(0);
            sides.sql("alter table \"Typed Rows\" drop column " + name + ", add column " + name + " " + type
                    + (type.equals("positive") ? " default 7" : "") + "; update \"Typed Rows\" set " + name
                    + " = case when id % 2 = 0 then (" + column.get(1) + ")::" + plain(type) + " else ("
                    + column.get(2) + ")::" + plain(type) + " end where id % 5 <> 0");
        });
    }

    private static String plain(String type) {
        return type.replaceAll(" collate .*", "");
    }

    private static void store(Session session) {
        for (long id = 1; id <= ROWS; id++) {
            Typed typed = new Typed();
            typed.id = id;
            typed.previous = id == 1 ? null : id - 1;
            session.persist(typed);
        }
    }

    @AfterAll
    static void stop() {
        sides.close();
    }

    private static List<?> pairs(Session session, String hql, int inline) {
        var query = session.createQuery(hql, Object.class);
        if (session instanceof ShardedSession) {
            query.setHint(ShardHints.INLINE_LIMIT, inline);
        }
        return query.list();
    }

    @Test
    void valuesOfEachType_areUnchanged() {
        for (String name : COLUMNS.keySet()) {
            sides.sameOrder("select a.id, b.id, cast(a." + name + " as String), cast(b." + name + " as String)"
                    + " from Typed a join Typed b on b.previous = a.id order by a.id");
        }
        sides.sameOrder("select a.fixed, b.fixed from Typed a join Typed b on b.previous = a.id order by a.id");
    }

    @Test
    void valuesOfEachType_areEqualToThoseOfOtherShards() {
        for (String name : COLUMNS.keySet()) {
            if (!List.of("written", "markup").contains(name)) { // the server does not compare them
                sides.same("select a.id, b.id from Typed a join Typed b on a." + name + " = b." + name);
                sides.same("select count(*) from Typed a where a." + name + " in (select b." + name
                        + " from Typed b where b.id < a.id)");
            }
        }
    }

    /** Fewer, as many and more rows than other shards have. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 15, 16, 17, 24, 1000})
    void limit_makesNoDifference(int limit) {
        sides.sameOrder(session -> pairs(
                session,
                "select a.id, b.id from Typed a join Typed b on b.previous = a.id where b.id > 3 order by a.id",
                limit));
        sides.sameOrder(session ->
                pairs(session, "select count(*) from Typed a, Typed b where a.id > b.id and b.id < 20", limit));
    }

    @Test
    void tableWhoseRowsAreOnlyCounted_hasItsRows() {
        sides.same("select count(*) from Typed a, Typed b");
    }

    /** A temporary table would take a transaction id. */
    @Test
    void inlineRows_writeNothing() {
        String hql = "select a.id, b.id from Typed a join Typed b on b.previous = a.id";
        assertThat(writers(hql, 1000)).isZero();
        assertThat(writers(hql, 0)).isOne();
    }

    private static long writers(String hql, int limit) {
        return sides.sharded.<Long>fromTransaction(session -> {
            assertThat(pairs(session, hql, limit)).hasSize(ROWS - 1);
            return sides.sharded.getTopology().shards().stream()
                    .filter(shard -> session.createNativeQuery(
                                    "select pg_current_xact_id_if_assigned() is not null", Boolean.class)
                            .setHint(ShardHints.SHARD, shard.name())
                            .getSingleResult())
                    .count();
        });
    }
}
