package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.hibernate.KeyType;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.stat.Statistics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same cache for several shards. */
class ShardedCacheTest {
    @Entity(name = "Account")
    @Cacheable
    @NaturalIdCache
    static class Account {
        @Id
        long id;

        @ShardKey
        @NaturalId
        String owner = "";

        long balance;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        List<String> notes = new ArrayList<>();

        Account() {}

        Account(long id, String owner) {
            this.id = id;
            this.owner = owner;
        }
    }

    @Entity(name = "Currency")
    @Cacheable
    @ReferenceEntity
    static class Currency {
        @Id
        String code = "";

        String name = "";
    }

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    /** One on each shard. */
    private static List<String> owners;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        factory = configuration().build();
        owners = factory.getTopology().shards().stream()
                .map(ShardedCacheTest::ownerOn)
                .toList();
    }

    private static ShardedConfiguration configuration() {
        return new ShardedConfiguration()
                .entities(Account.class, Currency.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.generate_statistics", true)
                .setting("hibernate.cache.use_query_cache", true)
                .setting("hibernate.cache.region.factory_class", "caffeine-shards");
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static String ownerOn(ShardId shard) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "owner" + i)
                .filter(owner -> factory.locate(Account.class, owner).equals(shard))
                .findFirst()
                .orElseThrow();
    }

    @BeforeEach
    void fill() {
        factory.inTransaction(session -> {
            session.createNativeMutationQuery("delete from Account_notes")
                    .setHint(ShardHints.ALL, true)
                    .executeUpdate();
            session.createMutationQuery("delete from Account").executeUpdate();
        });
        factory.inTransaction(session -> owners.forEach(owner -> session.persist(new Account(1, owner))));
        statistics().clear();
    }

    private static Statistics statistics() {
        return factory.unwrap(SessionFactoryImplementor.class).getStatistics();
    }

    private static long balance(String owner) {
        return factory.<Long>fromSession(session -> session.find(Account.class, 1L, ShardKeys.of(owner)).balance);
    }

    private static void credit(String owner, long amount) {
        factory.inTransaction(session -> session.find(Account.class, 1L, ShardKeys.of(owner)).balance += amount);
    }

    @Test
    void theSameId_onTwoShards_staysApart() {
        credit(owners.get(0), 5);
        statistics().clear();
        assertThat(owners.stream().map(ShardedCacheTest::balance)).containsExactly(5L, 0L);
        assertThat(statistics().getPrepareStatementCount()).isZero();
        credit(owners.get(1), 7);
        assertThat(owners.stream().map(ShardedCacheTest::balance)).containsExactly(5L, 7L);
        factory.getCache().evict(Account.class, 1L);
        statistics().clear();
        assertThat(owners.stream().map(ShardedCacheTest::balance)).containsExactly(5L, 7L);
        assertThat(statistics().getPrepareStatementCount()).isEqualTo(2);
    }

    @Test
    void naturalIds_andCollections_areOfTheirShard() {
        factory.inTransaction(session -> session.find(Account.class, 1L, ShardKeys.of(owners.get(1)))
                .notes
                .add("second"));
        for (int round = 0; round < 2; round++) {
            for (String owner : owners) {
                List<String> notes = factory.fromSession(
                        session -> List.copyOf(session.find(Account.class, owner, KeyType.NATURAL).notes));
                assertThat(notes).hasSize(owners.indexOf(owner));
            }
        }
    }

    @Test
    void bulkUpdates_reachTheEntriesOfAllShards() {
        owners.forEach(ShardedCacheTest::balance);
        factory.inTransaction(session ->
                session.createMutationQuery("update Account set balance = 9").executeUpdate());
        assertThat(owners.stream().map(ShardedCacheTest::balance)).containsOnly(9L);
    }

    private static List<Long> queried() {
        return factory.fromSession(
                session -> session.createSelectionQuery("select balance from Account order by balance", Long.class)
                        .setCacheable(true)
                        .getResultList());
    }

    private static @Nullable Long queried(String owner) {
        return factory.fromSession(
                session -> session.createSelectionQuery("select balance from Account where owner = :owner", Long.class)
                        .setParameter("owner", owner)
                        .setCacheable(true)
                        .getSingleResult());
    }

    @Test
    void resultsOfQueries_followChangesOnAnyShard() {
        for (long round = 1; round < 4; round++) {
            for (String owner : owners) {
                assertThat(queried(owner)).isEqualTo(round - 1);
                credit(owner, 1);
                assertThat(queried(owner)).isEqualTo(round);
                statistics().clear();
                assertThat(queried(owner)).isEqualTo(round);
                assertThat(statistics().getPrepareStatementCount()).isZero();
            }
            assertThat(queried()).containsExactly(round, round);
        }
    }

    @Test
    void copiesOfReferenceEntities_followTheirChanges() {
        factory.inTransaction(session -> {
            Currency currency = new Currency();
            currency.code = "SEK";
            currency.name = "0";
            session.persist(currency);
        });
        for (int round = 1; round < 4; round++) {
            String name = String.valueOf(round);
            factory.inTransaction(session -> session.find(Currency.class, "SEK").name = name);
            assertThat(factory.<String>fromSession(session -> session.find(Currency.class, "SEK").name))
                    .isEqualTo(name);
            for (String owner : owners) {
                String seen = factory.fromSession(session -> {
                    session.find(Account.class, 1L, ShardKeys.of(owner));
                    return session.find(Currency.class, "SEK").name;
                });
                assertThat(seen).isEqualTo(name);
            }
        }
    }

    /** Of each shard, a reader sees at least what transactions over both had acknowledged before it began. */
    @Test
    void transactionsOverBothShards_areNeverBehindTheirCommits() throws Exception {
        AtomicLongArray acknowledged = new AtomicLongArray(owners.size());
        AtomicInteger writing = new AtomicInteger(2);
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                running.add(threads.submit(() -> {
                    try {
                        for (int n = 0; n < 100; n++) {
                            long[] balances = new long[owners.size()];
                            boolean both = ThreadLocalRandom.current().nextBoolean();
                            factory.inTransaction(session -> {
                                for (int i = both ? 0 : 1; i < owners.size(); i++) {
                                    Account account = session.find(
                                            Account.class,
                                            1L,
                                            ShardKeys.of(owners.get(i)),
                                            LockModeType.PESSIMISTIC_WRITE);
                                    session.refresh(account);
                                    balances[i] = ++account.balance;
                                }
                            });
                            for (int i = 0; i < balances.length; i++) {
                                acknowledged.accumulateAndGet(i, balances[i], Math::max);
                            }
                        }
                    } finally {
                        writing.decrementAndGet();
                    }
                    return null;
                }));
            }
            for (int reader = 0; reader < 3; reader++) {
                running.add(threads.submit(() -> {
                    while (writing.get() > 0) {
                        int shard = ThreadLocalRandom.current().nextInt(owners.size());
                        long least = acknowledged.get(shard);
                        assertThat(balance(owners.get(shard))).isGreaterThanOrEqualTo(least);
                        least = acknowledged.get(shard);
                        assertThat(queried(owners.get(shard))).isGreaterThanOrEqualTo(least);
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(acknowledged.get(1)).isEqualTo(200);
    }

    @Test
    void settingsThatCannotBeUsed_areToldWithTheOthers() {
        assertThatThrownBy(() -> configuration()
                        .setting("hibernate.shards.cache.region.x.max-entries", "many")
                        .setting("hibernate.shards.query.max-rows", "all")
                        .build()
                        .close())
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.CONFIGURATION))
                .hasMessageContaining("2 settings cannot be used")
                .hasMessageContaining("hibernate.shards.cache.region.x.max-entries is \"many\"");
    }

    /** From the environment, as the others. */
    @Test
    void settings_mayHavePlaceholders() {
        System.setProperty("cache.room", "17");
        try (ShardedSessionFactory other = configuration()
                .setting("hibernate.shards.cache.max-entries", "${cache.room}")
                .build()) {
            CaffeineRegionFactory regions = (CaffeineRegionFactory)
                    other.unwrap(SessionFactoryImplementor.class).getCache().getRegionFactory();
            assertThat(regions.caches(Account.class.getName())).singleElement().satisfies(cache -> assertThat(
                            cache.policy().eviction().orElseThrow().getMaximum())
                    .isEqualTo(17));
        } finally {
            System.clearProperty("cache.room");
        }
    }
}
