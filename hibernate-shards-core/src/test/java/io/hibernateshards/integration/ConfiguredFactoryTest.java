package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.integration.Shop.Customer;
import jakarta.persistence.RollbackException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.hibernate.HibernateException;
import org.hibernate.Interceptor;
import org.hibernate.context.internal.ManagedSessionContext;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an application sets for the whole factory: inspector, interceptor, current session, JPA's rules to the letter. */
class ConfiguredFactoryTest {
    private static final List<String> STATEMENTS = Collections.synchronizedList(new ArrayList<>());
    private static final List<Object> PERSISTED = new ArrayList<>();
    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 2);
        StatementInspector inspector = sql -> {
            STATEMENTS.add(sql);
            return sql;
        };
        Interceptor interceptor = new Interceptor() {
            @Override
            public boolean onPersist(
                    Object entity, Object id, Object[] state, String[] names, org.hibernate.type.Type[] types) {
                PERSISTED.add(entity);
                return false;
            }
        };
        factory = new ShardedConfiguration()
                .entities(ShopLayout.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.session_factory.statement_inspector", inspector)
                .setting("hibernate.session_factory.interceptor", interceptor)
                .setting("hibernate.current_session_context_class", "managed")
                .setting("hibernate.jpa.compliance.transaction", true)
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    @Test
    void inspectorAndInterceptor_seeWhatASessionDoes() {
        Customer customer = new Customer("Ada");
        STATEMENTS.clear();
        factory.inTransaction(session -> session.persist(customer));
        assertThat(PERSISTED).contains(customer);
        assertThat(STATEMENTS).hasSize(1).first().asString().startsWith("insert into customer");
    }

    @Test
    void currentSession_isTheOneThatTheApplicationBinds() {
        assertThatThrownBy(factory::getCurrentSession).isInstanceOf(HibernateException.class);
        try (ShardedSession session = factory.openSession()) {
            ManagedSessionContext.bind(session);
            assertThat(factory.getCurrentSession()).isSameAs(session);
            assertThat(factory.getCurrentSession()).isSameAs(session);
        } finally {
            ManagedSessionContext.unbind(factory);
        }
        assertThatThrownBy(factory::getCurrentSession).isInstanceOf(HibernateException.class);
    }

    @Test
    void commitOfWhatCanOnlyBeRolledBack_fails_whereJpaIsFollowed() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(Customer.class, 1L);
            session.getTransaction().setRollbackOnly();
            assertThatThrownBy(session.getTransaction()::commit).isInstanceOf(RollbackException.class);
            session.beginTransaction();
            session.getTransaction().setRollbackOnly();
            assertThatThrownBy(session.getTransaction()::commit).isInstanceOf(RollbackException.class);
        }
    }

    @Test
    void refusedWrite_isRefusedHereToo() {
        try (ShardedSession session = factory.openSession()) {
            session.setProperty(ShardHints.TRANSACTION_MODE, "single-shard");
            session.beginTransaction();
            for (int i = 0; session.usedShards().size() < 2; i++) {
                session.persist(new Customer("c" + i));
            }
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.CROSS_SHARD_TRANSACTION));
        }
    }
}
