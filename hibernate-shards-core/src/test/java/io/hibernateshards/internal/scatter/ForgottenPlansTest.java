package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.List;
import org.hibernate.Session;
import org.junit.jupiter.api.Test;

/** Hibernate parses a query anew when it has forgotten it, while what was worked out for it here may still be known. */
class ForgottenPlansTest {
    @Test
    void parametersOfAQueryParsedAnew_areFound() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
                ShardedSessionFactory factory = new ShardedConfiguration()
                        .entities(OracleModel.ENTITIES)
                        .settings(cluster.settings())
                        .setting("hibernate.hbm2ddl.auto", "create")
                        .setting("hibernate.query.plan_cache_enabled", false)
                        .build()) {
            for (long id = 1; id <= 9; id++) {
                Owner owner = new Owner();
                owner.id = id;
                owner.number = (int) id;
                factory.inTransaction(session -> session.persist(owner));
            }
            factory.inTransaction(session -> {
                for (int i = 1; i <= 3; i++) {
                    assertThat(page(session, i)).containsExactly((long) i + 3, (long) i + 4);
                    assertThat(one(session, i)).containsExactly((long) i);
                    assertThat(session.createQuery("select count(*) from Owner o where o.number > ?1", Long.class)
                                    .setParameter(1, i)
                                    .getSingleResult())
                            .isEqualTo(9 - i);
                }
            });
        }
    }

    private static List<Long> page(Session session, int least) {
        return session.createQuery(
                        "select o.id from Owner o where o.number > :least order by coalesce(o.number, :other)"
                                + " limit :rows offset :first",
                        Long.class)
                .setParameter("least", least)
                .setParameter("other", 5)
                .setParameter("rows", 2)
                .setParameter("first", 2)
                .getResultList();
    }

    private static List<Long> one(Session session, int id) {
        return session.createQuery("select o.id from Owner o where o.id = :id and o.number < :most", Long.class)
                .setParameter("id", (long) id)
                .setParameter("most", 100)
                .getResultList();
    }
}
