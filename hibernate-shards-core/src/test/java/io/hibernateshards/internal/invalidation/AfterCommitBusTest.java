package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.invalidation.Twins.Item;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An application's own bus. */
class AfterCommitBusTest {
    private static Twins twins;

    private long first;
    private long second;

    @BeforeAll
    static void start() {
        twins = new Twins(LocalCluster.shared(Layout.DATABASES, 2), AfterCommitBus.class.getName(), Map.of());
    }

    @AfterAll
    static void stop() {
        twins.close();
    }

    @BeforeEach
    void fill() {
        first = twins.id(0);
        second = twins.id(1);
        twins.here.inTransaction(session ->
                session.createQuery("from Item", Item.class).getResultList().forEach(session::remove));
        twins.here.inTransaction(session -> {
            session.persist(new Item(first, "old"));
            session.persist(new Item(second, "old"));
        });
        Twins.await("is cached", () -> {
            twins.text(twins.there, first);
            twins.text(twins.there, second);
            return twins.there.getCache().contains(Item.class, first)
                    && twins.there.getCache().contains(Item.class, second);
        });
        AfterCommitBus.PUBLISHED.clear();
    }

    @Test
    void changes_arePublishedOnceCommitted() {
        twins.change(first, "new");

        assertThat(twins.text(twins.there, first)).isEqualTo("new");
        assertThat(twins.there.getCache().contains(Item.class, second)).isTrue();
    }

    @Test
    void changesOfTwoShards_arePublishedOnceDecided() {
        twins.here.inTransaction(session -> {
            session.find(Item.class, first).text = "new";
            session.find(Item.class, second).text = "new";
        });

        assertThat(AfterCommitBus.PUBLISHED).hasSize(2);
        assertThat(twins.text(twins.there, first)).isEqualTo("new");
        assertThat(twins.text(twins.there, second)).isEqualTo("new");
    }

    @Test
    void whatIsRolledBack_isNotPublished() {
        try (ShardedSession session = twins.here.openSession()) {
            session.beginTransaction();
            session.find(Item.class, first).text = "never";
            session.flush();
            session.getTransaction().rollback();
        }

        assertThat(AfterCommitBus.PUBLISHED).isEmpty();
    }

    @Test
    void whatCouldNotBePublished_emptiesAllCachesAsSoonAsItCan() {
        AfterCommitBus.broken = true;
        try {
            twins.change(first, "new"); // which is no reason to fail: it is committed
        } finally {
            AfterCommitBus.broken = false;
        }

        Twins.await("is emptied", () -> !twins.there.getCache().contains(Item.class, second));
        assertThat(twins.text(twins.there, first)).isEqualTo("new");
    }
}
