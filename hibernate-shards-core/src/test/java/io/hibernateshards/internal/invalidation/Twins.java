package io.hibernateshards.internal.invalidation;

import io.hibernateshards.OnCluster;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.internal.cache.CacheOf;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.io.Serializable;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.jspecify.annotations.Nullable;

/** Two session factories with caches of their own, as two JVMs have them. */
final class Twins extends OnCluster {
    @Entity(name = "Item")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    @NaturalIdCache
    static class Item {
        @Id
        @ShardKey
        long id;

        @NaturalId(mutable = true)
        String code = "";

        @Convert(converter = Watched.class)
        String text = "";

        @Version
        int version;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        List<String> tags = new ArrayList<>();

        Item() {}

        Item(long id, String text) {
            this.id = id;
            this.text = text;
            code = "code " + id;
        }
    }

    /** Lets a test do something between the reading of a row and its end in the cache. */
    static final class Watched implements AttributeConverter<String, String> {
        static volatile @Nullable Runnable once;

        @Override
        public String convertToDatabaseColumn(String text) {
            return text;
        }

        @Override
        public String convertToEntityAttribute(String text) {
            Runnable work = once;
            if (work != null) {
                once = null;
                work.run();
            }
            return text;
        }
    }

    @Embeddable
    record SlotId(String owner, LocalDate day) implements Serializable {}

    @Entity(name = "Slot")
    @ShardKey("id.owner")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    static class Slot {
        @EmbeddedId
        SlotId id = new SlotId("", LocalDate.EPOCH);

        String text = "";
    }

    @Embeddable
    record ShiftId(String owner, DayOfWeek day) implements Serializable {}

    @Entity(name = "Shift")
    @ShardKey("id.owner")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class Shift {
        @EmbeddedId
        ShiftId id = new ShiftId("", DayOfWeek.MONDAY);

        String text = "";
    }

    final ShardedSessionFactory here;
    final ShardedSessionFactory there;

    Twins(LocalCluster cluster) {
        this(cluster, "notify", Map.of());
    }

    Twins(LocalCluster cluster, String coherence, Map<String, ?> more) {
        super(cluster);
        here = factory(cluster.settings(), coherence, "create", more);
        there = factory(cluster.settings(), coherence, "none", more);
    }

    static ShardedSessionFactory factory(
            Map<String, String> shards, String coherence, String schema, Map<String, ?> more) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .entities(Item.class, Slot.class, Shift.class)
                .settings(shards)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting(ShardSettings.CACHE_COHERENCE, coherence)
                .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                .setting("hibernate.cache.use_query_cache", true)
                .setting("hibernate.generate_statistics", true)
                .setting("hibernate.hbm2ddl.auto", schema);
        more.forEach(configuration::setting);
        return configuration.build();
    }

    static Invalidations invalidations(ShardedSessionFactory factory) {
        return (Invalidations) CacheOf.listener(factory);
    }

    /** Waits until a factory has heard all that has been committed. */
    static void settle(ShardedSessionFactory factory) {
        long now = System.nanoTime();
        for (ShardId shard : factory.getTopology().shards()) {
            await("hears of all on " + shard, () -> invalidations(factory).coversTime(shard, now));
        }
    }

    /** Nothing depends on how long it takes. */
    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("never came: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** An id on that shard. */
    long id(int shard) {
        ShardId wanted = here.getTopology().shards().get(shard);
        return LongStream.range(0, 10_000)
                .filter(id -> here.locate(Item.class, id).equals(wanted))
                .findFirst()
                .orElseThrow();
    }

    String text(ShardedSessionFactory factory, long id) {
        return factory.fromSession(session -> session.find(Item.class, id).text);
    }

    void change(long id, String text) {
        here.inTransaction(session -> session.find(Item.class, id).text = text);
    }

    /** Statements that the other one's cache did not save. */
    long statements(Runnable work) {
        long before = there.getStatistics().getPrepareStatementCount();
        work.run();
        return there.getStatistics().getPrepareStatementCount() - before;
    }

    @Override
    public void close() {
        here.close();
        there.close();
        cluster.close();
    }
}
