package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityListeners;
import jakarta.persistence.Id;
import jakarta.persistence.PostPersist;
import jakarta.persistence.PostRemove;
import jakarta.persistence.PostUpdate;
import jakarta.persistence.PrePersist;
import jakarta.persistence.PreRemove;
import jakarta.persistence.PreUpdate;
import jakarta.transaction.Synchronization;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.hibernate.Interceptor;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.SharedSessionContract;
import org.hibernate.Transaction;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.TransactionCompletionCallbacks.BeforeCompletionCallback;
import org.hibernate.event.spi.EventSource;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.event.spi.PostUpdateEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.type.Type;
import org.jspecify.annotations.Nullable;

/** Entities, and all the places from which an application can write while a session flushes or completes. */
final class Notebook {
    /** Places where the application's code runs during a flush or a commit. */
    enum Place {
        PRE_PERSIST,
        POST_PERSIST,
        PRE_UPDATE,
        POST_UPDATE,
        PRE_REMOVE,
        POST_REMOVE,
        ON_PERSIST,
        ON_FLUSH_DIRTY,
        PRE_FLUSH,
        POST_FLUSH,
        BEFORE_COMPLETION,
        SYNCHRONIZATION,
        LATE_SYNCHRONIZATION,
        CHILDS_SYNCHRONIZATION,
        FLUSH_ENTITY_LISTENER,
        PRE_UPDATE_LISTENER,
        POST_UPDATE_LISTENER,
        COMPLETION_CALLBACK
    }

    @Entity(name = "Item")
    @EntityListeners(Callbacks.class)
    static class Item {
        @Id
        @ShardKey
        Long id = 0L;

        String text = "";

        Item() {}

        Item(long id) {
            this.id = id;
        }
    }

    @Entity(name = "Note")
    static class Note {
        @Id
        @ShardKey
        Long id = 0L;

        String text = "";

        Note() {}

        Note(long id, String text) {
            this.id = id;
            this.text = text;
        }
    }

    static final List<Class<?>> ENTITIES = List.of(Item.class, Note.class);

    /** The place that is to act, and what it does there, once for each call of {@link #arm}. */
    private static @Nullable Place armed;

    private static Consumer<SharedSessionContract> deed = session -> {};
    private static @Nullable SharedSessionContract current;
    private static boolean always;

    private Notebook() {}

    /** Has the given place do something with the session, the first time that it is reached. */
    static void arm(Place place, SharedSessionContract session, Consumer<SharedSessionContract> what) {
        armed = place;
        current = session;
        deed = what;
        always = false;
        if (place == Place.SYNCHRONIZATION) {
            session.getTransaction().registerSynchronization(new Reaching(place));
        }
    }

    /** Has the given place do something each time that it is reached. */
    static void armForever(Place place, SharedSessionContract session, Consumer<SharedSessionContract> what) {
        arm(place, session, what);
        always = true;
    }

    static void disarm() {
        armed = null;
    }

    /** Whether the place that was armed has not been reached. */
    static boolean isArmed() {
        return armed != null;
    }

    private static void reach(Place place) {
        SharedSessionContract session = current;
        if (armed == place && session != null) {
            armed = always ? place : null;
            deed.accept(session);
        }
    }

    static final class Callbacks {
        @PrePersist
        void prePersist(Item item) {
            reach(Place.PRE_PERSIST);
        }

        @PostPersist
        void postPersist(Item item) {
            reach(Place.POST_PERSIST);
        }

        @PreUpdate
        void preUpdate(Item item) {
            SharedSessionContract session = current;
            if (armed == Place.LATE_SYNCHRONIZATION && session != null) {
                session.getTransaction().registerSynchronization(new Reaching(Place.LATE_SYNCHRONIZATION));
            }
            reach(Place.PRE_UPDATE);
        }

        @PostUpdate
        void postUpdate(Item item) {
            reach(Place.POST_UPDATE);
        }

        @PreRemove
        void preRemove(Item item) {
            reach(Place.PRE_REMOVE);
        }

        @PostRemove
        void postRemove(Item item) {
            reach(Place.POST_REMOVE);
        }
    }

    private record Reaching(Place place) implements Synchronization {
        @Override
        public void beforeCompletion() {
            reach(place);
        }

        @Override
        public void afterCompletion(int status) {}
    }

    static final class Intercepting implements Interceptor {
        @Override
        public boolean onPersist(Object entity, Object id, Object[] state, String[] names, Type[] types) {
            if (entity instanceof Item) {
                reach(Place.ON_PERSIST);
            }
            return false;
        }

        @Override
        public boolean onFlushDirty(
                Object entity, Object id, Object[] now, Object[] before, String[] names, Type[] types) {
            if (entity instanceof Item) {
                reach(Place.ON_FLUSH_DIRTY);
            }
            return false;
        }

        @Override
        public void preFlush(Iterator<Object> entities) {
            reach(Place.PRE_FLUSH);
        }

        @Override
        public void postFlush(Iterator<Object> entities) {
            reach(Place.POST_FLUSH);
        }

        @Override
        public void beforeTransactionCompletion(Transaction transaction) {
            reach(Place.BEFORE_COMPLETION);
        }
    }

    /** Adds listeners to a factory. */
    static <F extends SessionFactory> F listening(F factory) {
        var groups = factory.unwrap(SessionFactoryImplementor.class).getEventListenerRegistry();
        groups.appendListeners(EventType.FLUSH_ENTITY, event -> {
            if (event.getEntity() instanceof Item) {
                reach(Place.FLUSH_ENTITY_LISTENER);
            }
        });
        groups.appendListeners(EventType.PRE_UPDATE, event -> {
            if (event.getEntity() instanceof Item) {
                reach(Place.PRE_UPDATE_LISTENER);
            }
            return false;
        });
        groups.appendListeners(EventType.POST_UPDATE, new PostUpdateEventListener() {
            private static final long serialVersionUID = 1L;

            @Override
            public void onPostUpdate(PostUpdateEvent event) {
                if (event.getEntity() instanceof Item) {
                    reach(Place.POST_UPDATE_LISTENER);
                    later(event.getSession());
                }
            }

            @Override
            public boolean requiresPostCommitHandling(EntityPersister persister) {
                return false;
            }
        });
        return factory;
    }

    /** Registers with the session that flushes, which is a child where there are shards. */
    private static void later(SharedSessionContractImplementor session) {
        if (armed == Place.CHILDS_SYNCHRONIZATION) {
            session.getTransaction().registerSynchronization(new Reaching(Place.CHILDS_SYNCHRONIZATION));
        } else if (armed == Place.COMPLETION_CALLBACK && session instanceof EventSource stateful) {
            stateful.getActionQueue()
                    .registerCallback((BeforeCompletionCallback) ending -> reach(Place.COMPLETION_CALLBACK));
        }
    }

    /** Touches an item in the way that leads to a place. */
    static void touch(Place place, Session session, long id) {
        switch (place) {
            case PRE_PERSIST, POST_PERSIST, ON_PERSIST -> session.persist(new Item(id));
            case PRE_REMOVE, POST_REMOVE -> session.remove(session.find(Item.class, id));
            default -> session.find(Item.class, id).text += "x";
        }
    }

    /** Whether the item must not be stored yet. */
    static boolean stores(Place place) {
        return place == Place.PRE_PERSIST || place == Place.POST_PERSIST || place == Place.ON_PERSIST;
    }
}
