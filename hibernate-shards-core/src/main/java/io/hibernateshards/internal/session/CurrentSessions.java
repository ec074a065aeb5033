package io.hibernateshards.internal.session;

import io.hibernateshards.ShardedSession;
import java.util.Map;
import org.hibernate.HibernateException;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.context.internal.ManagedSessionContext;
import org.hibernate.engine.config.spi.ConfigurationService;
import org.jspecify.annotations.Nullable;

/** {@code getCurrentSession}: bound by the application ({@code managed}), or one a thread ({@code thread}). */
final class CurrentSessions {
    private final ShardedSessionFactoryImpl factory;
    private final @Nullable String context;

    @SuppressWarnings("ThreadLocalUsage") // one a factory, which is closed as seldom as it is made
    private final ThreadLocal<@Nullable ShardedSession> ofThread = new ThreadLocal<>();

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
        throw new HibernateException(
                context == null
                        ? "No CurrentSessionContext configured"
                        : AvailableSettings.CURRENT_SESSION_CONTEXT_CLASS + " = " + context
                                + ": a sharded factory knows \"thread\" and \"managed\"");
    }

    /** As Hibernate's own: the thread's session ends with its transaction. */
    private void forgetAtEnd(ShardedSession session) {
        session.getTransaction().runAfterCompletion(status -> {
            ofThread.remove();
            session.close();
        });
    }
}
