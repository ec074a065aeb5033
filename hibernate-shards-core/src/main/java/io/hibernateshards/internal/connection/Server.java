package io.hibernateshards.internal.connection;

import com.zaxxer.hikari.HikariPoolMXBean;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ServerStatus;
import io.hibernateshards.ServerStatus.Role;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * One server of a shard: its pools, what it last said of itself, and whether it can be reached. Once connections to it have
 * failed in a row it is down: whoever wants one is told so at once, and has it asked again.
 */
public final class Server implements AutoCloseable {
    private static final int FAILURES = 2;

    private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
            .slidingWindow(FAILURES, FAILURES, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
            .failureRateThreshold(100)
            .waitDurationInOpenState(Duration.ofDays(1)) // its probe closes it
            .recordException(Server::isUnreachable)
            .build();

    private final ShardSource source;
    private final CircuitBreaker breaker;
    private final ServerProbe probe;
    private final ShardPool sessions;
    private final ShardPool apart;
    private final ShardPool catalog;
    private final ShardServers shard;

    /** Connections that its pools have opened, of which some are still in use. */
    private final Set<Connection> opened = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** Connections that readers of replicas have now. */
    private final AtomicInteger reading = new AtomicInteger();

    private volatile @Nullable Seen seen;
    private volatile @Nullable SQLException failure;
    private volatile long freshAt = Long.MIN_VALUE;
    private volatile @Nullable String banned;

    /** Whether it may be down, as far as is known: it has not been reached yet, or not the last time. */
    private volatile boolean suspect = true;

    /** Written under the lock of the shard. */
    private volatile @Nullable Following following;

    Server(ShardSource source, ShardServers shard) {
        this.source = source;
        this.shard = shard;
        breaker = CircuitBreaker.of(source.name(), BREAKER);
        probe = new ServerProbe(this);
        sessions = new ShardPool(this, "shard-" + source.name(), source.pool());
        apart = ShardPool.apart(this, "apart");
        catalog = ShardPool.apart(this, "catalog");
    }

    public ShardSource source() {
        return source;
    }

    ShardPool sessions() {
        return sessions;
    }

    ShardPool apart() {
        return apart;
    }

    ShardPool catalog() {
        return catalog;
    }

    ServerProbe probe() {
        return probe;
    }

    /** Whether it is one of several. */
    boolean isReplicated() {
        return shard.isReplicated();
    }

    /** What is known of it; null before it has been asked, and without replicas. */
    @Nullable
    Seen seen() {
        return seen;
    }

    /** Whether it is the server of its shard that is written. */
    public boolean isPrimary() {
        return shard.isPrimary(this);
    }

    /**
     * A connection for a session.
     *
     * @throws ShardingException if it has none to give in time
     */
    public Connection sessionConnection() {
        return sessions.connection();
    }

    /** Whether it can only be read. */
    public boolean isStandby() {
        Seen last = seen;
        return last != null && last.standby();
    }

    /**
     * Returns whether it {@linkplain #serves() serves} and has certainly replayed the write-ahead log up to a position. One that
     * follows the present primary has reached a position of the primary's timeline, and so has all of earlier timelines.
     */
    public boolean includes(Position wanted) {
        long timeline = shard.timeline(); // first: what follows after that is on this timeline, or a later one
        Seen last = seen;
        return last != null && serves() && last.isAtLeast(wanted, timeline);
    }

    /**
     * When all that had been committed by then can be seen there.
     *
     * @return as {@link System#nanoTime}; {@link Long#MIN_VALUE} if that is not known
     */
    public long freshAt() {
        return freshAt;
    }

    /** Whether it is up, a part of this shard, and follows its primary. */
    public boolean serves() {
        Following now = following;
        return mayServe() && now != null && now.confirmed();
    }

    /** The same, but that it may still have to be seen following. */
    public boolean mayServe() {
        return !isDown() && banned == null && seen != null;
    }

    @Nullable
    Following following() {
        return following;
    }

    void following(@Nullable Following now) {
        following = now;
    }

    boolean isDown() {
        return breaker.getState() == State.OPEN;
    }

    /** Why it must not be used though it can be reached, or null. */
    @Nullable
    String banned() {
        return banned;
    }

    void ban(@Nullable String why) {
        banned = why;
    }

    /** How many connections readers have of it, by its weight. */
    public double load() {
        return (reading.get() + 1.0) / source.weight();
    }

    /** A reader has one more connection of it. */
    public void lend() {
        reading.incrementAndGet();
    }

    /** A reader has given one back. */
    public void giveBack() {
        reading.decrementAndGet();
    }

    // ---- told by those who connect

    /** A connection was opened, by a pool: nobody has it yet. */
    void connected(Connection connection) throws SQLException {
        opened.add(connection);
        Greeting greeting = shard.identities().greet(connection, isReplicated());
        shard.identities().check(this, connection, greeting.identity());
        Seen state = greeting.seen();
        if (state != null) {
            learned(state);
        }
        reached();
    }

    /** Whether a connection, as the driver made it, is one of this server's. */
    boolean hasOpened(Connection connection) {
        return opened.contains(connection);
    }

    /** The server processes of its connections, as the driver knows them. */
    Set<Integer> backends() {
        Set<Integer> backends = new HashSet<>();
        synchronized (opened) {
            for (Connection connection : opened) {
                if (connection instanceof PGConnection one) {
                    backends.add(one.getBackendPID());
                }
            }
        }
        return backends;
    }

    /** The probe asks. */
    void answered(Connection connection) throws SQLException {
        if (failure instanceof RefusedConnectionException) {
            connected(connection); // its URL may lead to the right database by now
        } else if (isReplicated()) {
            learned(Seen.on(connection));
        } else if (!connection.isValid(0)) {
            throw new SQLException("the connection does not answer", "08006");
        }
        reached();
    }

    /** The probe had no answer. */
    void unanswered(SQLException e) {
        failure = e;
        suspect = isUnreachable(e); // else it has answered, if only by a refusal
        breaker.onError(0, TimeUnit.NANOSECONDS, e);
    }

    private void reached() {
        breaker.onSuccess(0, TimeUnit.NANOSECONDS);
        if (isDown()) {
            breaker.transitionToClosedState();
        }
        suspect = false;
        failure = null;
    }

    /** A connection could not be opened. */
    void failed(SQLException e) {
        unanswered(e);
        if (suspect) {
            probe.soon();
        }
    }

    /** It has said something of itself. Answers may arrive in another order than they were asked for. */
    void learned(Seen answer) {
        synchronized (this) {
            Seen last = seen;
            if (last != null && answer.asked() - last.asked() < 0) {
                if (last.run() != answer.run()
                        || last.standby() != answer.standby()
                        || Long.compareUnsigned(last.position(), answer.position()) >= 0) {
                    return;
                }
                answer = last.at(answer.position());
            } else if (last != null
                    && last.run() == answer.run()
                    && Long.compareUnsigned(last.position(), answer.position()) > 0) {
                answer = answer.at(last.position());
            }
            if (last != null && last.run() != answer.run()) {
                freshAt = Long.MIN_VALUE;
            }
            seen = answer;
        }
        shard.learned(this, answer);
    }

    /** All that had been committed by then is there. */
    void fresh(long at) {
        if (at > freshAt) {
            freshAt = at;
        }
    }

    void stale() {
        freshAt = Long.MIN_VALUE;
    }

    static boolean isUnreachable(Throwable e) {
        if (e instanceof RefusedConnectionException) {
            return true; // of no more use than a server that is down
        }
        String state = e instanceof SQLException sql ? sql.getSQLState() : null;
        return state == null || state.startsWith("08") || state.startsWith("57P");
    }

    /** A connection broke while it was in use. */
    public void lost() {
        unanswered(new SQLException("a connection broke while it was in use", "08006"));
        probe.soon();
    }

    // ---- asked by those who want a connection

    /**
     * Makes sure that it is not down. It is asked again if it was, for a moment.
     *
     * @throws ShardingException if it is
     */
    void checkUp() {
        if (!suspect) {
            return;
        }
        // a pool would wait for its connection time-out, whatever the server says at once
        for (int i = 0; i < FAILURES; i++) {
            if (probe.answers()) {
                return;
            }
            if (isDown()) {
                throw down();
            }
        }
    }

    private ShardingException down() {
        SQLException last = failure;
        if (last instanceof RefusedConnectionException refused) {
            return refused.refusal();
        }
        return new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                source.described() + " is down" + (last == null ? "" : ": the server said: " + last.getMessage())
                        + ". Start it, or see why it cannot be reached; it is asked again whenever it is needed",
                last);
    }

    /** What is known of it, for people. */
    String state() {
        SQLException last = failure;
        Seen answer = seen;
        String problem = banned;
        if (isDown() || answer == null) {
            return source.described() + " is down" + (last == null ? "" : ": " + last.getMessage());
        }
        return source.described()
                + (problem != null ? " is not used: " + problem : answer.standby() ? " is a standby" : " is up");
    }

    /** What is known of it, for programs; asks it again if it was not asked lately, and does not wait for the answer. */
    public ServerStatus status() {
        probe.soonUnlessLately();
        boolean available = isReplicated() ? mayServe() : !isDown();
        boolean writes = isPrimary();
        long fresh = freshAt;
        HikariPoolMXBean pool = sessions.state();
        return new ServerStatus(
                source.shard(),
                source.replica().isEmpty() ? "primary" : source.replica(),
                banned != null ? Role.UNUSED : writes ? Role.PRIMARY : Role.REPLICA,
                available,
                writes || fresh == Long.MIN_VALUE ? null : Duration.ofNanos(Math.max(0, System.nanoTime() - fresh)),
                available ? null : state(),
                source.weight(),
                pool == null ? 0 : pool.getActiveConnections(),
                pool == null ? 0 : pool.getIdleConnections(),
                pool == null ? 0 : pool.getThreadsAwaitingConnection(),
                sessions.size());
    }

    @Override
    public void close() {
        probe.close();
        sessions.close();
        apart.close();
        catalog.close();
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
