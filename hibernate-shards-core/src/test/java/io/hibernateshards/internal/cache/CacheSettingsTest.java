package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.HotEntity;
import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.cache.RegionSettings.Life;
import io.hibernateshards.internal.cache.RegionSettings.Room;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** How much regions hold, and for how long. */
class CacheSettingsTest {
    @Entity(name = "Star")
    @Cacheable
    @HotEntity(life = 10, hotLife = 60, maxEntries = 5)
    static class Star {
        @Id
        long id;
    }

    @Entity(name = "Rival")
    @Cacheable
    @Cache(
            usage = CacheConcurrencyStrategy.READ_WRITE,
            region = "io.hibernateshards.internal.cache.CacheSettingsTest$Star")
    @HotEntity
    static class Rival {
        @Id
        long id;
    }

    @Entity(name = "Senseless")
    @Cacheable
    @HotEntity(life = 10, hotLife = 5)
    static class Senseless {
        @Id
        long id;
    }

    private static final HotEntity HOT = Star.class.getAnnotation(HotEntity.class);
    private static final String PREFIX = "hibernate.shards.cache.";

    private static CacheSettings read(Map<String, ?> settings) {
        List<String> problems = new ArrayList<>();
        CacheSettings read = CacheSettings.read(settings, problems);
        assertThat(problems).isEmpty();
        return read;
    }

    @Test
    void byDefault_regionsAreBounded_andNothingExpires() {
        CacheSettings settings = read(Map.of());
        assertThat(settings.of("any", null)).isEqualTo(new RegionSettings(new Room(10_000, false), Life.ENDLESS));
        assertThat(settings.of("any", HOT))
                .isEqualTo(new RegionSettings(new Room(5, false), new Life(10_000, 0, 60_000)));
        assertThat(settings.loadWait()).isEqualTo(1000);
    }

    @Test
    void aRegion_goesBeforeTheAnnotation_andThatBeforeAll() {
        CacheSettings settings = read(Map.of(
                PREFIX + "max-weight", 7,
                PREFIX + "expire-after-access", "4000",
                PREFIX + "region.a.b.C.max-entries", 3,
                PREFIX + "region.other.hot-life", 1000,
                PREFIX + "load-wait", 0));
        assertThat(settings.of("a.b.C", HOT))
                .isEqualTo(new RegionSettings(new Room(3, false), new Life(10_000, 0, 60_000)));
        assertThat(settings.of("a.b.C", null)).isEqualTo(new RegionSettings(new Room(3, false), new Life(0, 4000, 0)));
        assertThat(settings.of("other", HOT))
                .isEqualTo(new RegionSettings(new Room(5, false), new Life(1000, 0, 1000)));
        assertThat(settings.of("any", null)).isEqualTo(new RegionSettings(new Room(7, true), new Life(0, 4000, 0)));
        assertThat(settings.loadWait()).isZero();
    }

    @Test
    void whatCannotBeUsed_isToldByNameAndValue() {
        List<String> problems = new ArrayList<>();
        CacheSettings.read(
                Map.of(
                        PREFIX + "max-entries", "many",
                        PREFIX + "region.a.max-entries", 1,
                        PREFIX + "region.a.max-weight", 1,
                        PREFIX + "region.b.hot-life", 10,
                        PREFIX + "region.b.expire-after-write", 20,
                        PREFIX + "region.c.hot-life", 10,
                        PREFIX + "region.c.expire-after-access", 20,
                        PREFIX + "region.d.size", 1,
                        PREFIX + "load-wait", -1,
                        PREFIX + "typo", 1),
                problems);
        assertThat(problems)
                .containsExactlyInAnyOrder(
                        PREFIX + "max-entries is \"many\": use a whole number of at least 0",
                        PREFIX + "region.a.max-weight and " + PREFIX
                                + "region.a.max-entries are both set: use one of them",
                        PREFIX + "region.b.hot-life is 10: use at least 20, which entries live anyway",
                        PREFIX + "region.c.hot-life and " + PREFIX
                                + "region.c.expire-after-access are both set: use one of them, as each lets reads lengthen the"
                                + " life of an entry",
                        PREFIX
                                + "region.d.size there is no such setting; the class ShardSettings documents all of them",
                        PREFIX + "load-wait is \"-1\": use a whole number of at least 0",
                        PREFIX + "typo there is no such setting; the class ShardSettings documents all of them");
    }

    @Test
    void aPlainFactory_doesNotStartWithThem() {
        assertThatThrownBy(() -> new Shelf(Map.of(PREFIX + "max-entries", "many")).close())
                .hasCauseInstanceOf(ShardingException.class)
                .hasMessageContaining("1 setting cannot be used")
                .hasMessageContaining(PREFIX + "max-entries is \"many\"");
    }

    private static CaffeineRegionFactory regions(SessionFactory factory) {
        return (CaffeineRegionFactory)
                factory.unwrap(SessionFactoryImplementor.class).getCache().getRegionFactory();
    }

    private static SessionFactory build(LocalCluster cluster, Class<?>... entities) {
        return PlainConfiguration.of(cluster, List.of(entities))
                .setProperty("hibernate.cache.region.factory_class", "caffeine-shards")
                .buildSessionFactory();
    }

    @Test
    void hotEntities_haveTheRoomAndTheLifeThatTheySay() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                SessionFactory factory = build(cluster, Star.class)) {
            factory.inTransaction(session -> {
                for (int i = 0; i < 100; i++) {
                    Star star = new Star();
                    star.id = i;
                    session.persist(star);
                }
            });
            long kept = 0;
            for (long i = 0; i < 100; i++) {
                kept += factory.getCache().contains(Star.class, i) ? 1 : 0;
            }
            assertThat(kept).isEqualTo(5);
            assertThat(regions(factory).caches(Star.class.getName()))
                    .singleElement()
                    .satisfies(
                            cache -> assertThat(cache.policy().expireVariably()).isPresent());
        }
    }

    @Test
    void hotEntities_thatContradict_areRefused() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            assertThatThrownBy(() -> build(cluster, Star.class, Rival.class).close())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining(Star.class.getName())
                    .hasMessageContaining(Rival.class.getName())
                    .hasMessageContaining("a region of its own");
            assertThatThrownBy(() -> build(cluster, Senseless.class).close())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining(Senseless.class.getName())
                    .hasMessageContaining("a hotLife of at least that");
        }
    }

    /** By Caffeine's calls, with a clock of the test's. */
    @Test
    void reads_lengthenTheLifeOfAHotEntry_byTheirDoublings() {
        HotLife hot = new HotLife(Duration.ofMinutes(5), Duration.ofHours(1));
        Item item = new Item("value", null, 0, 0);
        long minute = Duration.ofMinutes(1).toNanos();
        long end = hot.expireAfterCreate("key", item, 0);
        assertThat(end / minute).isEqualTo(5);
        List<Long> ends = new ArrayList<>();
        for (int read = 1; read <= 5000; read++) {
            long now = minute; // all of them in the second minute
            end = now + hot.expireAfterRead("key", item, now, end - now);
            if (read == 1 || read == 2 || read == 3 || read == 4 || read == 8 || read == 1024 || read >= 4999) {
                ends.add(end / minute);
            }
        }
        assertThat(ends).containsExactly(5L, 10L, 10L, 15L, 20L, 55L, 60L, 60L);
        assertThat(hot.expireAfterUpdate("key", item, 2 * minute, 58 * minute))
                .as("it is the same item")
                .isEqualTo(58 * minute);
        assertThat(hot.expireAfterUpdate("key", new Item("new", null, 0, 0), 2 * minute, 58 * minute))
                .isEqualTo(5 * minute);
    }
}
