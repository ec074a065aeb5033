package io.hibernateshards.internal.jta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members;
import io.hibernateshards.internal.lookup.Members.Member;
import jakarta.transaction.RollbackException;
import jakarta.transaction.TransactionManager;
import java.util.List;
import org.hibernate.exception.ConstraintViolationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows of lookups are part of the JTA transaction that stores their entities. */
class JtaLookupsTest {
    private static Members members;
    private static ShardedSessionFactory factory;
    private static TransactionManager manager;
    private static List<String> names;

    @BeforeAll
    static void start() {
        manager = Narayana.start();
        members = new Members(LocalCluster.shared(Layout.DATABASES, 3));
        names = members.names("member");
        factory = Members.configuration(members.cluster, "two-phase")
                .setting("hibernate.transaction.coordinator_class", "jta")
                .setting(
                        "hibernate.transaction.jta.platform",
                        "org.hibernate.engine.transaction.jta.platform.internal.NarayanaJtaPlatform")
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
        members.close();
    }

    @Test
    void rows_areWrittenWithTheEntities_readByTheirTransaction_andGoneIfItRollsBack() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.persist(new Member(names.get(0), "a@club"));
            assertThat(session.createSelectionQuery(
                                    "select m.name from Member m where m.email = 'a@club'", String.class)
                            .list())
                    .containsExactly(names.get(0));
        }
        manager.rollback();
        assertThat(members.rows("#email")).isEmpty();

        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            session.persist(new Member(names.get(0), "a@club"));
            manager.commit();
        }
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));

        manager.begin();
        ShardedSession session = factory.openSession();
        session.persist(new Member(names.get(1), "a@club"));
        assertThatThrownBy(manager::commit)
                .isInstanceOf(RollbackException.class)
                .hasStackTraceContaining(ConstraintViolationException.class.getName());
        session.close();
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
        members.clear();
        assertThat(members.rows("#email")).isEmpty();
    }
}
