package io.hibernateshards.internal.session;

import io.hibernateshards.internal.guard.TakenListeners;
import io.hibernateshards.internal.transaction.Branch;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEventListener;

/**
 * Each session flushes once more as it commits. Where all branches have just been flushed together, that would only look at
 * every entity once more, so it is left out: once, as what is done between the two flushes may flush by itself.
 */
public final class RepeatedFlush {
    private RepeatedFlush() {}

    /** For all sessions of a factory, around the listeners that there are. */
    public static void register(SessionFactoryImplementor factory) {
        EventListenerGroup<FlushEventListener> group =
                factory.getEventListenerRegistry().getEventListenerGroup(EventType.FLUSH);
        List<FlushEventListener> listeners = TakenListeners.of(group);
        group.appendListener(event -> {
            Branch<?> branch = Branch.of(event.getSession());
            if (branch == null || !branch.takeFlushed()) {
                listeners.forEach(listener -> listener.onFlush(event));
            }
        });
    }
}
