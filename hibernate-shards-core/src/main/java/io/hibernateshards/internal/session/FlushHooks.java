package io.hibernateshards.internal.session;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.spi.EventType;
import org.hibernate.internal.EmptyInterceptor;
import org.hibernate.jpa.event.spi.CallbackRegistry;
import org.hibernate.jpa.event.spi.CallbackType;
import org.jspecify.annotations.Nullable;

/**
 * The code of the application that runs while a session is flushed: callbacks of entities, interceptors and listeners. Only
 * that can change entities of a branch that has been flushed, so that where there is none, nobody looks for such changes.
 */
final class FlushHooks {
    private static final Set<CallbackType> CALLBACKS = EnumSet.complementOf(EnumSet.of(CallbackType.POST_LOAD));

    private static final List<EventType<?>> EVENTS = List.of(
            EventType.FLUSH,
            EventType.FLUSH_ENTITY,
            EventType.PRE_FLUSH,
            EventType.PERSIST,
            EventType.PERSIST_ONFLUSH,
            EventType.DELETE,
            EventType.PRE_INSERT,
            EventType.PRE_UPDATE,
            EventType.PRE_DELETE,
            EventType.POST_INSERT,
            EventType.POST_UPDATE,
            EventType.POST_DELETE,
            EventType.PRE_COLLECTION_RECREATE,
            EventType.PRE_COLLECTION_UPDATE,
            EventType.PRE_COLLECTION_REMOVE,
            EventType.POST_COLLECTION_RECREATE,
            EventType.POST_COLLECTION_UPDATE,
            EventType.POST_COLLECTION_REMOVE);

    /** What was found, and of how many listeners: more may be added at any time. */
    private record Found(int listeners, boolean any) {}

    private final SessionFactoryImplementor factory;
    private volatile @Nullable Found found;

    FlushHooks(SessionFactoryImplementor factory) {
        this.factory = factory;
    }

    /** Whether code of the application may run while a session is flushed. */
    boolean exist(SharedSessionContractImplementor session) {
        return session.getInterceptor() != EmptyInterceptor.INSTANCE || exist();
    }

    private boolean exist() {
        int listeners = 0;
        for (int i = 0; i < EVENTS.size(); i++) {
            listeners += group(EVENTS.get(i)).count();
        }
        Found known = found;
        if (known == null || known.listeners != listeners) {
            known = new Found(listeners, haveCallbacks() || EVENTS.stream().anyMatch(this::isListened));
            found = known;
        }
        return known.any;
    }

    private boolean haveCallbacks() {
        CallbackRegistry callbacks = factory.getEventEngine().getCallbackRegistry();
        boolean[] have = new boolean[1];
        factory.getMappingMetamodel().forEachEntityDescriptor(entity -> {
            Class<?> type = entity.getMappedClass();
            have[0] |= type != null
                    && CALLBACKS.stream().anyMatch(callback -> callbacks.hasRegisteredCallbacks(type, callback));
        });
        return have[0];
    }

    private boolean isListened(EventType<?> event) {
        boolean[] listened = new boolean[1];
        group(event).fireEventOnEachListener(listened, (listener, any) -> any[0] |= isOfApplication(listener));
        return listened[0];
    }

    private static boolean isOfApplication(Object listener) {
        String name = listener.getClass().getName();
        return !name.startsWith("org.hibernate.") && !name.startsWith("io.hibernateshards.internal.");
    }

    private EventListenerGroup<?> group(EventType<?> event) {
        return factory.getEventListenerRegistry().getEventListenerGroup(event);
    }
}
