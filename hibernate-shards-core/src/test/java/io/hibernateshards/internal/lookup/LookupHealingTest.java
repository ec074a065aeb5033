package io.hibernateshards.internal.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Lookups.Report;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members.Member;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.hibernate.exception.ConstraintViolationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows whose entity is gone are mended where they are met, if it is certain that it is gone. */
class LookupHealingTest {
    private static Members members;
    private static List<String> names;

    @BeforeAll
    static void start() {
        members = new Members(LocalCluster.shared(Layout.DATABASES, 3));
        names = members.names("member");
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @AfterEach
    void clear() {
        LookupHealing.patience = Duration.ofSeconds(2);
        members.clear();
        members.factory.getLookups().check(Member.class, "email", progress -> {});
        members.factory.getLookups().check(Member.class, "city", progress -> {});
        assertThat(members.rows("")).isEmpty();
    }

    private static void persist(Object... entities) {
        members.factory.inTransaction(session -> List.of(entities).forEach(session::persist));
    }

    private static long healed() {
        return members.factory.getLookups().healed();
    }

    /** Behind the session's back. */
    private static void delete(int shard) {
        members.execute(shard, "delete from Member where name = '" + names.get(shard) + "'");
    }

    @SuppressWarnings({"deprecation", "removal"}) // the ordinary way in of many applications
    private static Member load(String email) {
        return members.factory.fromSession(
                session -> session.bySimpleNaturalId(Member.class).load(email));
    }

    @Test
    void aRowWhoseEntityIsGone_isGivenToTheNextWhoHasItsValue() {
        persist(new Member(names.get(0), "a@club"), new Member(names.get(2), "b@club"));
        delete(0);
        long before = healed();
        members.factory.inTransaction(session -> {
            session.find(Member.class, names.get(2)).email = "c@club"; // so other branches have written too
            session.persist(new Member(names.get(1), "a@club"));
        });
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(1), "c@club:" + names.get(2));
        assertThat(healed() - before).isEqualTo(1);
        assertThat(load("a@club").name).isEqualTo(names.get(1));
    }

    @Test
    void aRowThatIsTakenOver_isTheOldOnesAgain_ifTheTransactionRollsBack() {
        persist(new Member(names.get(0), "a@club"));
        delete(0);
        try (var session = members.factory.openSession()) {
            session.beginTransaction();
            session.persist(new Member(names.get(1), "a@club"));
            session.flush();
            session.getTransaction().rollback();
        }
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
    }

    @Test
    void aRowThatLeadsToNothing_isRemoved() {
        persist(new Member(names.get(0), "a@club"));
        delete(0);
        long before = healed();
        assertThat(load("a@club")).isNull();
        assertThat(members.rows("")).isEmpty();
        assertThat(healed() - before).isEqualTo(1);
    }

    @Test
    @SuppressWarnings({"deprecation", "removal"})
    void aRowThatLeadsToNothing_isRemoved_whileOtherShardsWaitForTheirFirstStatement() {
        persist(new Member(names.get(0), "a@club"));
        delete(0);
        try (ShardedSession session = members.factory.openSession()) {
            String count = "select count(*) from Member where points = 0";
            assertThat(session.createSelectionQuery(count, Long.class).getSingleResult())
                    .isZero();
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            session.inTransaction(transaction -> {
                assertThat(session.bySimpleNaturalId(Member.class).load("a@club"))
                        .isNull();
                assertThat(session.createSelectionQuery(count, Long.class).getSingleResult())
                        .isZero();
            });
        }
        assertThat(members.rows("")).isEmpty();
    }

    @Test
    void bulkDeletes_leaveRows_thatStandInNobodysWay() {
        persist(new Member(names.get(0), "a@club"), new Member(names.get(1), "b@club"));
        members.factory.inTransaction(
                session -> session.createMutationQuery("delete from Member").executeUpdate());
        assertThat(members.rows("#email")).hasSize(2);
        persist(new Member(names.get(2), "a@club"), new Member(names.get(0), "b@club"));
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(2), "b@club:" + names.get(0));
    }

    @Test
    void theSameEntityAnew_claimsItsRow() {
        persist(new Member(names.get(0), "a@club"));
        String stamp = stamp();
        delete(0);
        persist(new Member(names.get(0), "a@club"));
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
        assertThat(stamp()).as("who has seen the old one must not remove this").isNotEqualTo(stamp);
    }

    private static String stamp() {
        int shard = members.factory.getTopology().indexOf(LookupRow.bucketOf("a@club"));
        return members.texts(shard, "select stamp::text from hibernate_shards.global_unique where value = 'a@club'")
                .get(0);
    }

    /** The entity is written, and its row is committed, but the entity is not: by two phases, or by none. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRowWhoseEntityMayYetCome_isLeftAlone(boolean prepared) throws SQLException {
        LookupHealing.patience = Duration.ofMillis(50);
        persist(new Member(names.get(0), "a@club"));
        delete(0);
        try (Connection connection = members.cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("insert into Member (name, email, points, version) values ('" + names.get(0)
                    + "', 'a@club', 0, 0)");
            if (prepared) {
                statement.execute("prepare transaction 'hibernate-shards/test'");
            }
            long before = healed();
            assertThat(load("a@club")).isNull();
            assertThatThrownBy(() -> persistFlushed(names.get(1))).isInstanceOf(ConstraintViolationException.class);
            Report report = members.factory.getLookups().check(Member.class, "email", progress -> {});
            assertThat(report.undecided()).isEqualTo(1);
            assertThat(report.dangling()).isZero();
            assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
            assertThat(healed()).isEqualTo(before);
            if (prepared) {
                connection.setAutoCommit(true);
                statement.execute("commit prepared 'hibernate-shards/test'");
            } else {
                connection.commit();
            }
        }
        assertThat(load("a@club").name).isEqualTo(names.get(0));
        assertThatThrownBy(() -> persistFlushed(names.get(1))).isInstanceOf(ConstraintViolationException.class);
    }

    private static void persistFlushed(String name) {
        members.factory.inTransaction(session -> {
            session.persist(new Member(name, "a@club"));
            session.flush();
        });
    }

    @Test
    void check_mendsWhatIsMissing_andWhatDangles() {
        persist(
                new Member(names.get(0), "a@club", "Rome"),
                new Member(names.get(1), "b@club", "Rome"),
                new Member(names.get(2), "c@club"));
        delete(2);
        for (int shard = 0; shard < 3; shard++) {
            members.execute(shard, "delete from hibernate_shards.global_unique where value = 'a@club'");
            members.execute(shard, "delete from hibernate_shards.shard_lookup where owner = '" + names.get(1) + "'");
        }
        Report report = members.factory.getLookups().check(Member.class, "email", progress -> {});
        assertThat(report).isEqualTo(new Report(2, 1, 1, 0, List.of()));
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0), "b@club:" + names.get(1));
        report = members.factory.getLookups().check(Member.class, "city", progress -> {});
        assertThat(report).isEqualTo(new Report(2, 1, 0, 0, List.of()));
        assertThat(members.rows("#city")).containsExactly("Rome:" + names.get(0), "Rome:" + names.get(1));
        assertThat(members.factory.getLookups().check(Member.class, "email", progress -> {}))
                .isEqualTo(new Report(2, 0, 0, 0, List.of()));
    }
}
