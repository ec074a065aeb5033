package io.hibernateshards.cluster;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/**
 * One server of a shard and the faults that it can be made to have. It keeps its name, its port and its URL whatever its
 * role is: the server {@code primary} is the one that was the first primary. Only embedded servers can be killed, stopped,
 * suspended and rejoined. Not safe for use by several threads.
 */
public final class ShardServer {
    private final ReplicaSet set;
    private final PostgresServer server;
    private final String url;

    ShardServer(ReplicaSet set, PostgresServer server, String url) {
        this.set = set;
        this.server = server;
        this.url = url;
    }

    /** {@code primary}, {@code r0}, {@code r1} ... */
    public String name() {
        return server.name();
    }

    /** The URL of the shard's database on this server. */
    public String url() {
        return url;
    }

    /** A plain JDBC connection, auto-commit on. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url, server.user(), server.password());
    }

    /** Whether it follows another server now. */
    public boolean isStandby() {
        return server.query("select pg_is_in_recovery()").equals("t");
    }

    /** Kills it at once (SIGKILL), as if its machine had gone. */
    public void kill() {
        server.kill();
    }

    /** Shuts it down; its clients are told so. */
    public void stop() {
        server.stop();
    }

    /**
     * Starts it again after {@link #kill} or {@link #stop}, with its data and on its port. A standby follows whoever is the
     * primary now; an old primary takes itself for the primary still: see {@link #rejoin}.
     */
    public void restart() {
        set.restart(server);
    }

    /** Makes it hang (SIGSTOP of all its processes): connections stay open, and new ones are taken but not answered. */
    public void suspend() {
        server.suspend();
    }

    /** Ends {@link #suspend}. */
    public void resume() {
        set.resume(server);
    }

    /** Of a standby: it receives what the primary writes, but shows none of it until {@link #resumeReplay}. */
    public void pauseReplay() {
        server.query("select pg_wal_replay_pause()");
        server.await("select pg_get_wal_replay_pause_state() = 'paused'");
    }

    /** Ends {@link #pauseReplay}. */
    public void resumeReplay() {
        server.query("select pg_wal_replay_resume()");
    }

    /** Of a standby: it shows each commit that much later. Zero ends it. */
    public void delay(Duration delay) {
        server.execute("alter system set recovery_min_apply_delay = " + delay.toMillis());
        server.query("select pg_reload_conf()");
    }

    /**
     * Makes a standby the primary. The shard's other standbys that run follow it from now on, unless they have more than it
     * had: such ones have to be {@link #rejoin rejoined}. Nothing is done to the primary of before.
     */
    public void promote() {
        set.promote(server);
    }

    /** Throws its data away and makes it a standby of whoever is the primary now, on the port it had. */
    public void rejoin() {
        set.rejoin(server);
    }

    /** Name and URL; no password. */
    @Override
    public String toString() {
        return name() + " " + url;
    }
}
