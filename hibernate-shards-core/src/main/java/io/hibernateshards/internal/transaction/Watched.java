package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A transaction that has locked rows of several shards, as the {@link DeadlockWatch} sees it. */
final class Watched {
    /**
     * Its branch on a shard.
     *
     * @param connection of its session
     * @param process of the server that works for it
     * @param thread that sent its last statement
     */
    record Leg(Connection connection, int process, Thread thread) {
        /** Of the branch that this thread is about to send a statement of; asks the server nothing. */
        static Leg of(Branch<?> branch) {
            try {
                Connection connection = branch.connection();
                int process = connection.unwrap(PGConnection.class).getBackendPID();
                return new Leg(connection, process, Thread.currentThread());
            } catch (SQLException e) {
                throw branch.session()
                        .getJdbcServices()
                        .getSqlExceptionHelper()
                        .convert(e, "shard \"" + branch + "\": its connection does not tell the server's process");
            }
        }
    }

    private final long number;
    private final long since = System.nanoTime();
    private final Map<ShardId, Leg> legs = new ConcurrentHashMap<>(4);

    Watched(long number, ShardId first, Leg leg) {
        this.number = number;
        legs.put(first, leg);
    }

    /** The higher, the younger. */
    long number() {
        return number;
    }

    long age() {
        return System.nanoTime() - since;
    }

    /** The branch is about to send a statement that may have to wait for others. Called by the thread that sends it. */
    void uses(Branch<?> branch) {
        Leg leg = legs.get(branch.shard());
        if (leg == null) {
            legs.put(branch.shard(), Leg.of(branch));
        } else if (leg.thread() != Thread.currentThread()) {
            legs.put(branch.shard(), new Leg(leg.connection(), leg.process(), Thread.currentThread()));
        }
    }

    @Nullable
    Leg leg(ShardId shard) {
        return legs.get(shard);
    }

    Map<ShardId, Leg> legs() {
        return legs;
    }

    /** The shards whose rows it has locked or is about to, for people. */
    @Override
    public String toString() {
        return new TreeSet<>(legs.keySet().stream().map(ShardId::name).toList()).toString();
    }
}
