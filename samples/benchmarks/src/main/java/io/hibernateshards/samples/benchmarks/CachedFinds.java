package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;

/**
 * Finds that the second-level cache answers: this library's, against plain Hibernate with hibernate-jcache and Caffeine's JCache,
 * and against no cache. As it comes, JCache copies what it holds, by Java's serialization, with each read; it can be told to
 * hand out what it holds, as this library does, so that is compared, too.
 */
final class CachedFinds {
    private static final String JCACHE = "jcache";
    private static final String BY_REFERENCE = "jcache by reference";
    private static final String UNCACHED = "shards without a cache";

    private CachedFinds() {}

    static void print(
            LocalCluster cluster, ShardedSessionFactory uncached, List<Long> ids, Duel duel, PrintStream out) {
        Comparison find = new Comparison(
                "cached find by id",
                Map.of(JCACHE, "1.2", BY_REFERENCE, "", UNCACHED, "20"),
                true,
                (c, n) -> c.find(ids.get(n % ids.size())));
        Map<String, Contestant> all = new LinkedHashMap<>();
        try (CachingProvider provider = Caching.getCachingProvider();
                ShardedSessionFactory cached = new ShardedConfiguration()
                        .entities(Account.class)
                        .settings(cluster.settings())
                        .setting("jakarta.persistence.sharedCache.mode", "ALL")
                        .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                        .build()) {
            all.put(Comparison.SHARDS, new ShardedContestant(cached));
            for (boolean byReference : new boolean[] {false, true}) {
                List<Map<String, Object>> settings = new ArrayList<>();
                cluster.shards().forEach(shard -> settings.add(jcache(provider, byReference, settings.size())));
                all.put(
                        byReference ? BY_REFERENCE : JCACHE,
                        new HibernateContestant(cluster, uncached.getTopology(), new Ids(), settings));
            }
            all.put(UNCACHED, new ShardedContestant(uncached));
            all.values().forEach(contestant -> ids.forEach(contestant::find)); // none of them misses any more
            find.warmUp(all, duel);
            find.print(all, duel, out);
        } finally {
            all.values().stream().filter(HibernateContestant.class::isInstance).forEach(Contestant::close);
        }
    }

    private static Map<String, Object> jcache(CachingProvider provider, boolean byReference, int number) {
        CacheManager manager = provider.getCacheManager(
                URI.create("benchmark:" + byReference + number), provider.getDefaultClassLoader());
        manager.createCache(PlainAccount.class.getName(), new MutableConfiguration<>().setStoreByValue(!byReference));
        return Map.of(
                "jakarta.persistence.sharedCache.mode", "ALL",
                "hibernate.cache.region.factory_class", "jcache",
                "hibernate.javax.cache.cache_manager", manager);
    }
}
