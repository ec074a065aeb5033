package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members;
import io.hibernateshards.internal.lookup.Members.Member;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of lookups are stored with their entities or not at all, wherever two phases fail. */
class LookupFailuresTest {
    private static Members members;

    @BeforeAll
    static void start() {
        TwoPhase.patience = Duration.ofHours(1); // recovery runs when a test says so
        members = new Members(LocalCluster.shared(Layout.DATABASES, 3));
    }

    @AfterAll
    static void stop() {
        TwoPhase.patience = Duration.ofSeconds(5);
        members.close();
    }

    @AfterEach
    void clear() {
        TwoPhase.observer = Step.Observer.NONE;
        members.clear();
    }

    private static Throwable persist(List<String> names) {
        return catchThrowable(() -> members.factory.inTransaction(
                session -> names.forEach(name -> session.persist(new Member(name, name + "@club", "Rome")))));
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"FLUSHED", "WRITTEN", "PREPARED", "ALL_PREPARED"})
    void beforeTheDecision_neitherEntitiesNorRowsAreStored_andTheValuesAreFree(Step at) {
        List<String> names = members.names("failing");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                throw new IllegalStateException("at " + step);
            }
        };
        assertThat(persist(names)).as("at %s", at).isNotNull();
        TwoPhase.observer = Step.Observer.NONE;
        members.factory.recoverTransactions();
        List<String> stored = members.factory.fromSession(session -> session.createSelectionQuery(
                        "select m.email || ':' || m.name from Member m order by 1", String.class)
                .list());
        assertThat(stored).isEmpty();
        assertThat(members.rows("")).isEmpty();
        members.factory.inTransaction(
                session -> names.forEach(name -> session.persist(new Member(name, name + "@club", "Rome"))));
        assertThat(members.rows("#email")).hasSize(3);
    }

    /** Decided: recovery finishes it, whatever the application does meanwhile. */
    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"DECIDED", "COMPLETED"})
    @Timeout(120)
    void afterTheDecision_recoveryStoresAll(Step at) {
        List<String> names = members.names("failing");
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == at) {
                throw new IllegalStateException("at " + step);
            }
        };
        assertThat(persist(names)).as("at %s", at).isNull();
        TwoPhase.observer = Step.Observer.NONE;
        assertThat(members.factory.recoverTransactions()).isPositive();
        assertThat(members.factory.getInDoubtBranches()).isEmpty();
        assertThat(members.rows("#email")).hasSize(3);
        assertThat(persist(names)).isNotNull();
        assertThat(members.rows("#email")).hasSize(3);
    }
}
