package io.hibernateshards.internal.hot;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.HotKey;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which ways to find an entity are counted. */
class HotFindsTest {
    @Entity(name = "Note")
    static class Note {
        @Id
        @ShardKey
        String title = "";
    }

    @Entity(name = "LongNote")
    static class LongNote extends Note {}

    @Entity(name = "Line")
    static class Line {
        @Id
        int number;

        @ShardKey
        String title = "";
    }

    private static LocalCluster cluster;

    private ShardedSessionFactory factory;
    private String title;
    private ShardId shard;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void open() {
        factory = new ShardedConfiguration()
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting(ShardSettings.HOT_KEYS_SAMPLE, 1)
                .entities(Note.class, LongNote.class, Line.class)
                .build();
        title = "hello";
        shard = factory.locate(Note.class, title);
        factory.inTransaction(session -> {
            LongNote note = new LongNote();
            note.title = title;
            session.persist(note);
        });
    }

    @AfterEach
    void close() {
        factory.close();
    }

    private List<HotKey> hot(ShardId on) {
        return Objects.requireNonNull(factory.getHotKeys().get(on));
    }

    private ShardId other() {
        return factory.getTopology().shards().stream()
                .filter(one -> !one.equals(shard))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @SuppressWarnings({"deprecation", "removal"})
    void findsOfAllKinds_areCountedOnTheirShard_underTheRootsName() {
        try (ShardedSession session = factory.openSession();
                ShardedStatelessSession stateless = factory.openStatelessSession()) {
            session.find(Note.class, title);
            session.find(LongNote.class, title);
            session.find(Note.class, title, LockModeType.NONE);
            session.find(Note.class, title, Map.of());
            session.get(Note.class, title);
            session.byId(Note.class).load(title);
            session.findMultiple(Note.class, List.of(title));
            session.getReference(Note.class, title);
            stateless.get(Note.class, title);
            stateless.getMultiple(Note.class, List.of(title));
        }

        assertThat(hot(shard)).containsExactly(new HotKey(Note.class.getName(), title, 10, 1.0));
        assertThat(hot(other())).isEmpty();
    }

    @Test
    void idThatDoesNotNameItsShard_isCountedWhereItIsAskedFor() {
        try (ShardedSession session = factory.openSession()) {
            session.find(Line.class, 1);
            session.find(Line.class, 2, ShardKeys.of(title));
        }

        assertThat(hot(shard)).extracting(HotKey::id).containsExactlyInAnyOrder(1, 2);
        assertThat(hot(other())).extracting(HotKey::id).containsExactly(1);
    }

    @Test
    void queriesAndWrites_areNotCounted() {
        factory.inTransaction(session -> {
            session.createQuery("from Note where title = :title", Note.class)
                    .setParameter("title", title)
                    .getResultList();
            Line line = new Line();
            line.title = title;
            session.persist(line);
        });

        assertThat(hot(shard)).isEmpty();
    }
}
