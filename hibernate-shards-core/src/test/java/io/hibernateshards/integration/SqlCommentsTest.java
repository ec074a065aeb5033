package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.NamedQuery;
import java.util.List;
import org.hibernate.query.Query;
import org.junit.jupiter.api.Test;

/** What a person who looks at a busy server sees of where a statement comes from. */
class SqlCommentsTest {
    private static final String SENT =
            "select m.id, function('current_query') from Memo m where m.id > 0 order by m.id";

    @Entity(name = "Memo")
    @NamedQuery(name = "Memo.sent", query = SENT)
    static class Memo {
        @Id
        @ShardKey
        long id;
    }

    @Test
    void statements_carryTheShardAndTheQuery_whereHibernatesCommentsAreOn() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 2);
                ShardedSessionFactory factory = start(cluster, true);
                ShardedSession session = factory.openSession()) {
            List<String> sent = sent(session.createNamedQuery("Memo.sent", Object[].class));
            assertThat(sent).hasSize(20);
            assertThat(sent).anySatisfy(sql -> assertThat(sql).startsWith("/* shard0 */ /* Memo.sent: select "));
            assertThat(sent).anySatisfy(sql -> assertThat(sql).startsWith("/* shard1 */ /* Memo.sent: select "));
            assertThat(sent(session.createQuery(SENT.replace("> 0", "= 3"), Object[].class)))
                    .singleElement()
                    .asString()
                    .matches("/\\* shard[01] \\*/ /\\* select m.id, .*");
        }
    }

    @Test
    void statements_areSentAsTheyAre_otherwise() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 2);
                ShardedSessionFactory factory = start(cluster, false);
                ShardedSession session = factory.openSession()) {
            assertThat(sent(session.createNamedQuery("Memo.sent", Object[].class)))
                    .hasSize(20)
                    .allSatisfy(sql -> assertThat(sql).startsWith("select "));
        }
    }

    private static List<String> sent(Query<Object[]> query) {
        return query.list().stream().map(row -> (String) row[1]).toList();
    }

    private static ShardedSessionFactory start(LocalCluster cluster, boolean comments) {
        ShardedSessionFactory factory = new ShardedConfiguration()
                .entities(Memo.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.use_sql_comments", comments)
                .build();
        for (long id = 1; id <= 20; id++) {
            Memo memo = new Memo();
            memo.id = id;
            factory.inTransaction(session -> session.persist(memo));
        }
        return factory;
    }
}
