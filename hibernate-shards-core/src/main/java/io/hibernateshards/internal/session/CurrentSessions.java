package io.hibernateshards.internal.session;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.internal.jta.JtaTransactions;
import jakarta.transaction.Synchronization;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.HibernateException;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.context.internal.ManagedSessionContext;
import org.hibernate.engine.config.spi.ConfigurationService;
import org.jspecify.annotations.Nullable;

/**
 * {@code getCurrentSession}: bound by the application ({@code managed}), one a thread ({@code thread}), or one a JTA
 * transaction ({@code jta}, which is what it is if transactions are JTA's and nothing is said).
 */
final class CurrentSessions {
    private final ShardedSessionFactoryImpl factory;
    private final @Nullable String context;

    @SuppressWarnings("ThreadLocalUsage") // one a factory, which is closed as seldom as it is made
    private final ThreadLocal<@Nullable ShardedSession> ofThread = new ThreadLocal<>();

    private final Map<Object, AbstractShardedSession<?>> ofTransactions = new ConcurrentHashMap<>();

    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable AbstractShardedSession<?>> lastOfTransaction = new ThreadLocal<>();

    CurrentSessions(ShardedSessionFactoryImpl factory, SessionFactoryOptions options) {
        this.factory = factory;
        Map<String, Object> settings = options.getServiceRegistry()
                .requireService(ConfigurationService.class)
                .getSettings();
        Object value = settings.get(AvailableSettings.CURRENT_SESSION_CONTEXT_CLASS);
        context = value == null ? null : value.toString();
    }

    ShardedSession current() {
        if ("managed".equals(context)) {
            if (ManagedSessionContext.hasBind(factory)) {
                var bound = ManagedSessionContext.unbind(factory);
                ManagedSessionContext.bind(bound);
                return (ShardedSession) bound;
            }
            throw new HibernateException("No session currently bound to execution context");
        }
        if ("thread".equals(context)) {
            ShardedSession session = ofThread.get();
            if (session == null || !session.isOpen()) {
                session = factory.openSession();
                ofThread.set(session);
                forgetAtEnd(session);
            }
            return session;
        }
        JtaTransactions jta = factory.jta();
        if (jta != null && (context == null || context.equals("jta"))) {
            return (ShardedSession) ofTransaction(jta);
        }
        throw new HibernateException(
                context == null
                        ? "No CurrentSessionContext configured"
                        : AvailableSettings.CURRENT_SESSION_CONTEXT_CLASS + " = " + context
                                + ": a sharded factory knows \"thread\" and \"managed\"");
    }

    private AbstractShardedSession<?> ofTransaction(JtaTransactions jta) {
        Object key = jta.currentKey();
        AbstractShardedSession<?> session = ofTransactions.get(key);
        if (session == null) {
            closeTimedOut();
            AbstractShardedSession<?> opened = (AbstractShardedSession<?>) factory.openSession();
            opened.transaction.registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {}

                @Override
                public void afterCompletion(int status) {
                    ofTransactions.remove(key);
                    opened.close();
                }
            });
            ofTransactions.put(key, opened);
            lastOfTransaction.set(opened);
            session = opened;
        }
        return session;
    }

    /** A transaction that was rolled back on another thread tells its session when that is used again: nobody may. */
    private void closeTimedOut() {
        AbstractShardedSession<?> last = lastOfTransaction.get();
        if (last != null && last.isOpen() && !last.transaction.isActive()) {
            last.close();
        }
        lastOfTransaction.remove();
    }

    /** As Hibernate's own: the thread's session ends with its transaction. */
    private void forgetAtEnd(ShardedSession session) {
        session.getTransaction().runAfterCompletion(status -> {
            ofThread.remove();
            session.close();
        });
    }
}
