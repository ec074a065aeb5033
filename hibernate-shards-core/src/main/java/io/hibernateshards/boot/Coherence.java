package io.hibernateshards.boot;

import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.cache.CaffeineRegionFactory;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.internal.invalidation.Invalidations;
import io.hibernateshards.internal.invalidation.LocalCache;
import io.hibernateshards.internal.invalidation.NotifyBus;
import io.hibernateshards.internal.replica.SessionFreshness.Arrivals;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.CommitRiders;
import io.hibernateshards.spi.InvalidationBus;
import java.util.List;
import java.util.Map;
import org.hibernate.cache.spi.RegionFactory;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/** Connects the second-level cache with what other JVMs change, as the settings want it. */
final class Coherence {
    static final String NONE = "none";
    static final String NOTIFY = "notify";

    private Coherence() {}

    /** What is wrong with the setting, or null. */
    static @Nullable String problem(String setting) {
        if (setting.equals(NONE) || setting.equals(NOTIFY)) {
            return null;
        }
        try {
            var unused = busClass(setting).getConstructor();
            return null;
        } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
            return "is \"" + setting + "\": use none, notify or the name of a class with a public constructor without"
                    + " parameters that implements " + InvalidationBus.class.getName() + " (" + e + ")";
        }
    }

    private static Class<? extends InvalidationBus> busClass(String name) throws ClassNotFoundException {
        return named(name, InvalidationBus.class);
    }

    /** A class of the application. */
    static <T> Class<? extends T> named(String name, Class<T> type) throws ClassNotFoundException {
        ClassLoader application = Thread.currentThread().getContextClassLoader();
        return Class.forName(name, true, application == null ? Coherence.class.getClassLoader() : application)
                .asSubclass(type);
    }

    /** Null if this JVM's cache is the only one. */
    static @Nullable Invalidations start(ShardRuntime runtime, SessionFactoryImplementor factory) {
        String setting = runtime.settings().coherence();
        RegionFactory regions = factory.getCache().getRegionFactory();
        boolean cached = factory.getSessionFactoryOptions().isSecondLevelCacheEnabled();
        if (setting.equals(NONE)) {
            return null;
        }
        if (!(cached && regions instanceof CaffeineRegionFactory cache)) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    ShardSettings.CACHE_COHERENCE + " is " + setting + ", but the second-level cache is "
                            + (cached ? regions.getClass().getName() : "switched off")
                            + ", so that others would not hear of changes: set hibernate.cache.region.factory_class = "
                            + CaffeineRegionFactory.NAME
                            + " and leave hibernate.cache.use_second_level_cache alone, or remove the former");
        }
        Invalidations invalidations = new Invalidations(
                bus(setting, runtime),
                new Regions(cache),
                runtime.catalogs(),
                runtime.twoPhase().riders());
        cache.tell(invalidations);
        runtime.twoPhase().riders().setStatements(invalidations);
        invalidations.start(runtime.given());
        return invalidations;
    }

    /** What a JVM does whose cache is the only one. */
    static CommitRiders.Statements alone(CaffeineRegionFactory cache) {
        return new CommitRiders.Statements() {
            @Override
            public @Nullable String of(Branch<?> branch) {
                return null;
            }

            @Override
            public void lost(ShardId shard, boolean told) {
                cache.clear();
            }
        };
    }

    /** What has arrived of what others commit, who may do so at any time. */
    static Arrivals arrivals(Invalidations invalidations) {
        return new Arrivals() {
            @Override
            public boolean any(ShardId shard) {
                return invalidations.isListening(shard);
            }

            @Override
            public boolean until(ShardId shard, Position position) {
                return invalidations.covers(shard, position);
            }

            @Override
            public boolean since(ShardId shard, long time) {
                return invalidations.coversTime(shard, time);
            }

            @Override
            public boolean now(ShardId shard) {
                return false;
            }
        };
    }

    private static InvalidationBus bus(String setting, ShardRuntime runtime) {
        if (setting.equals(NOTIFY)) {
            return new NotifyBus(runtime.catalogs(), shard -> server(shard, runtime));
        }
        try {
            return busClass(setting).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    ShardSettings.CACHE_COHERENCE + ": " + setting + " cannot be made: " + e,
                    e);
        }
    }

    private static ShardSource server(ShardId shard, ShardRuntime runtime) {
        ShardSource primary = runtime.connections().servers(shard).primary().source();
        String url = runtime.settings().listenUrls().get(shard);
        return url == null ? primary : new ShardSource(shard, url, primary.username(), primary.password(), Map.of());
    }

    private record Regions(CaffeineRegionFactory factory) implements LocalCache {
        @Override
        public void invalidate(String region, Object key) {
            factory.invalidate(region, key);
        }

        @Override
        public void clear(String region) {
            factory.clear(region);
        }

        @Override
        public void clear() {
            factory.clear();
        }

        @Override
        public void tablesChanged(List<String> tables) {
            factory.tablesChanged(tables);
        }
    }
}
