package io.hibernateshards.internal.replica;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.ShardServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Servers that lag, hang, die and take each other's place, one shard in one thread. A commit is acknowledged once a standby
 * has it ({@code synchronous_standby_names}), and a primary is killed while both standbys follow it: so what was acknowledged
 * is on the one that has received most, and survives. With asynchronous replication the last commits would be lost, and no
 * level of consistency could promise them.
 */
final class Faults implements Runnable {
    private static final int KINDS = 8;

    private final LocalCluster cluster;
    private final int shard;
    private final Random dice;
    private final AtomicInteger made;
    private final AtomicReferenceArray<String> now;
    private final BooleanSupplier goesOn;

    /** Of one shard, for as long as the condition holds. */
    Faults(
            LocalCluster cluster,
            int shard,
            long seed,
            AtomicInteger made,
            AtomicReferenceArray<String> now,
            BooleanSupplier goesOn) {
        this.cluster = cluster;
        this.shard = shard;
        this.dice = new Random(seed);
        this.made = made;
        this.now = now;
        this.goesOn = goesOn;
    }

    @Override
    public void run() {
        for (int number = dice.nextInt(KINDS); goesOn.getAsBoolean(); number++) {
            try {
                make(number % KINDS);
                made.incrementAndGet();
            } catch (SQLException | RuntimeException e) {
                now.set(shard, "failed: " + now.get(shard) + ": " + e);
                throw new IllegalStateException(now.get(shard), e);
            }
            last(50, 300);
        }
    }

    private void make(int kind) throws SQLException {
        ShardServer standby = standby();
        now.set(shard, kind + " of " + standby);
        switch (kind) {
            case 0, 1 -> {
                standby.delay(Duration.ofMillis(100 + dice.nextInt(2000)));
                last(500, 3000);
                standby.delay(Duration.ZERO);
            }
            case 2, 3 -> {
                standby.pauseReplay();
                last(300, 2500);
                standby.resumeReplay();
            }
            case 4 -> {
                standby.kill();
                last(0, 1000);
                standby.restart();
            }
            case 5 -> {
                standby.suspend();
                last(100, 1000);
                standby.resume();
            }
            case 6 -> {
                ShardServer primary = cluster.primary(shard);
                primary.suspend();
                last(100, 1500);
                primary.resume();
            }
            default -> failOver();
        }
    }

    private void failOver() throws SQLException {
        ShardServer old = cluster.primary(shard);
        awaitBothFollow(old);
        if (dice.nextBoolean()) {
            standby().delay(Duration.ofMillis(500)); // promotion ends that
        }
        last(0, 300);
        if (dice.nextBoolean()) {
            old.suspend(); // hangs before it dies, so nobody's connection breaks at once
            last(50, 1000);
        }
        old.kill();
        last(0, 300);
        ShardServer next = cluster.mostAdvanced(shard);
        next.promote();
        next.delay(Duration.ZERO);
        last(0, 500);
        old.rejoin();
        cluster.servers(shard).stream().filter(server -> server != next).forEach(server -> server.delay(Duration.ZERO));
    }

    private ShardServer standby() {
        String primary = cluster.primary(shard).name();
        var standbys = cluster.servers(shard).stream()
                .filter(server -> !server.name().equals(primary))
                .toList();
        return standbys.get(dice.nextInt(standbys.size()));
    }

    private static void awaitBothFollow(ShardServer primary) throws SQLException {
        try (Connection connection = primary.connect();
                Statement statement = connection.createStatement()) {
            String written;
            try (ResultSet row = statement.executeQuery("select pg_current_wal_lsn()")) {
                row.next();
                written = row.getString(1);
            }
            for (int attempt = 0; attempt < 6000; attempt++) {
                try (ResultSet row = statement.executeQuery("select count(*) from pg_stat_replication"
                        + " where state = 'streaming' and flush_lsn >= '" + written + "'")) {
                    row.next();
                    if (row.getInt(1) == 2) {
                        return;
                    }
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            throw new IllegalStateException("the standbys do not follow " + primary);
        }
    }

    /** For how long a fault lasts, in milliseconds. */
    private void last(int least, int most) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(least + dice.nextInt(most - least));
        while (goesOn.getAsBoolean() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
