package io.hibernateshards.internal.replica;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.MappedSuperclass;
import java.util.Map;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** The rows that are counted up: the first of them in a table that is not cached, the others in one that is. */
final class Counters {
    /** Of each table. */
    static final int ROWS = 24;

    /** What writers change. */
    @MappedSuperclass
    abstract static class Counting {
        @Id
        @ShardKey
        int id;

        long reached;
    }

    @Entity(name = "Counter")
    static class Counter extends Counting {}

    @Entity(name = "CachedCounter")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class CachedCounter extends Counting {}

    private Counters() {}

    static Class<? extends Counting> entity(int row) {
        return row < ROWS ? Counter.class : CachedCounter.class;
    }

    static int id(int row) {
        return row % ROWS;
    }

    static ShardedSessionFactory factory(Map<String, String> settings) {
        return new ShardedConfiguration()
                .entities(Counter.class, CachedCounter.class)
                .settings(settings)
                .build();
    }

    static void create(ShardedSessionFactory factory, Ledger ledger) {
        for (int row = 0; row < 2 * ROWS; row++) {
            int id = id(row);
            Counting counter = row < ROWS ? new Counter() : new CachedCounter();
            counter.id = id;
            try (var session = factory.openSession()) {
                session.inTransaction(transaction -> session.persist(counter));
                ledger.acknowledge(
                        row,
                        0,
                        session.getConsistencyToken()
                                .position(factory.locate(entity(row), id))
                                .orElseThrow());
            }
        }
    }
}
