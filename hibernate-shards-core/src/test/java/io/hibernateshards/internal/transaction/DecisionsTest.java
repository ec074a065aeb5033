package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of decisions: for how long, in which of several copies of a log, and of branches that others have ended. */
class DecisionsTest {
    private static final ShardId FIRST = ShardId.of("shard0");
    private static final String ALL = "select count(*) from hibernate_shards.transaction_decision";

    private Purses purses;
    private List<String> names;

    @BeforeEach
    void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
        names = purses.names;
        purses.factory.inTransaction(session -> names.forEach(name -> session.persist(new Purse(name, 10))));
    }

    @AfterEach
    void stop() {
        TwoPhase.observer = Step.Observer.NONE;
        TwoPhase.patience = Duration.ofSeconds(5);
        for (int shard = 0; shard < 2; shard++) { // what a failed test has left keeps the database
            String left =
                    purses.text(shard, "select min(gid) from pg_prepared_xacts where database = current_database()");
            if (left != null) {
                purses.execute(shard, "rollback prepared '" + left + "'");
            }
        }
        purses.close();
    }

    private static void at(Step at, Runnable work) {
        boolean[] done = {false};
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at && !done[0]) {
                done[0] = true;
                work.run();
            }
        };
    }

    private void transfer(ShardedSessionFactory factory, String from, String to) {
        factory.inTransaction(session -> {
            session.find(Purse.class, to).coins += 3;
            session.flush();
            session.find(Purse.class, from).coins -= 3; // the last to lock decides
        });
    }

    private void leaveToRecovery() {
        at(Step.DECIDED, () -> {
            throw new IllegalStateException("gone");
        });
    }

    private String log(int shard) {
        return purses.text(shard, "select id from hibernate_shards.transaction_log where current");
    }

    /** A branch of a transaction that was never decided, prepared by hand. */
    private String prepare(int shard, String log) {
        String name =
                TransactionNames.branch(new TransactionNames("test").next(log, FIRST), 2, ShardId.of("shard" + shard));
        purses.execute(shard, "begin; update Purse set coins = 99; prepare transaction '" + name + "'");
        return name;
    }

    // ---- changed under way

    /** The schema of a restored shard, or the tables that somebody has tidied away. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "drop schema hibernate_shards cascade",
                "drop table hibernate_shards.transaction_decision",
                "drop table hibernate_shards.transaction_log",
                "drop table hibernate_shards.shard, hibernate_shards.topology"
            })
    void theCatalogIsDropped_nothingIsStored_andTheNextTransactionMakesItAgain(String drop) {
        transfer(purses.factory, names.get(1), names.get(0));
        transfer(purses.factory, names.get(0), names.get(1));
        for (int shard = 0; shard < 2; shard++) {
            purses.execute(shard, drop);
        }
        if (!drop.contains("topology")) { // which is read where a JVM starts or a connection opens
            assertThatThrownBy(() -> transfer(purses.factory, names.get(0), names.get(1)))
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.SCHEMA))
                    .hasMessageContainingAll(
                            "the transaction is rolled back on all its shards",
                            "catalog schema \"hibernate_shards\" on shard \"shard0\" (",
                            "relation \"hibernate_shards.transaction_",
                            "Restore it from a backup",
                            "start the application again");
        }
        assertThat(purses.coins()).containsExactly(10, 10);
        assertThat(purses.prepared()).isZero();

        transfer(purses.factory, names.get(0), names.get(1));
        assertThat(purses.coins()).containsExactly(7, 13);
        assertThat(purses.prepared()).isZero();
        assertThat(purses.number(0, ALL)).isPositive();
        assertThat(purses.factory.getInDoubtBranches()).isEmpty();
        try (ShardedSessionFactory next = Purses.factory(purses.cluster.settings(), "none")) {
            transfer(next, names.get(1), names.get(0));
            assertThat(purses.coins()).containsExactly(10, 10);
        }
    }

    /** Whether it was decided to commit is not known any more. */
    @Test
    void aBranchWhoseDecisionMayHaveBeenDropped_isNotRolledBack() {
        transfer(purses.factory, names.get(0), names.get(1));
        String branch =
                TransactionNames.branch(new TransactionNames("test").next(log(0), FIRST), 2, ShardId.of("shard1"));
        purses.execute(
                1,
                "begin; insert into Purse (name, coins, version) values ('of the branch', 1, 0); prepare transaction '"
                        + branch + "'");
        purses.execute(0, "drop table hibernate_shards.transaction_decision");
        assertThatThrownBy(() -> transfer(purses.factory, names.get(0), names.get(1)))
                .hasMessageContaining("HS-003");
        transfer(purses.factory, names.get(0), names.get(1));

        assertThat(purses.factory.recoverTransactions()).isZero();
        assertThat(purses.prepared()).isOne();
        assertThat(purses.factory.getInDoubtBranches()).hasSize(1);
        purses.execute(1, "rollback prepared '" + branch + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all on schema hibernate_shards",
                "insert on hibernate_shards.transaction_decision",
                "select on hibernate_shards.transaction_log"
            })
    void aPrivilegeOnTheCatalogIsRevoked_nothingIsStored_untilItIsGrantedAgain(String privilege) {
        purses.execute(0, "create role clerk login password 'clerk'");
        Map<String, String> settings = new LinkedHashMap<>(purses.cluster.settings());
        purses.cluster.shards().forEach(shard -> {
            settings.put("hibernate.shards.shard." + shard.name() + ".username", "clerk");
            settings.put("hibernate.shards.shard." + shard.name() + ".password", "clerk");
        });
        transfer(purses.factory, names.get(1), names.get(0));
        transfer(purses.factory, names.get(0), names.get(1));
        for (int shard = 0; shard < 2; shard++) {
            purses.execute(
                    shard,
                    "grant all on all tables in schema public to clerk; grant all on schema hibernate_shards to clerk;"
                            + " grant all on all tables in schema hibernate_shards to clerk");
        }
        try (ShardedSessionFactory clerks = Purses.factory(settings, "none")) {
            transfer(clerks, names.get(0), names.get(1));
            purses.execute(0, "revoke " + privilege + " from clerk");
            assertThatThrownBy(() -> transfer(clerks, names.get(0), names.get(1)))
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.SCHEMA))
                    .hasMessageContainingAll(
                            "catalog schema \"hibernate_shards\" on shard \"shard0\" (",
                            "user \"clerk\" may not",
                            "permission denied",
                            "grant all on all tables in schema \"hibernate_shards\" to \"clerk\"");
            assertThat(purses.coins()).containsExactly(7, 13);
            assertThat(purses.prepared()).isZero();

            purses.execute(0, "grant " + privilege + " to clerk");
            transfer(clerks, names.get(0), names.get(1));
            assertThat(purses.coins()).containsExactly(4, 16);
        } finally {
            for (int shard = 0; shard < 2; shard++) {
                purses.execute(shard, "drop owned by clerk");
            }
            purses.execute(0, "drop role clerk");
        }
    }

    // ---- how long

    @Test
    void decisionsBeyondTheirNumber_areRemoved_theOldestFirst_andWhatIsNeededIsKept() {
        leaveToRecovery();
        transfer(purses.factory, names.get(0), names.get(1));
        String needed = purses.text(
                1,
                "select regexp_replace(gid, '/[^/]*$', '') from pg_prepared_xacts where database = current_database()");
        purses.age("2 hours");
        purses.execute(
                0,
                "insert into hibernate_shards.transaction_decision select repeat('x', 100) || n, '{}',"
                        + " clock_timestamp() - n * interval '1 second' from generate_series(1, 3000) n");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.LEARNED) {
                throw new IllegalStateException("not now");
            }
        };
        try (ShardedSessionFactory few = Purses.configured(purses.cluster.settings(), "none")
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting(ShardSettings.TRANSACTION_MAX_DECISIONS, 1000)
                .build()) {
            few.recoverTransactions();
            assertThat(purses.number(0, ALL)).isEqualTo(1001 + 1);
            assertThat(purses.number(
                            0,
                            "select count(*) from hibernate_shards.transaction_decision where transaction = '" + needed
                                    + "' or decided > clock_timestamp() - interval '995 seconds'"))
                    .isBetween(990, 996);
            TwoPhase.observer = Step.Observer.NONE;
            assertThat(few.recoverTransactions()).isEqualTo(1);
            assertThat(purses.number(0, ALL)).as("it was the oldest").isEqualTo(1001);
        }
        assertThat(purses.coins()).containsExactly(7, 13);
    }

    /** A backup that is older than the retention has branches whose decisions are forgotten. */
    @Test
    void aBranchOlderThanWhatWasForgotten_isNotRolledBack() {
        transfer(purses.factory, names.get(0), names.get(1));
        String branch = prepare(1, log(0));
        purses.execute(0, "update hibernate_shards.transaction_log set forgotten = clock_timestamp()");
        assertThat(purses.factory.recoverTransactions()).isZero();
        assertThat(purses.factory.getInDoubtBranches())
                .extracting(InDoubtBranch::name)
                .containsExactly(branch);
        purses.execute(
                0, "update hibernate_shards.transaction_log set forgotten = clock_timestamp() - interval '2 hours'");
        assertThat(purses.factory.recoverTransactions()).isEqualTo(1);
        assertThat(purses.coins()).containsExactly(7, 13);
    }

    @Test
    void whatIsForgotten_isRemembered() {
        transfer(purses.factory, names.get(0), names.get(1));
        purses.age("200 hours");
        purses.factory.recoverTransactions();
        assertThat(purses.decisions()).isZero();
        assertThat(
                        purses.number(
                                0,
                                "select count(*) from hibernate_shards.transaction_log where forgotten between"
                                        + " clock_timestamp() - interval '201 hours' and clock_timestamp() - interval '199 hours'"))
                .isEqualTo(1);
    }

    // ---- copies

    private Map<String, String> withCopy(int of, String database) throws SQLException {
        var shard = purses.cluster.shards().get(of);
        String original = shard.url().replaceFirst("\\?.*", "").replaceFirst(".*/", "");
        purses.factory.close(); // a template has no connections
        try (Connection admin = DriverManager.getConnection(
                        shard.url().replaceFirst("/" + original, "/postgres"), shard.user(), shard.password());
                Statement statement = admin.createStatement()) {
            statement.execute("create database " + database + " template " + original);
        }
        Map<String, String> settings = new LinkedHashMap<>(purses.cluster.settings());
        settings.put("hibernate.shards.shards", "shard0,shard1,shard2");
        settings.put("hibernate.shards.shard.shard2.url", shard.url().replaceFirst("/" + original, "/" + database));
        settings.put("hibernate.shards.shard.shard2.username", shard.user());
        settings.put("hibernate.shards.shard.shard2.password", shard.password());
        return settings;
    }

    private void drop(String database) {
        purses.execute(0, "drop database if exists " + database + " with (force)");
    }

    @Test
    void aShardThatWasCopiedFromAnother_decidesUnderAnIdOfItsOwn() throws SQLException {
        transfer(purses.factory, names.get(1), names.get(0)); // shard1 has a log
        String before = log(1);
        String copy = "copy_" + before;
        for (int shard = 0; shard < 2; shard++) { // three shards place other rows
            purses.execute(shard, "delete from Purse");
        }
        Map<String, String> settings = withCopy(1, copy);
        try (ShardedSessionFactory factory = Adoption.start(settings, adopting -> Purses.factory(adopting, "none"))) {
            List<String> three =
                    Purses.names(factory, 1).stream().map(list -> list.get(0)).toList();
            factory.inTransaction(session -> three.forEach(name -> session.persist(new Purse(name, 10))));
            leaveToRecovery();
            transfer(factory, three.get(2), three.get(0));
            TwoPhase.observer = Step.Observer.NONE;
            assertThat(factory.getInDoubtBranches()).singleElement().satisfies(branch -> assertThat(branch.name())
                    .doesNotContain("/" + before + "/"));
            assertThat(factory.recoverTransactions()).isEqualTo(1);
            assertThat(factory.<Integer>fromTransaction(session -> session.find(Purse.class, three.get(0)).coins))
                    .as("committed, as was decided on the copy")
                    .isEqualTo(13);
            assertThat(log(1)).as("the original goes on").isEqualTo(before);

            // what the original has decided or not, it still says, though the copy has the id as well
            prepare(0, before);
            assertThat(factory.recoverTransactions()).isEqualTo(1);
            leaveToRecovery();
            transfer(factory, three.get(1), three.get(0));
            TwoPhase.observer = Step.Observer.NONE;
            assertThat(factory.recoverTransactions()).isEqualTo(1);
            assertThat(purses.sum("select coins from Purse where name = '" + three.get(0) + "'"
                            + " union all select 0 limit 1"))
                    .isEqualTo(16);
        } finally {
            drop(copy);
        }
    }

    /** A dump that is restored on a new server, as for an upgrade: the original is gone, and nobody else has its decisions. */
    @Test
    void aLogThatWasMoved_keepsItsDecisions_andItsFormerIdDecides() {
        leaveToRecovery();
        transfer(purses.factory, names.get(0), names.get(1));
        TwoPhase.observer = Step.Observer.NONE;
        String moved = log(0);
        purses.execute(0, "update hibernate_shards.transaction_log set origin = 'elsewhere'");
        assertThat(purses.factory.recoverTransactions()).isEqualTo(1);
        assertThat(purses.coins()).containsExactly(7, 13);
        prepare(1, moved);
        assertThat(purses.factory.recoverTransactions())
                .as("it was never decided")
                .isEqualTo(1);
        transfer(purses.factory, names.get(0), names.get(1));
        assertThat(purses.coins()).containsExactly(4, 16);
        assertThat(log(0)).isNotEqualTo(moved);
    }

    @Test
    void twoCopiesOfALogThatIsNowhereElse_proveCommits_andNothingElse() {
        transfer(purses.factory, names.get(1), names.get(0)); // shard1 has a log
        leaveToRecovery();
        transfer(purses.factory, names.get(0), names.get(1));
        TwoPhase.observer = Step.Observer.NONE;
        String moved = log(0);
        purses.execute(0, "update hibernate_shards.transaction_log set origin = 'elsewhere'");
        purses.execute(
                1, "insert into hibernate_shards.transaction_log (id, origin) values ('" + moved + "', 'there')");
        assertThat(purses.factory.recoverTransactions()).isEqualTo(1);
        String branch = prepare(1, moved);
        assertThat(purses.factory.recoverTransactions()).isZero();
        assertThat(purses.factory.getInDoubtBranches())
                .extracting(InDoubtBranch::name)
                .containsExactly(branch);
        purses.execute(1, "rollback prepared '" + branch + "'");
    }

    // ---- branches that others have ended

    @Test
    void aBranchThatSomebodyRolledBack_isAnError_andAllElseIsCommitted() {
        at(Step.DECIDED, () -> endByHand("rollback"));
        try (ShardedSession session = purses.factory.openSession()) {
            session.beginTransaction();
            session.find(Purse.class, names.get(1)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(0)).coins -= 3;
            assertThatThrownBy(() -> session.getTransaction().commit())
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.BRANCH_LOST))
                    .hasMessageContaining("aborted");
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.COMMITTED);
        }
        assertThat(purses.coins()).containsExactly(7, 10);
    }

    private void endByHand(String how) {
        String branch = purses.text(1, "select gid from pg_prepared_xacts where database = current_database()");
        purses.execute(1, how + " prepared '" + branch + "'");
    }

    @Test
    void aBranchThatAnotherRecoveryCommitted_isNoError() {
        at(Step.DECIDED, () -> endByHand("commit"));
        transfer(purses.factory, names.get(0), names.get(1));
        assertThat(purses.coins()).containsExactly(7, 13);
    }

    @ParameterizedTest
    @ValueSource(strings = {"commit", "rollback"})
    void aBranchThatSomebodyEnds_whileRecoveryDoes_countsOnlyIfItEndedSo(String how) {
        leaveToRecovery();
        transfer(purses.factory, names.get(0), names.get(1));
        at(Step.LEARNED, () -> endByHand(how));
        assertThat(purses.factory.recoverTransactions()).isEqualTo(how.equals("commit") ? 1 : 0);
    }

    // ---- snapshots

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void theFirstDecisionOfAShard_isMadeUnderASnapshotThatIsOlderThanItsLog(int isolation) {
        purses.execute(
                0, "drop table if exists hibernate_shards.transaction_decision, hibernate_shards.transaction_log");
        try (ShardedSessionFactory fresh = Purses.factory(purses.cluster.settings(), "none");
                ShardedSession session = fresh.openSession()) {
            session.setTransactionIsolation(isolation);
            session.inTransaction(transaction -> {
                session.find(Purse.class, names.get(1)).coins += 3;
                session.flush();
                session.find(Purse.class, names.get(0)).coins -= 3;
            });
        }
        assertThat(purses.coins()).containsExactly(7, 13);
    }

    // ---- errors of the JVM

    private static final class JvmError extends Error {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"LEARNED", "RECOVERED"})
    void anErrorOfTheJvm_leavesAllOrNothing_andTheTransactionSaysWhich(Step at) {
        at(at, () -> {
            throw new JvmError();
        });
        boolean decided = at.compareTo(Step.DECIDED) >= 0;
        try (ShardedSession session = purses.factory.openSession()) {
            session.beginTransaction();
            session.find(Purse.class, names.get(1)).coins += 3;
            session.flush();
            session.find(Purse.class, names.get(0)).coins -= 3;
            assertThatThrownBy(() -> session.getTransaction().commit()).isInstanceOf(JvmError.class);
            assertThat(session.getTransaction().getStatus())
                    .isEqualTo(decided ? TransactionStatus.COMMITTED : TransactionStatus.ROLLED_BACK);
        }
        if (!decided) {
            assertThat(purses.prepared()).as("rolled back at once").isZero();
        }
        purses.factory.recoverTransactions();
        assertThat(purses.prepared()).isZero();
        assertThat(purses.coins()).isEqualTo(decided ? List.of(7, 13) : List.of(10, 10));
    }
}
