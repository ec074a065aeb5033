package io.hibernateshards.spring.test;

import static io.hibernateshards.spring.test.ShardAssertions.assertThatQuery;
import static io.hibernateshards.spring.test.ShardAssertions.assertThatWork;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@LocalShards(names = {"eu", "us"})
class ShardAssertionsTest {
    private static final String BY_LAND = "select t from Town t where t.land.code = :code";

    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start(Map<String, String> settings) {
        factory = new ShardedConfiguration()
                .settings(settings)
                .entities(Land.class, Town.class, Money.class)
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
    }

    private static String shardOf(String code) {
        return factory.locate(Land.class, code).name();
    }

    @Test
    void queryByKey_asksOneShard() {
        assertThatQuery(factory, BY_LAND)
                .with("code", "SE")
                .asksOneShard()
                .asksShards(shardOf("SE"))
                .copiesNothing();
        assertThatQuery(factory, "select t from Town t where t.land.code = ?1")
                .with(1, "SE")
                .asksShards(shardOf("SE"));
    }

    @Test
    void queryOfReferenceEntities_asksOneShard_butNoneInParticular() {
        assertThatQuery(factory, "from Money").asksOneShard();
        fails(() -> assertThatQuery(factory, "from Money").asksShards("eu"), "exactly [eu], but it asks any one shard");
    }

    @Test
    void queryWithoutKey_isTold_withPlanAndCure() {
        assertThatQuery(factory, "from Town")
                .asksAllShards()
                .asksShards("us", "eu")
                .copiesNothing();
        fails(
                () -> assertThatQuery(factory, "from Town t where t.people > :p")
                        .with("p", 3)
                        .asksOneShard(),
                "from Town t where t.people > :p",
                "with parameters [p] to ask one shard, but it asks [eu, us]",
                "Scatter shards [eu, us]",
                "where t1_0.people>?",
                "add an = or in on the shard key");
    }

    @Test
    void queryByKey_isNotTakenForOneOfAllShards() {
        fails(() -> assertThatQuery(factory, BY_LAND).with("code", "SE").asksAllShards(), "all of [eu, us]");
        String other = shardOf("SE").equals("eu") ? "us" : "eu";
        fails(() -> assertThatQuery(factory, BY_LAND).with("code", "SE").asksShards(other), "exactly [" + other + "]");
        fails(() -> assertThatQuery(factory, BY_LAND).with("code", "SE").asksLookup(), "to ask a lookup");
    }

    @Test
    void queryThatCopies_isTold() {
        String windowOverAll = "select t.id, row_number() over (order by t.people) from Town t";
        assertThatQuery(factory, windowOverAll).asksAllShards();
        fails(
                () -> assertThatQuery(factory, windowOverAll).copiesNothing(),
                "copies rows of [eu, us] to one of them",
                "join along the shard key");
    }

    @Test
    void statementThatWrites_isPlannedToo() {
        assertThatQuery(factory, "delete from Town t where t.land.code = :code")
                .with("code", "SE")
                .asksShards(shardOf("SE"));
        assertThatQuery(factory, "delete from Town").asksAllShards();
    }

    @Test
    void queryObject_isAskedWithWhatIsBound() {
        try (ShardedSession session = factory.openSession()) {
            var query = session.createQuery(BY_LAND, Town.class).setParameter("code", "NO");
            assertThatQuery(factory, query).asksShards(shardOf("NO"));
            var builder = factory.getCriteriaBuilder();
            var criteria = builder.createQuery(Land.class);
            var land = criteria.from(Land.class);
            criteria.where(land.get("code").in(List.of("SE")));
            assertThatQuery(factory, session.createQuery(criteria)).asksShards(shardOf("SE"));
            assertThatQuery(session, BY_LAND).with("code", "NO").asksOneShard();
        }
    }

    @Test
    void work_isToldByAllThatItAsks() {
        assertThatWork(factory, session -> session.find(Land.class, "SE"))
                .asksOneShard()
                .asksShards(shardOf("SE"));
        assertThatWork(factory, session -> session.persist(new Land("NO"))).asksShards(shardOf("NO"));
        assertThat(factory.<Object>fromSession(session -> session.find(Land.class, "NO")))
                .isNull();
        fails(
                () -> assertThatWork(factory, session -> session.find(Town.class, 1L))
                        .asksOneShard(),
                "to ask one shard, but it has asked [eu, us]");
        fails(
                () -> assertThatWork(factory, session -> session.find(Town.class, 1L))
                        .asksAtMost(1),
                "at most 1");
        try (ShardedSession session = factory.openSession()) {
            assertThatWork(session, () -> session.createQuery(BY_LAND, Town.class)
                            .setParameter("code", "SE")
                            .list())
                    .asksOneShard();
            assertThatThrownBy(() -> assertThatWork(session, () -> {})).hasMessageContaining("begin a new one");
        }
    }

    @Test
    void refusedQuery_failsByItsOwnError() {
        assertThatThrownBy(() -> assertThatQuery(factory, "update Town t set t.land = null")
                        .asksAllShards())
                .isInstanceOf(ShardingException.class);
    }

    private static void fails(ThrowingCallable assertion, String... told) {
        assertThatThrownBy(assertion)
                .isInstanceOf(AssertionError.class)
                .satisfies(failure -> assertThat(failure.getMessage()).contains(told));
    }
}
