package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.event.spi.EventType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RepeatedFlushTest {
    private static final AtomicInteger LOOKS = new AtomicInteger();

    private static LocalCluster cluster;
    private static Purses purses;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        purses = new Purses(cluster);
        purses.factory.inTransaction(session -> purses.names.forEach(name -> session.persist(new Purse(name, 0))));
        purses.factory
                .unwrap(SessionFactoryImplementor.class)
                .getEventListenerRegistry()
                .getEventListenerGroup(EventType.FLUSH_ENTITY)
                .appendListener(event -> LOOKS.incrementAndGet());
    }

    @AfterAll
    static void stop() {
        purses.factory.close();
        cluster.close();
    }

    private static void change(ShardedSession session) {
        purses.names.forEach(name -> session.find(Purse.class, name).coins++);
    }

    private static List<Integer> coins() {
        return purses.factory.fromSession(session -> purses.names.stream()
                .map(name -> session.find(Purse.class, name).coins)
                .toList());
    }

    @Test
    void commitOfTwoShards_looksAtEachEntityOnce() {
        List<Integer> before = coins();
        LOOKS.set(0);
        purses.factory.inTransaction(session -> change(session.unwrap(ShardedSession.class)));
        assertThat(LOOKS).hasValue(2);
        assertThat(coins()).isEqualTo(before.stream().map(coins -> coins + 1).toList());
    }

    @Test
    void changesAfterAFlush_andBeforeCompletion_areStored() {
        List<Integer> before = coins();
        try (ShardedSession session = purses.factory.openSession()) {
            session.beginTransaction();
            change(session);
            session.flush();
            change(session);
            session.getTransaction().registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    change(session);
                }

                @Override
                public void afterCompletion(int status) {
                    assertThat(status).isEqualTo(Status.STATUS_COMMITTED);
                }
            });
            session.getTransaction().commit();
        }
        assertThat(coins()).isEqualTo(before.stream().map(coins -> coins + 3).toList());
    }

    @Test
    void nextTransactionOfTheSession_flushesAgain_alsoAfterOneThatFailed() {
        List<Integer> before = coins();
        try (ShardedSession session = purses.factory.openSession()) {
            session.beginTransaction();
            change(session);
            session.getTransaction().commit();
            session.beginTransaction();
            change(session);
            session.getTransaction().rollback();
            session.clear();
            session.beginTransaction();
            change(session);
            session.flush();
            session.getTransaction().commit();
        }
        assertThat(coins()).isEqualTo(before.stream().map(coins -> coins + 2).toList());
    }
}
