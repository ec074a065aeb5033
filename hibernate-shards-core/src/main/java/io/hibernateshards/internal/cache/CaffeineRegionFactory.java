package io.hibernateshards.internal.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.hibernateshards.HotEntity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.hibernate.boot.registry.classloading.spi.ClassLoaderService;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.spi.CacheTransactionSynchronization;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.QueryResultsRegion;
import org.hibernate.cache.spi.RegionFactory;
import org.hibernate.cache.spi.TimestampsRegion;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cache.spi.support.RegionNameQualifier;
import org.hibernate.cache.spi.support.SimpleTimestamper;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate's second-level cache in Caffeine, for sharded and for plain session factories. What it gives is never older than
 * the last commit that was acknowledged before the reader asked, as far as it is told of commits: by the sessions of this
 * JVM, and by {@link #invalidate}, {@link #clear()} and {@link #tablesChanged} about those of others.
 */
public final class CaffeineRegionFactory implements RegionFactory {
    private static final long serialVersionUID = 1L;

    /** What {@code hibernate.cache.region.factory_class} may say instead of the class. */
    public static final String NAME = "caffeine-shards";

    private final transient ChangeTimes times = new ChangeTimes();

    /** A name may be that of entities and of queries. */
    private final transient Map<String, List<RegionStore>> stores = new ConcurrentHashMap<>();

    private final transient List<TableTimes> tables = new CopyOnWriteArrayList<>();
    private final transient Set<SessionFactoryImplementor> listening = ConcurrentHashMap.newKeySet();
    private transient @Nullable SessionFactoryOptions options;
    private transient @Nullable CacheSettings settings;
    private transient boolean statistics;

    /** Of locks; tests do not wait for a minute. */
    transient volatile long timeout = SimpleTimestamper.timeOut();

    private transient volatile Freshness freshness = Freshness.DATABASE;
    private transient volatile ChangeListener changes = ChangeListener.NONE;

    /** Called by Hibernate. */
    public CaffeineRegionFactory() {}

    /** To be said before the first session is opened. */
    public void freshness(Freshness known) {
        freshness = known;
    }

    /** To be said before the first session is opened. */
    public void tell(ChangeListener listener) {
        changes = listener;
    }

    Freshness freshness() {
        return freshness;
    }

    /** Whether a session may have what regions hold. */
    boolean mayRead(SharedSessionContractImplementor session) {
        Freshness known = freshness;
        return known == Freshness.DATABASE || known.mayRead(session);
    }

    ChangeListener changes() {
        return changes;
    }

    /**
     * An entry has been changed, somewhere else: it is gone, if it is here, and what a session began to load before is not
     * taken in. Nobody is told.
     *
     * @param key as an access makes it
     */
    public void invalidate(String region, Object key) {
        stores.getOrDefault(region, List.of()).forEach(store -> store.invalidate(key));
    }

    /** As {@link #invalidate} of all keys of a region. */
    public void clear(String region) {
        stores.getOrDefault(region, List.of()).forEach(RegionStore::clear);
    }

    /** As {@link #invalidate} of all keys of all regions, and {@link #tablesChanged} of all tables. */
    public void clear() {
        stores.values().forEach(same -> same.forEach(RegionStore::clear));
        tables.forEach(TableTimes::clear);
    }

    /** Rows of tables have been changed, somewhere else: results of queries over them are not given any more. */
    public void tablesChanged(Iterable<String> changed) {
        tables.forEach(known -> known.changed(changed));
    }

    /** Those behind the regions of that name. */
    List<Cache<Object, Item>> caches(String region) {
        return stores.getOrDefault(region, List.of()).stream()
                .map(RegionStore::cache)
                .toList();
    }

    /** What Caffeine has counted in a region, if {@code hibernate.generate_statistics} is on; evictions among it. */
    public CacheStats statistics(String region) {
        return caches(region).stream().map(Cache::stats).reduce(CacheStats.empty(), CacheStats::plus);
    }

    @Override
    public void start(SessionFactoryOptions factory, Map<String, Object> configuration) {
        List<String> problems = new ArrayList<>();
        CacheSettings read = CacheSettings.read(configuration, problems);
        if (!problems.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    problems.size() + (problems.size() == 1 ? " setting" : " settings") + " cannot be used:\n  "
                            + String.join("\n  ", problems));
        }
        settings = read;
        options = factory;
        statistics = factory.isStatisticsEnabled();
    }

    @Override
    public void stop() {
        stores.clear();
        tables.clear();
        listening.clear();
    }

    void forget(RegionStore store) {
        stores.getOrDefault(store.region(), List.of()).remove(store);
        store.cache().invalidateAll();
    }

    void forget(TableTimes times) {
        tables.remove(times);
    }

    /** Nearly all loads find what is there to be what they would put. */
    @Override
    public boolean isMinimalPutsEnabledByDefault() {
        return true;
    }

    @Override
    public AccessType getDefaultAccessType() {
        return AccessType.READ_WRITE;
    }

    @Override
    public String qualify(String region) {
        return RegionNameQualifier.INSTANCE.qualify(region, options);
    }

    @Override
    public CacheTransactionSynchronization createTransactionContext(SharedSessionContractImplementor session) {
        return new SessionView(this);
    }

    @Override
    public long nextTimestamp() {
        return CacheClock.next();
    }

    @Override
    public long getTimeout() {
        return timeout;
    }

    private RegionStore store(String region, @Nullable HotEntity hot) {
        CacheSettings known = Objects.requireNonNull(settings, "not started");
        RegionStore store = new RegionStore(
                this,
                region,
                known.of(region, hot).cache(statistics),
                times,
                new Loads(TimeUnit.MILLISECONDS.toNanos(known.loadWait())));
        stores.computeIfAbsent(region, name -> new CopyOnWriteArrayList<>()).add(store);
        return store;
    }

    @Override
    public DomainDataRegion buildDomainDataRegion(
            DomainDataRegionConfig mapped, DomainDataRegionBuildingContext context) {
        ClassLoaderService classes =
                context.getSessionFactory().getServiceRegistry().requireService(ClassLoaderService.class);
        HotEntity hot = HotEntities.of(mapped, classes);
        if (listening.add(context.getSessionFactory())) {
            LoadEnds.register(context.getSessionFactory().getEventListenerRegistry());
        }
        return new DomainRegion(store(mapped.getRegionName(), hot), mapped, context);
    }

    @Override
    public QueryResultsRegion buildQueryResultsRegion(String region, SessionFactoryImplementor factory) {
        return new QueryRegion(store(region, null));
    }

    @Override
    public TimestampsRegion buildTimestampsRegion(String region, SessionFactoryImplementor factory) {
        TableTimes built = new TableTimes(this, region);
        tables.add(built);
        return built;
    }
}
