package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.Effort;
import io.hibernateshards.OnCluster;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.integration.Sheets.Badge;
import io.hibernateshards.integration.Sheets.Card;
import io.hibernateshards.integration.Sheets.Child;
import io.hibernateshards.integration.Sheets.Country;
import io.hibernateshards.integration.Sheets.Inner;
import io.hibernateshards.integration.Sheets.Part;
import io.hibernateshards.integration.Sheets.Person;
import io.hibernateshards.integration.Sheets.Sheet;
import io.hibernateshards.integration.Sheets.SubSheet;
import io.hibernateshards.integration.Sheets.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.assertj.core.api.Assertions;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.query.MutationQuery;
import org.hibernate.query.criteria.JpaCriteriaUpdate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A row that would refer to an entity of another shard is refused, whatever shape the reference has and whoever writes it. */
@SuppressWarnings({"ImmutableEnumChecker", "EnumOrdinal"}) // the constants are what is set; any number will do
class CrossShardReferencesTest {
    /** A place in a row that refers to a person. */
    private enum Shape {
        TO_ONE("sheet", "to_one", (sheet, person) -> sheet.toOne = person),
        ONE_TO_ONE("sheet", "single", (sheet, person) -> sheet.single = person),
        IN_EMBEDDABLE("sheet", "in_embeddable", (sheet, person) -> sheet.inner.inEmbeddable = person),
        NESTED("sheet", "nested", (sheet, person) -> sheet.inner.nested.nestedOne = person),
        CASCADED("sheet", "cascaded", (sheet, person) -> sheet.cascaded = person),
        NOT_FOUND_IGNORED("sheet", "may_lack", (sheet, person) -> sheet.mayLack = person),
        IN_SECONDARY_TABLE("sheet_more", "in_secondary", (sheet, person) -> sheet.inSecondary = person),
        IN_SUBCLASS("subsheet", "in_subclass", (sheet, person) -> ((SubSheet) sheet).inSubclass = person),
        BAG("sheet_bag", "person", (sheet, person) -> add(sheet.bag, person)),
        ORDERED_LIST("sheet_ordered", "person", (sheet, person) -> add(sheet.ordered, person)),
        JOINED_SET("sheet_joined", "person", (sheet, person) -> add(sheet.joined, person)),
        IN_ELEMENT("sheet_parts", "person", (sheet, person) -> sheet.parts.add(new Part(person, 1))),
        MAP_KEY("sheet_keyed", "person", (sheet, person) -> {
            if (person != null) {
                sheet.keyed.put(person, "x");
            }
        }),
        IN_MAP_KEY("sheet_by_part", "person", (sheet, person) -> {
            if (person != null) {
                sheet.byPart.put(new Part(person, 1), "x");
            }
        }),
        MAP_KEY_OF_ENTITIES("sheet_pairs", "key_person", (sheet, person) -> {
            if (person != null) {
                sheet.pairs.put(person, own());
            }
        }),
        MAP_VALUE("sheet_pairs", "person", (sheet, person) -> {
            if (person != null) {
                sheet.pairs.put(own(), person);
            }
        });

        private final String table;
        private final String column;
        private final BiConsumer<Sheet, @Nullable Person> set;

        Shape(String table, String column, BiConsumer<Sheet, @Nullable Person> set) {
            this.table = table;
            this.column = column;
            this.set = set;
        }

        private static void add(java.util.Collection<Person> persons, @Nullable Person person) {
            if (person != null) {
                persons.add(person);
            }
        }

        private int stored(long person) {
            return shards.number(0, "select count(*) from " + table + " where " + column + " = " + person);
        }
    }

    /** How the row is written. */
    private enum Way {
        PERSIST,
        CHANGE,
        MERGE_NEW,
        MERGE_STORED,
        STATELESS_INSERT,
        STATELESS_INSERT_MULTIPLE,
        STATELESS_UPDATE,
        STATELESS_UPSERT;

        boolean isStateless() {
            return name().startsWith("STATELESS");
        }
    }

    /** What the reference is set to. */
    private enum Given {
        FOUND,
        PROXY,
        DETACHED
    }

    /** A way, and what it is given. */
    private record Writing(Way way, Given given) {
        static List<Writing> all() {
            List<Writing> all = new ArrayList<>();
            for (Way way : Way.values()) {
                for (Given given : way.isStateless() ? new Given[] {Given.DETACHED} : Given.values()) {
                    all.add(new Writing(way, given));
                }
            }
            return all;
        }

        @Override
        public String toString() {
            return way + " " + given;
        }
    }

    /** Of this class: the cluster, and what is on its first shard. */
    private static final class Shards extends OnCluster {
        Shards(LocalCluster cluster) {
            super(cluster, true);
        }

        @Override
        public void close() {
            closeCluster();
        }
    }

    private static Shards shards;
    private static ShardedSessionFactory factory;

    /** On the first shard, and one of another shard. */
    private static long here;

    private static long there;
    private static long next = 1000;

    @BeforeAll
    static void start() {
        shards = new Shards(LocalCluster.shared(Layout.DATABASES, 2));
        factory = new ShardedConfiguration()
                .entities(Sheets.ENTITIES)
                .settings(shards.cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.transaction.mode", "two-phase")
                .build();
        here = person(0);
        there = person(1);
        factory.inTransaction(session -> {
            session.persist(new Person(here));
            session.persist(new Person(there));
            Country country = new Country();
            country.code = "SE";
            session.persist(country);
        });
        for (String table : List.of("sheet_joined")) {
            shards.execute(0, "alter table " + table + " drop constraint if exists sheet_joined_person_key");
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        shards.close();
    }

    @BeforeEach
    void empty() {
        for (Shape shape : Shape.values()) {
            if (!shape.table.equals("sheet")) {
                shards.execute(0, "delete from " + shape.table);
            }
        }
        shards.execute(0, "delete from sheet");
        shards.execute(0, "delete from card");
        shards.execute(1, "delete from card");
    }

    private static long person(int shard) {
        return LongStream.range(1, 1000)
                .filter(id -> factory.locate(Person.class, id)
                        .equals(factory.getTopology().shards().get(shard)))
                .findFirst()
                .orElseThrow();
    }

    private static Person own() {
        return new Person(here);
    }

    private static SubSheet sheet(long id) {
        SubSheet sheet = new SubSheet();
        sheet.id = id;
        sheet.owner = here;
        return sheet;
    }

    private static @Nullable Person person(Session session, @Nullable Long id, Given given) {
        return id == null
                ? null
                : switch (given) {
                    case FOUND -> session.find(Person.class, id);
                    case PROXY -> session.getReference(Person.class, id);
                    case DETACHED -> new Person(id);
                };
    }

    private static void write(Shape shape, Way way, Given given, @Nullable Long to) {
        long id = next++;
        if (way == Way.CHANGE
                || way == Way.MERGE_STORED
                || way == Way.STATELESS_UPDATE
                || way == Way.STATELESS_UPSERT) {
            factory.inTransaction(session -> session.persist(sheet(id)));
        }
        if (way.isStateless()) {
            factory.inStatelessTransaction(session -> statelessly(session, shape, way, to, id));
            return;
        }
        factory.inTransaction(session -> {
            if (shape == Shape.MAP_KEY_OF_ENTITIES || shape == Shape.MAP_VALUE) {
                session.find(Person.class, here); // the other half of the pair
            }
            Person person = person(session, to, given);
            SubSheet sheet = way == Way.CHANGE ? session.find(SubSheet.class, id) : sheet(id);
            shape.set.accept(sheet, person);
            if (way == Way.PERSIST) {
                session.persist(sheet);
            } else if (way != Way.CHANGE) {
                session.merge(sheet);
            }
        });
    }

    private static void statelessly(StatelessSession session, Shape shape, Way way, @Nullable Long to, long id) {
        SubSheet sheet = sheet(id);
        shape.set.accept(sheet, to == null ? null : new Person(to));
        switch (way) {
            case STATELESS_INSERT -> session.insert(sheet);
            case STATELESS_INSERT_MULTIPLE -> session.insertMultiple(List.of(sheet(next++), sheet));
            case STATELESS_UPDATE -> session.update(sheet);
            default -> session.upsert(sheet);
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aReferenceToAnotherShard_isRefused_andAnyOtherIsStored(Shape shape) {
        List<String> wrong = new ArrayList<>();
        for (Writing writing : Effort.some(Writing.all(), 2, shape.ordinal())) {
            Way way = writing.way;
            Given given = writing.given;
            Throwable foreign = catchThrowable(() -> write(shape, way, given, there));
            if (foreign == null) {
                wrong.add(writing + " was not refused");
            } else if (!refusesReference(foreign)) {
                wrong.add(writing + ": " + foreign);
            }
            if (shape.stored(there) > 0) {
                wrong.add(writing + " is stored");
            }
            for (Long fine : new Long[] {null, here}) {
                Throwable none = catchThrowable(() -> write(shape, way, given, fine));
                boolean transientOfHibernate = none != null && given == Given.DETACHED && !way.isStateless();
                if (none != null && !transientOfHibernate) {
                    wrong.add(writing + " to " + fine + ": " + none);
                }
                boolean unset = way == Way.STATELESS_UPDATE || way == Way.STATELESS_UPSERT;
                if (none == null && fine != null && !unset && shape.stored(here) == 0) {
                    wrong.add(writing + " to " + fine + " is not stored");
                }
            }
            empty();
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean refusesReference(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            String message = String.valueOf(at.getMessage());
            if (message.startsWith("HS-013")) {
                return message.contains("Person#" + there)
                        && message.contains("Sheet#")
                        && message.contains("\"shard0\"")
                        && message.contains("\"shard1\"");
            }
        }
        return false;
    }

    /** A merge goes on with a proxy that has its id only. */
    @Test
    void whatAMergedInstanceRefersTo_isCheckedByItsOwnKey() {
        for (boolean inCollection : List.of(false, true)) {
            for (long owner : List.of(there, here)) {
                SubSheet from = sheet(next++);
                SubSheet to = sheet(next++);
                to.owner = owner;
                factory.inTransaction(session -> {
                    session.persist(from);
                    session.persist(to);
                });
                if (inCollection) {
                    from.others.add(to);
                } else {
                    from.next = to;
                }
                Throwable failure = catchThrowable(() -> factory.inTransaction(session -> session.merge(from)));
                int stored = shards.number(
                        0,
                        inCollection
                                ? "select count(*) from sheet_others where other = " + to.id
                                : "select count(*) from sheet where next = " + to.id);
                if (owner == here) {
                    assertThat(failure).isNull();
                    assertThat(stored).isOne();
                } else {
                    assertThat(failure)
                            .hasStackTraceContaining("HS-013")
                            .hasStackTraceContaining("Sheet#" + to.id + " of ");
                    assertThat(stored).isZero();
                }
            }
        }
        shards.execute(0, "delete from sheet_others");
        shards.execute(1, "delete from subsheet; delete from sheet");
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void aChildThatIsGivenAParentOfAnotherShard_isRefused(Given given) {
        long id = next++;
        factory.inTransaction(session -> {
            Child child = new Child();
            child.id = id;
            child.parent = session.find(Person.class, here);
            session.persist(child);
        });
        assertThatThrownBy(() -> factory.inTransaction(
                        session -> session.find(Child.class, id).parent = person(session, there, given)))
                .hasStackTraceContaining("HS-011")
                .hasStackTraceContaining("Child#" + id)
                .hasStackTraceContaining("from " + here + " to " + there);
        assertThat(shards.number(0, "select parent_id from child where id = " + id))
                .isEqualTo((int) here);
    }

    @Test
    void aReferenceInsideTheId_isChecked() {
        for (boolean stateless : List.of(true, false)) {
            for (long to : List.of(there, here)) {
                Ticket ticket = new Ticket();
                ticket.id.person = new Person(to);
                ticket.id.number = (int) next++;
                ticket.owner = here;
                Badge badge = new Badge();
                badge.person = new Person(to);
                badge.number = (int) next++;
                badge.owner = here;
                for (Object entity : List.of(ticket, badge)) {
                    Throwable failure = catchThrowable(() -> {
                        if (stateless) {
                            factory.inStatelessTransaction(session -> session.insert(entity));
                        } else {
                            factory.inTransaction(session -> {
                                Person found = session.find(Person.class, to);
                                if (entity instanceof Ticket one) {
                                    one.id.person = found;
                                } else {
                                    ((Badge) entity).person = found;
                                }
                                session.persist(entity);
                            });
                        }
                    });
                    if (to == here) {
                        assertThat(failure).isNull();
                    } else {
                        assertThat(failure)
                                .hasStackTraceContaining("HS-013")
                                .hasStackTraceContaining("Person#" + there);
                    }
                }
            }
        }
        assertThat(shards.number(0, "select count(*) from ticket where person = " + there))
                .isZero();
        assertThat(shards.number(0, "select count(*) from badge where person = " + there))
                .isZero();
    }

    // ---- statements

    private static Card card(long id, long owner) {
        Card card = new Card();
        card.id = id;
        card.owner = owner;
        return card;
    }

    private static void refuses(BiConsumer<ShardedSession, Long> statement, boolean alsoHere) {
        for (Long to : List.of(there, here)) {
            Throwable failure = catchThrowable(
                    () -> factory.inTransaction(session -> statement.accept(session.unwrap(ShardedSession.class), to)));
            if (to == here && !alsoHere) {
                assertThat(failure).as("to its own shard").isNull();
            } else {
                assertThat(failure)
                        .as("to another shard")
                        .hasStackTraceContaining("HS-013")
                        .hasStackTraceContaining("Person#" + to)
                        .hasStackTraceContaining("Card");
            }
            for (String column : List.of("to_one", "in_embeddable", "nested")) {
                assertThat(shards.number(0, "select count(*) from card where " + column + " = " + there))
                        .isZero();
                assertThat(shards.number(1, "select count(*) from card where " + column + " = " + here))
                        .isZero();
            }
        }
    }

    private static void cards() {
        factory.inTransaction(session -> {
            session.persist(card(1, here));
            session.persist(card(2, there));
        });
    }

    private static MutationQuery query(ShardedSession session, String hql) {
        return session.createMutationQuery(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update Card c set c.toOne = :p where c.owner = :o",
                "update Card set toOne = :p where owner = :o and text is null",
                "update Card c set c.text = 'x', c.inner.inEmbeddable = :p where c.owner = :o",
                "update Card c set c.inner.nested.nestedOne = :p where c.owner = :o",
                "update Card c set c.toOne = case when c.text is null then :p else null end where c.owner = :o",
                "update Card c set c.toOne = case c.owner when 0 then null else :p end where c.owner = :o",
                "insert into Card (id, owner, toOne) values (77, :o, :p)",
                "insert into Card (id, owner, toOne) values (77, :o, null), (78, :o, :p)",
                "insert into Card (id, owner, toOne) values (1, :o, null) on conflict (id) do update set toOne = :p",
                "insert into Card (id, owner, toOne) select c.id + 100, c.owner, :p from Card c where c.owner = :o"
            })
    void aStatementThatSetsAnEntity_isChecked(String hql) {
        cards();
        refuses(
                (session, to) -> query(session, hql)
                        .setParameter("p", session.find(Person.class, to))
                        .setParameter("o", here)
                        .executeUpdate(),
                false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update Card c set c.toOne.id = :p where c.owner = :o",
                "update Card c set c.inner.inEmbeddable.id = :p where c.owner = :o",
                "update Card c set c.toOne.id = coalesce(:p, c.toOne.id) where c.owner = :o",
                "insert into Card (id, owner, toOne.id) values (77, :o, :p)"
            })
    void aStatementThatSetsAnId_isChecked(String hql) {
        cards();
        refuses(
                (session, to) -> query(session, hql)
                        .setParameter("p", to)
                        .setParameter("o", here)
                        .executeUpdate(),
                false);
        empty();
        cards();
        refuses(
                (session, to) -> query(session, hql.replace(":p", to + "L"))
                        .setParameter("o", here)
                        .executeUpdate(),
                false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    byCode.code    | update Card c set c.byCode.code = :v where c.owner = :o
                    byCode.code    | insert into Card (id, owner, byCode.code) values (77, :o, :v)
                    seal.id.number | update Card c set c.seal.id.number = :v where c.owner = :o
                    seal.id.of     | update Card c set c.text = 'x', c.seal.id.of = :v where c.owner = :o""")
    void aStatementThatSetsPartOfWhatAReferenceGoesBy_isRefused(String path, String hql) {
        cards();
        Object value = path.endsWith("code") ? "x" : path.endsWith("of") ? there : 5;
        assertThat(catchThrowable(
                        () -> factory.inTransaction(session -> query(session.unwrap(ShardedSession.class), hql)
                                .setParameter("v", value)
                                .setParameter("o", here)
                                .executeUpdate())))
                .hasStackTraceContaining("HS-031")
                .hasStackTraceContaining(path + " is set, which refers to a ")
                .hasStackTraceContaining("set " + path.substring(0, path.indexOf('.')) + " to an entity");
        assertThat(shards.number(
                        0,
                        "select count(*) from card where by_code is not null or seal_number is not null"
                                + " or seal_of is not null or text is not null"))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c.toOne.id = :v + 0",
                "c.toOne.id = 1 * :v",
                "c.toOne.id = abs(:v)",
                "c.toOne.id = c.number",
                "c.toOne.id = c.id",
                "c.inner.inEmbeddable.id = coalesce(c.number, :h)",
                "c.toOne.id = (select x.number from Card x where x.id = c.id)",
                "c.byCode.code = c.text",
                "c.byCode.code = 'c' || c.text"
            })
    void aStatementThatSetsWhatOnlyTheDatabaseKnows_isRefused(String set) {
        cards();
        shards.execute(0, "update card set number = " + there + ", text = 'x'");
        assertThat(catchThrowable(() -> factory.inTransaction(session -> {
                    MutationQuery query = query(
                            session.unwrap(ShardedSession.class), "update Card c set " + set + " where c.owner = :o");
                    query.setParameter("o", here);
                    if (set.contains(":v")) {
                        query.setParameter("v", there);
                    }
                    if (set.contains(":h")) {
                        query.setParameter("h", here);
                    }
                    query.executeUpdate();
                })))
                .hasStackTraceContaining("HS-031")
                .hasStackTraceContaining("is set to a value that only the database knows");
        assertThat(shards.number(
                        0,
                        "select count(*) from card where to_one is not null or by_code is not null"
                                + " or in_embeddable is not null"))
                .isZero();
    }

    @Test
    void theKey_isNotSetByAnotherAttributeOfItsColumn() {
        cards();
        assertThat(catchThrowable(() -> factory.inTransaction(session -> query(
                                session.unwrap(ShardedSession.class),
                                "update Card c set c.sameAsOwner = :v where c.owner = :o")
                        .setParameter("v", there)
                        .setParameter("o", here)
                        .executeUpdate())))
                .hasStackTraceContaining("setting Card.sameAsOwner")
                .hasStackTraceContaining("it is the shard key");
        assertThat(shards.number(0, "select count(*) from card where owner = " + here))
                .isOne();
    }

    @Test
    void aStatementOfAllShards_mustNotSetAReference() {
        cards();
        refuses(
                (session, to) -> query(session, "update Card set toOne = :p")
                        .setParameter("p", session.find(Person.class, to))
                        .executeUpdate(),
                true);
    }

    @Test
    void aStatementThatSetsAnEmbeddable_isChecked() {
        cards();
        refuses(
                (session, to) -> {
                    Inner inner = new Inner();
                    inner.nested.nestedOne = session.find(Person.class, to);
                    query(session, "update Card c set c.inner = :i where c.owner = :o")
                            .setParameter("i", inner)
                            .setParameter("o", here)
                            .executeUpdate();
                },
                false);
    }

    @Test
    void aCriteriaUpdate_isChecked() {
        cards();
        refuses(
                (session, to) -> {
                    var builder = session.getCriteriaBuilder();
                    JpaCriteriaUpdate<Card> update = builder.createCriteriaUpdate(Card.class);
                    var card = update.from(Card.class);
                    update.set(card.<Person>get("toOne"), session.find(Person.class, to));
                    update.where(builder.equal(card.get("owner"), here));
                    session.createMutationQuery(update).executeUpdate();
                },
                false);
    }

    @Test
    void eachRowOfAnInsert_isCheckedOnItsOwnShard() {
        String hql = "insert into Card (id, owner, toOne) values (81, :a, :x), (82, :b, :y)";
        factory.inTransaction(session -> query(session.unwrap(ShardedSession.class), hql)
                .setParameter("a", here)
                .setParameter("x", session.find(Person.class, here))
                .setParameter("b", there)
                .setParameter("y", session.find(Person.class, there))
                .executeUpdate());
        assertThat(shards.number(1, "select count(*) from card where to_one = " + there))
                .isOne();
        empty();
        Throwable failure =
                catchThrowable(() -> factory.inTransaction(session -> query(session.unwrap(ShardedSession.class), hql)
                        .setParameter("a", here)
                        .setParameter("x", session.find(Person.class, there))
                        .setParameter("b", there)
                        .setParameter("y", session.find(Person.class, here))
                        .executeUpdate()));
        assertThat(failure).hasStackTraceContaining("HS-013");
        Assertions.assertThat(shards.number(0, "select count(*) from card")).isZero();
    }

    @Test
    void whatAStatementTakesFromItsOwnRow_null_andReferenceEntities_areStored() {
        cards();
        factory.inTransaction(session -> {
            ShardedSession sharded = session.unwrap(ShardedSession.class);
            assertThat(query(sharded, "update Card set country = :c, toOne = null, text = 'y'")
                            .setParameter("c", session.getReference(Country.class, "SE"))
                            .executeUpdate())
                    .isEqualTo(2);
            assertThat(query(sharded, "update Card c set c.toOne = :p where c.owner = :o")
                            .setParameter("p", null, Person.class)
                            .setParameter("o", here)
                            .executeUpdate())
                    .isOne();
            for (String own : List.of(
                    "c.toOne = c.inner.inEmbeddable",
                    "c.toOne.id = c.inner.inEmbeddable.id",
                    "c.toOne.id = c.owner",
                    "c.toOne.id = (select max(p.id) from Person p where p.id = c.owner)")) {
                assertThat(query(sharded, "update Card c set " + own).executeUpdate())
                        .as(own)
                        .isEqualTo(2);
            }
        });
    }
}
