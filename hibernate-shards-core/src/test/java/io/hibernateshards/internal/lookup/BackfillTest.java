package io.hibernateshards.internal.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Lookups;
import io.hibernateshards.Lookups.Progress;
import io.hibernateshards.Lookups.Report;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members.Card;
import io.hibernateshards.internal.lookup.Members.Member;
import io.hibernateshards.internal.lookup.Members.Rank;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hibernate.HibernateException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lookup of entities that were stored before there was one. */
class BackfillTest {
    private static final int COUNT = 30;

    private Members members;
    private ShardedSessionFactory factory;
    private Lookups lookups;

    /** Entities without rows: as if the annotation had been put on later. */
    @BeforeEach
    void start() {
        LookupSweep.pageSize = 4;
        LookupStates.patience = Duration.ZERO;
        members = new Members(LocalCluster.shared(Layout.DATABASES, 3));
        members.factory.inTransaction(session -> {
            for (int i = 0; i < COUNT; i++) {
                Member member = new Member("name" + i, i % 5 == 0 ? null : "m" + i + "@club", "city" + i % 4);
                session.persist(member);
                Card card = new Card(member, 100L + i);
                card.expires = LocalDate.of(2027, 1, 1 + i);
                card.rank = Rank.MASTER;
                session.persist(card);
            }
        });
        for (int shard = 0; shard < 3; shard++) {
            members.execute(shard, "drop schema hibernate_shards cascade");
        }
        factory = Members.configuration(members.cluster, "two-phase").build();
        lookups = factory.getLookups();
    }

    @AfterEach
    void stop() {
        LookupSweep.pageSize = 500;
        LookupStates.patience = Duration.ofSeconds(10);
        factory.close();
        members.close();
    }

    private List<String> stored(String attribute, String entity, String id) {
        return factory.fromSession(session -> session
                .createSelectionQuery(
                        "select cast(e." + attribute + " as String) || ':' || cast(e." + id + " as String) from "
                                + entity + " e where e." + attribute + " is not null",
                        String.class)
                .list()
                .stream()
                .sorted()
                .toList());
    }

    private boolean asksOneShardOrTwo() {
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.createSelectionQuery(
                                    "select m.name from Member m where m.email = 'm1@club'", String.class)
                            .list())
                    .containsExactly("name1");
            return session.usedShards().size() < 3;
        }
    }

    @Test
    void makesTheRowsOfAllEntities_thenTheLookupIsRead() {
        assertThat(lookups.isReady(Member.class, "email")).isFalse();
        List<Progress> told = new ArrayList<>();
        lookups.backfill(Member.class, "email", told::add);
        assertThat(members.rows("Member#email")).isEqualTo(stored("email", "Member", "name"));
        assertThat(told).hasSizeGreaterThan(5);
        assertThat(told.get(told.size() - 1).entities()).isEqualTo(24);
        assertThat(told.get(told.size() - 1).written()).isEqualTo(24);
        assertThat(lookups.isReady(Member.class, "email")).isTrue();
        assertThat(asksOneShardOrTwo()).isTrue();
        lookups.backfill(Member.class, "city", told::add);
        assertThat(members.rows("Member#city")).isEqualTo(stored("city", "Member", "name"));
        lookups.backfill(Card.class, "number", told::add);
        lookups.backfill(Card.class, "expires", told::add);
        lookups.backfill(Card.class, "rank", told::add);
        assertThat(members.rows("Card#number")).isEqualTo(stored("number", "Card", "id"));
        assertThat(members.rows("Card#expires")).hasSize(COUNT);
        for (String attribute : List.of("number", "expires", "rank")) {
            assertThat(lookups.check(Card.class, attribute, progress -> {}))
                    .isEqualTo(new Report(COUNT, 0, 0, 0, List.of()));
        }
    }

    @Test
    void otherJvms_learnThatItIsReady_andKeepItMeanwhile() {
        try (ShardedSessionFactory other =
                Members.configuration(members.cluster, "two-phase").build()) {
            assertThat(other.getLookups().isReady(Member.class, "email")).isFalse();
            other.inTransaction(session -> session.persist(new Member("new", "new@club")));
            lookups.backfill(Member.class, "email", progress -> {});
            assertThat(other.getLookups().isReady(Member.class, "email")).isTrue();
        }
        assertThat(members.rows("Member#email"))
                .isEqualTo(stored("email", "Member", "name"))
                .contains("new@club:new");
    }

    @Test
    void duplicates_areReported_andItIsNotReadUntilTheyAreChanged() {
        String elsewhere = members.names("elsewhere").stream()
                .filter(name -> !factory.locate(Member.class, name).equals(factory.locate(Member.class, "name1")))
                .findFirst()
                .orElseThrow();
        factory.inTransaction(session -> session.persist(new Member(elsewhere, "m1@club"))); // name1 has no row yet
        assertThatThrownBy(() -> lookups.backfill(Member.class, "email", progress -> {}))
                .isInstanceOfSatisfying(ShardingException.class, refused -> assertThat(refused.code())
                        .isEqualTo(ShardErrorCode.LOOKUP))
                .hasMessageContaining(elsewhere + " on shard \"" + factory.locate(Member.class, elsewhere) + "\"")
                .hasMessageContaining("name1 on shard \"" + factory.locate(Member.class, "name1") + "\"")
                .hasMessageNotContaining("m1@club");
        assertThat(lookups.isReady(Member.class, "email")).isFalse();
        factory.inTransaction(session -> session.find(Member.class, elsewhere).email = "other@club");
        lookups.backfill(Member.class, "email", progress -> {});
        assertThat(members.rows("Member#email")).isEqualTo(stored("email", "Member", "name"));
        assertThat(lookups.isReady(Member.class, "email")).isTrue();
    }

    @Test
    void stopped_itIsNotReady_andCanBeCalledAgain() {
        assertThatThrownBy(() -> lookups.backfill(Member.class, "email", progress -> {
                    if (progress.entities() > 8) {
                        throw new IllegalStateException("stopped");
                    }
                }))
                .hasMessage("stopped");
        assertThat(lookups.isReady(Member.class, "email")).isFalse();
        assertThat(members.rows("Member#email")).hasSizeBetween(5, 23);
        lookups.backfill(Member.class, "email", progress -> {});
        assertThat(members.rows("Member#email")).isEqualTo(stored("email", "Member", "name"));
    }

    @Test
    void whileOthersWrite_noRowIsMissing_andNoneDangles() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService workers = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> writing = new ArrayList<>();
            for (int worker = 0; worker < 2; worker++) {
                int mine = worker;
                writing.add(workers.submit(() -> write(mine, over)));
            }
            for (int round = 0; round < 5; round++) {
                lookups.backfill(Member.class, "email", progress -> {});
            }
            over.set(true);
            for (Future<Integer> one : writing) {
                assertThat(one.get(1, TimeUnit.MINUTES)).isPositive();
            }
        } finally {
            over.set(true);
            workers.shutdown();
        }
        assertThat(lookups.isReady(Member.class, "email")).isTrue();
        Report report = lookups.check(Member.class, "email", progress -> {});
        assertThat(report.missing()).isZero();
        assertThat(report.undecided()).isZero();
        assertThat(members.rows("Member#email")).isEqualTo(stored("email", "Member", "name"));
    }

    /** Changes and removes members of its own, and makes new ones. */
    private int write(int worker, AtomicBoolean over) {
        int done = 0;
        while (!over.get() || done == 0) {
            int turn = done++;
            String name = "name" + (worker + 2 * (turn % 15));
            try {
                factory.inTransaction(session -> {
                    Member member = session.find(Member.class, name);
                    if (member == null) {
                        session.persist(new Member(name, worker + "-" + turn + "@club"));
                    } else if (turn % 7 == 0) {
                        session.createSelectionQuery("from Card c where c.member.name = :name", Card.class)
                                .setParameter("name", name)
                                .list()
                                .forEach(session::remove);
                        session.remove(member);
                    } else {
                        member.email = worker + "-" + turn + "@club";
                    }
                });
            } catch (HibernateException busy) {
                assertThat(busy).isNotInstanceOf(ShardingException.class);
            }
        }
        return done;
    }

    @Test
    void whatHasNoLookup_isAnError() {
        assertThatThrownBy(() -> lookups.isReady(Member.class, "points"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Member.points has neither @GlobalUnique nor @ShardLookup");
    }
}
