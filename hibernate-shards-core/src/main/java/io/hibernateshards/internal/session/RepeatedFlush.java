package io.hibernateshards.internal.session;

import io.hibernateshards.internal.guard.TakenListeners;
import io.hibernateshards.internal.transaction.Branch;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.event.internal.DefaultFlushEventListener;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEventListener;
import org.hibernate.internal.EmptyInterceptor;

/**
 * Each session flushes once more as it completes. Where all branches have just been flushed together, that would only look at
 * every entity once more, so it is left out: once, as what is done between the two flushes may flush by itself.
 *
 * <p>An interceptor may write after a flush. Hibernate leaves that to the next flush, and so does a session of several
 * branches, which otherwise flushes until nothing is left.
 */
public final class RepeatedFlush {
    private RepeatedFlush() {}

    /** For all sessions of a factory, around the listeners that there are. */
    public static void register(SessionFactoryImplementor factory) {
        EventListenerGroup<FlushEventListener> group =
                factory.getEventListenerRegistry().getEventListenerGroup(EventType.FLUSH);
        List<FlushEventListener> listeners = TakenListeners.of(group);
        listeners.replaceAll(
                listener -> listener.getClass() == DefaultFlushEventListener.class ? new Flushing() : listener);
        group.appendListener(event -> {
            Branch<?> branch = Branch.of(event.getSession());
            if (branch == null) {
                listeners.forEach(listener -> listener.onFlush(event));
            } else if (!branch.takeFlushed()) {
                branch.flushing();
                listeners.forEach(listener -> listener.onFlush(event));
            }
        });
    }

    /** Hibernate's own listener, which calls the interceptor last. */
    private static final class Flushing extends DefaultFlushEventListener {
        @Override
        protected void postPostFlush(SessionImplementor session) {
            Branch<?> branch = Branch.of(session);
            if (branch == null || session.getInterceptor() == EmptyInterceptor.INSTANCE) {
                super.postPostFlush(session);
            } else {
                branch.transaction().afterFlush(() -> super.postPostFlush(session));
            }
        }
    }
}
