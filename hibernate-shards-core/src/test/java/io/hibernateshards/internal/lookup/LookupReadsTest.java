package io.hibernateshards.internal.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members.Boat;
import io.hibernateshards.internal.lookup.Members.Card;
import io.hibernateshards.internal.lookup.Members.Member;
import io.hibernateshards.internal.lookup.Members.Rank;
import io.hibernateshards.internal.lookup.Members.Thing;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.hibernate.FlushMode;
import org.hibernate.KeyType;
import org.hibernate.SessionFactory;
import org.hibernate.SharedSessionContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What asks for a value that has a lookup goes where that leads, and finds what one database would. */
class LookupReadsTest {
    private static final int COUNT = 40;

    private static Members members;
    private static LocalCluster single;
    private static SessionFactory plain;

    @BeforeAll
    static void start() {
        members = new Members(LocalCluster.shared(Layout.DATABASES, 4));
        single = LocalCluster.shared(Layout.DATABASES, 1);
        plain = PlainConfiguration.of(single, List.of(Member.class, Card.class)).buildSessionFactory();
        List<Object> rows = rows();
        members.factory.inTransaction(session -> rows.forEach(session::persist));
        plain.inTransaction(session -> rows.forEach(session::persist));
    }

    private static List<Object> rows() {
        List<Object> rows = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Member member = new Member("name" + i, i % 7 == 0 ? null : "m" + i + "@club", "city" + i % 9);
            member.points = i % 5;
            rows.add(member);
            Card card = new Card(member, i % 8 == 0 ? null : 100L + i);
            card.id = new UUID(7, i);
            card.expires = LocalDate.of(2027, 1 + i % 12, 1);
            card.rank = i % 2 == 0 ? Rank.NOVICE : Rank.MASTER;
            rows.add(card);
        }
        return rows;
    }

    @AfterAll
    static void stop() {
        plain.close();
        single.close();
        members.close();
    }

    private static ShardId shardOfValue(Object value) {
        return members.factory.getTopology().shardOf(LookupRow.bucketOf(value.toString()));
    }

    private static ShardId home(String name) {
        return members.factory.locate(Member.class, name);
    }

    /** The shard of the value, and that of the owner, of which it could be either. */
    private static void assertAsked(ShardedSession session, Object value, String... names) {
        Set<ShardId> asked = new HashSet<>(List.of(shardOfValue(value)));
        for (String name : names) {
            asked.add(home(name));
        }
        assertThat(session.usedShards()).isEqualTo(asked);
    }

    private static void reading(Consumer<ShardedSession> work) {
        try (ShardedSession session = members.factory.openSession()) {
            work.accept(session);
        }
    }

    // ---- natural ids

    @Test
    @SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
    void naturalIds_goToOneShard() {
        for (int i = 1; i < 7; i++) {
            String name = "name" + i;
            String email = "m" + i + "@club";
            reading(session -> {
                assertThat(session.bySimpleNaturalId(Member.class).load(email).name)
                        .isEqualTo(name);
                assertAsked(session, email, name);
            });
            reading(session -> {
                assertThat(session.byNaturalId(Member.class)
                                .using("email", email)
                                .load()
                                .name)
                        .isEqualTo(name);
                assertAsked(session, email, name);
            });
            reading(session -> {
                assertThat(session.find(Member.class, email, KeyType.NATURAL).name)
                        .isEqualTo(name);
                assertAsked(session, email, name);
            });
        }
    }

    @Test
    @SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
    void aNaturalIdOfNobody_asksTheShardOfTheValue() {
        reading(session -> {
            assertThat(session.bySimpleNaturalId(Member.class).load("nobody")).isNull();
            assertAsked(session, "nobody");
        });
    }

    @Test
    @SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
    void severalNaturalIds_areLookedUpTogether() {
        reading(session -> assertThat(
                        session.byMultipleNaturalId(Member.class).multiLoad("m1@club", "nobody", "m9@club"))
                .extracting(member -> member == null ? null : member.name)
                .containsExactly("name1", null, "name9"));
    }

    @Test
    @SuppressWarnings({"deprecation", "removal"}) // also the old ways in must be right
    void whatWasNotFlushed_isFoundByItsNaturalId() {
        try (ShardedSession session = members.factory.openSession()) {
            session.beginTransaction();
            session.persist(new Member("new", "new@club"));
            session.find(Member.class, "name1").email = "changed@club";
            assertThat(session.bySimpleNaturalId(Member.class).load("new@club").name)
                    .isEqualTo("new");
            assertThat(session.bySimpleNaturalId(Member.class).load("changed@club").name)
                    .isEqualTo("name1");
            assertThat(session.bySimpleNaturalId(Member.class).load("m1@club")).isNull();
            session.getTransaction().rollback();
        }
    }

    // ---- queries

    private static <T> List<T> query(SharedSessionContract session, String hql, Class<T> type, Object value) {
        return session.createSelectionQuery(hql, type).setParameter("v", value).list();
    }

    @Test
    void equality_goesToOneShard() {
        for (int i = 1; i < 7; i++) {
            String name = "name" + i;
            String email = "m" + i + "@club";
            reading(session -> {
                assertThat(query(session, "select m.name from Member m where m.email = :v", String.class, email))
                        .containsExactly(name);
                assertAsked(session, email, name);
            });
            Long number = 100L + i;
            reading(session -> {
                assertThat(query(
                                session,
                                "select c.member.name from Card c where c.number = :v and c.note is null",
                                String.class,
                                number))
                        .containsExactly(name);
                assertAsked(session, number, name);
            });
        }
    }

    @Test
    void equalityOfWhatItLivesWith_goesToOneShard() {
        reading(session -> {
            assertThat(query(session, "select c.number from Card c where c.member.email = :v", Long.class, "m3@club"))
                    .containsExactly(103L);
            assertAsked(session, "m3@club", "name3");
        });
        reading(session -> {
            assertThat(query(
                            session,
                            "select c.number from Card c join c.member m where m.email = :v",
                            Long.class,
                            "m3@club"))
                    .containsExactly(103L);
            assertAsked(session, "m3@club", "name3");
        });
    }

    @Test
    void aLookupThatIsNotUnique_goesToTheShardsThatHaveTheValue() {
        String[] names = {"name1", "name10", "name19", "name28", "name37"};
        reading(session -> {
            assertThat(query(
                            session,
                            "select m.name from Member m where m.city = :v order by m.name",
                            String.class,
                            "city1"))
                    .containsExactly(names);
            assertAsked(session, "city1", names);
        });
    }

    @Test
    void whereTheKeyIsKnown_nothingIsLookedUp() {
        reading(session -> {
            assertThat(query(
                            session,
                            "select m.points from Member m where m.name = 'name1' and m.email = :v",
                            Integer.class,
                            "m1@club"))
                    .containsExactly(1);
            assertThat(session.usedShards()).containsExactly(home("name1"));
        });
    }

    @Test
    void aValueOfNobody_asksOneShard_andAggregatesHaveTheirRow() {
        reading(session -> {
            assertThat(query(session, "select count(m) from Member m where m.email = :v", Long.class, "nobody"))
                    .containsExactly(0L);
            assertAsked(session, "nobody");
        });
    }

    @Test
    void statelessSessions_lookUpToo() {
        try (ShardedStatelessSession session = members.factory.openStatelessSession()) {
            assertThat(query(session, "select m.name from Member m where m.email = :v", String.class, "m2@club"))
                    .containsExactly("name2");
        }
    }

    @Test
    void ownWrites_areSeen_asFarAsTheFlushModeSends() {
        try (ShardedSession session = members.factory.openSession()) {
            session.beginTransaction();
            session.persist(new Member("new", "new@club"));
            session.find(Member.class, "name1").email = "changed@club";
            String hql = "select m.name from Member m where m.email = :v";
            assertThat(query(session, hql, String.class, "new@club")).containsExactly("new");
            assertThat(query(session, hql, String.class, "changed@club")).containsExactly("name1");
            assertThat(query(session, hql, String.class, "m1@club")).isEmpty();
            session.setHibernateFlushMode(FlushMode.COMMIT);
            session.find(Member.class, "name2").email = "later@club";
            assertThat(query(session, hql, String.class, "later@club")).isEmpty();
            assertThat(query(session, hql, String.class, "m2@club")).containsExactly("name2");
            session.getTransaction().rollback();
        }
    }

    @Test
    void bulkStatements_goToOneShard() {
        try (ShardedSession session = members.factory.openSession()) {
            session.beginTransaction();
            assertThat(session.createMutationQuery("update Member set points = 9 where email = 'm4@club'")
                            .executeUpdate())
                    .isEqualTo(1);
            assertAsked(session, "m4@club", "name4");
            session.getTransaction().rollback();
        }
    }

    @Test
    void explain_tellsTheLookup_andSendsNothing() {
        reading(session -> {
            ShardedQuery<Member> query = session.createQuery("from Member m where m.email = 'm4@club'", Member.class);
            assertThat(query.explain()).contains("Lookup " + Member.class.getName() + ".email");
            assertThat(session.usedShards()).isEmpty();
        });
    }

    @Test
    void inheritedAttributes_areLookedUp() {
        Boat boat = new Boat();
        boat.serial = UUID.randomUUID();
        boat.sail = "GER 7";
        members.factory.inTransaction(session -> session.persist(boat));
        for (String hql : List.of(
                "select t.id from Thing t where t.serial = :v", "select b.id from Boat b where b.serial = :v")) {
            reading(session -> {
                assertThat(query(session, hql, Long.class, boat.serial)).containsExactly(boat.id);
                assertThat(session.usedShards())
                        .isSubsetOf(shardOfValue(boat.serial), members.factory.locate(Thing.class, boat.id));
            });
        }
        reading(session -> assertThat(query(
                        session, "select t.id from Thing t where treat(t as Boat).sail = :v", Long.class, "GER 7"))
                .containsExactly(boat.id));
    }

    // ---- as one database

    private static final List<String> QUERIES = List.of(
            "select m.name from Member m where m.email = 'm1@club'",
            "select m.name from Member m where m.email = 'm1@club' or m.city = 'city2' order by m.name",
            "select m.name from Member m where m.email in ('m1@club', 'm2@club', 'nobody') order by m.name",
            "select m.name from Member m where m.email = 'm1@club' or m.points = 2 order by m.name",
            "select m.name from Member m where not (m.email = 'm1@club') order by m.name",
            "select m.name from Member m where not (m.email <> 'm1@club') order by m.name",
            "select m.name from Member m where m.email is null order by m.name",
            "select m.name from Member m where m.email = 'm1@club' and m.email = 'm2@club'",
            "select m.city, count(m) from Member m where m.city in ('city1', 'city3') group by m.city order by m.city",
            "select sum(m.points), max(m.name) from Member m where m.city = 'city4'",
            "select sum(m.points), count(*) from Member m where m.email = 'nobody'",
            "select m.name from Member m where m.email = (select max(n.email) from Member n)",
            "select m.name from Member m where exists (select 1 from Member n where n.email = 'm5@club') order by m.name",
            "select m.name from Member m where m.city = (select n.city from Member n where n.email = 'm5@club')"
                    + " order by m.name",
            "select m.name, c.number from Member m left join Card c on c.member = m and c.number = 103"
                    + " where m.city = 'city3' order by m.name",
            "select m.name, c.number from Card c right join c.member m on m.email = 'm5@club' where c.number = 105",
            "select c.number from Card c where c.rank = MASTER and c.number = 103",
            "select c.number from Card c where c.expires = date 2027-03-01 order by c.number",
            "select c.number from Card c where c.number = 103 and c.member.city = 'city3'",
            "select c.number from Card c where c.number = 103 and c.member.city = 'city4'",
            "select m.name from Member m where m.email = 'm1@club' union select m.name from Member m where m.email ="
                    + " 'm2@club' order by 1",
            "select m.name from Member m where m.email like 'm1@club'",
            "select m.name from Member m where lower(m.email) = 'm1@club'");

    @Test
    void answers_areThoseOfOneDatabase() {
        for (String hql : QUERIES) {
            List<List<Object>> expected = plain.fromTransaction(session -> rows(session, hql));
            List<List<Object>> answer = members.factory.fromTransaction(session -> rows(session, hql));
            assertThat(answer).as(hql).isEqualTo(expected);
        }
    }

    private static List<List<Object>> rows(SharedSessionContract session, String hql) {
        return session.createSelectionQuery(hql, Object[].class).list().stream()
                .map(Arrays::asList)
                .toList();
    }

    // ---- a lookup that is not ready

    @Test
    void aLookupOfEntitiesThatWereThereBefore_isNotAsked() {
        try (Members other = new Members(LocalCluster.shared(Layout.DATABASES, 2))) {
            other.factory.inTransaction(session -> session.persist(new Member("name1", "m1@club")));
            for (int shard = 0; shard < 2; shard++) {
                other.execute(shard, "drop schema if exists hibernate_shards cascade");
            }
            try (var second = Members.configuration(other.cluster, "two-phase").build();
                    ShardedSession session = second.openSession()) {
                assertThat(query(session, "select m.name from Member m where m.email = :v", String.class, "m1@club"))
                        .containsExactly("name1");
                assertThat(session.usedShards()).hasSize(2);
            }
        }
    }

    @Test
    void emptiedTables_makeItReadyAgain_andFreeTheValues() {
        try (Members other = new Members(LocalCluster.shared(Layout.DATABASES, 2))) {
            other.factory.inTransaction(session -> session.persist(new Member("name1", "m1@club")));
            other.factory.getSchemaManager().truncateMappedObjects();
            assertThat(other.rows("")).isEmpty();
            other.factory.inTransaction(session -> session.persist(new Member("name2", "m1@club")));
            try (ShardedSession session = other.factory.openSession()) {
                assertThat(session.createQuery("from Member m where m.email = 'm1@club'", Member.class)
                                .explain())
                        .contains("Lookup");
            }
            assertThatThrownBy(() -> other.factory.inTransaction(session -> {
                        session.persist(new Member("name3", "m1@club"));
                        session.flush();
                    }))
                    .hasMessageContaining("unique");
        }
    }
}
