package io.hibernateshards.internal.guard;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.event.service.spi.EventListenerGroup;

/** The listeners of an event, taken out of their group, for one that puts itself around them. */
public final class TakenListeners {
    private TakenListeners() {}

    public static <L> List<L> of(EventListenerGroup<L> group) {
        List<L> listeners = new ArrayList<>();
        group.fireEventOnEachListener(listeners, (listener, all) -> all.add(listener));
        group.clearListeners();
        return listeners;
    }
}
