package io.hibernateshards.internal.cache;

import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Sees to it that of many sessions that miss a key at once, few load it: the others wait until the first has put it.
 *
 * <p>Only who holds nothing that the first may need waits: no connection, unless the first has one already, and no load of its
 * own that others wait for. What a transaction has locked in the database does not hold off the first, which but reads. So no
 * circle of waiting can close; what a thread holds besides, nobody knows, which is why the wait is bounded.
 */
final class Loads {
    private static final int MANY = 4096;

    private final ConcurrentHashMap<Object, Load> running = new ConcurrentHashMap<>();
    private final long patience;

    /** @param patience in nanoseconds; 0 for none */
    Loads(long patience) {
        this.patience = patience;
    }

    /** After a miss: makes the session the one that loads, or waits for that one. Whether it is worth to look again. */
    boolean await(Object key, Object id, SharedSessionContractImplementor session, SessionView view) {
        long now = System.nanoTime();
        if (patience == 0 || view.isLoading(now)) {
            return false;
        }
        boolean connected = isConnected(session);
        Load mine = new Load(this, key, id, connected, now + patience);
        Load first = running.putIfAbsent(key, mine);
        if (first != null && first.isOver(now)) {
            if (!running.replace(key, first, mine)) {
                return false;
            }
            first = null;
        }
        if (first == null) {
            view.loads(mine);
            if (running.size() > MANY) {
                running.values().removeIf(load -> load.isOver(now));
            }
            return false;
        }
        return !first.isByThisThread() && (!connected || first.isConnected()) && first.await();
    }

    private static boolean isConnected(SharedSessionContractImplementor session) {
        return session.getJdbcCoordinator().getLogicalConnection().isPhysicallyConnected();
    }

    void remove(Object key, Load load) {
        running.remove(key, load);
    }
}
