package io.hibernateshards.internal.cache;

import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.InitializeCollectionEvent;
import org.hibernate.event.spi.InitializeCollectionEventListener;
import org.hibernate.event.spi.LoadEvent;
import org.hibernate.event.spi.LoadEventListener;

/** After Hibernate has loaded something, or has found that there is nothing: a row that is not there is never put. */
final class LoadEnds implements LoadEventListener, InitializeCollectionEventListener {
    private static final long serialVersionUID = 1L;

    private LoadEnds() {}

    static void register(EventListenerRegistry listeners) {
        LoadEnds ends = new LoadEnds();
        listeners.appendListeners(EventType.LOAD, ends);
        listeners.appendListeners(EventType.INIT_COLLECTION, ends);
    }

    @Override
    public void onLoad(LoadEvent event, LoadType type) {
        if (SessionView.of(event.getSession()).load() != null) {
            SessionView.of(event.getSession()).loaded(event.getEntityId());
        }
    }

    @Override
    public void onInitializeCollection(InitializeCollectionEvent event) {
        SessionView view = SessionView.of(event.getSession());
        Object owner = event.getCollection().getKey();
        if (view.load() != null && owner != null) {
            view.loaded(owner);
        }
    }
}
