package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.History.Recording;
import io.hibernateshards.internal.transaction.History.Version;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tallies that have no version: only a lock keeps an update from being lost. Two of them, on two shards, are always changed
 * together, under a lock on a third shard, which writes nothing. Each shard has one such lock: of a row, of a table, or an
 * advisory one.
 */
final class Tallies {
    static final Class<?>[] ENTITIES = {Latch.class, Tally.class, Stroke.class};

    /** How many shards one transaction uses. */
    private static final int SHARDS = 3;

    /** What is locked, and never written. */
    @Entity(name = "Latch")
    static class Latch {
        @Id
        @ShardKey
        String name = "";

        Latch() {}

        Latch(String name) {
            this.name = name;
        }
    }

    @Entity(name = "Tally")
    static class Tally {
        @Id
        @ShardKey
        String name = "";

        int amount;
        String writer = "";

        Tally() {}

        Tally(String name) {
            this.name = name;
        }
    }

    /** The mark of each change, lives with its tally. */
    @Entity(name = "Stroke")
    static class Stroke {
        @Id
        String id = "";

        @ShardKey
        String tally = "";

        int number;
        String writer = "";

        Stroke() {}

        Stroke(String tally, int number, String writer) {
            id = tally + "/" + number + "/" + writer;
            this.tally = tally;
            this.number = number;
            this.writer = writer;
        }
    }

    private final List<String> latches;

    /** Two of each shard. */
    private final List<List<String>> names;

    Tallies(ShardedSessionFactory factory) {
        latches = names(factory, "latch", Latch.class, 1).stream()
                .map(here -> here.get(0))
                .toList();
        names = names(factory, "tally", Tally.class, SHARDS - 1);
    }

    private static List<List<String>> names(ShardedSessionFactory factory, String prefix, Class<?> entity, int count) {
        return factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> prefix + i)
                        .filter(name -> factory.locate(entity, name).equals(shard))
                        .limit(count)
                        .toList())
                .toList();
    }

    void open(ShardedSessionFactory factory) {
        factory.inTransaction(session -> {
            latches.forEach(name -> session.persist(new Latch(name)));
            names.forEach(here -> here.forEach(name -> session.persist(new Tally(name))));
        });
    }

    /** How many locks there are, each of which protects two tallies. */
    int groups() {
        return latches.size();
    }

    /** The shards of the lock and of the two tallies that it protects, in the order in which they are used. */
    List<Integer> shards(int group) {
        return IntStream.range(0, SHARDS).mapToObj(i -> (group + i) % groups()).toList();
    }

    /** Locks, and reads both tallies. */
    List<Tally> read(ShardedSession session, int group, Recording recording) {
        switch (group % SHARDS) {
            case 0 -> session.find(Latch.class, latches.get(group), LockModeType.PESSIMISTIC_WRITE);
            case 1 ->
                session.createNativeQuery("select cast(pg_advisory_xact_lock(4711) as text)", Object.class)
                        .setHint(ShardHints.SHARD, shard(group))
                        .getSingleResult();
            default ->
                session.createNativeMutationQuery("lock table Latch in exclusive mode")
                        .setHint(ShardHints.SHARD, shard(group))
                        .executeUpdate();
        }
        recording.locked();
        List<Integer> shards = shards(group);
        return IntStream.range(1, SHARDS)
                .mapToObj(i -> {
                    Tally tally =
                            session.find(Tally.class, names.get(shards.get(i)).get(i - 1));
                    recording.read(tally.name, tally.amount, tally.writer);
                    return tally;
                })
                .toList();
    }

    /** Changes them, one after the other: the last decides. */
    static void count(ShardedSession session, List<Tally> read, String writer, Recording recording) {
        for (Tally tally : read) {
            tally.amount++;
            tally.writer = writer;
            session.persist(new Stroke(tally.name, tally.amount, writer));
            recording.wrote(tally.name, tally.amount);
            session.flush();
        }
    }

    private static ShardId shard(int shard) {
        return ShardId.of("shard" + shard);
    }

    /** Adds what is stored to the history. */
    static void settle(List<Shard> shards, History history) throws SQLException {
        for (Shard shard : shards) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select name, amount, writer from Tally")) {
                    while (row.next()) {
                        history.last(new Version(row.getString(1), row.getInt(2), row.getString(3)));
                    }
                }
                try (ResultSet row = statement.executeQuery("select tally, number, writer from Stroke")) {
                    while (row.next()) {
                        history.stored(new Version(row.getString(1), row.getInt(2), row.getString(3)));
                    }
                }
            }
        }
    }
}
