package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.internal.cache.Shelf.Book;
import io.hibernateshards.internal.cache.Shelf.Fixed;
import io.hibernateshards.internal.cache.Shelf.Loose;
import io.hibernateshards.internal.cache.Shelf.Note;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.hibernate.cache.internal.BasicCacheKeyImplementation;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.cache.spi.support.SimpleTimestamper;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.spi.MappingMetamodelImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The accesses as Hibernate calls them, in orders of calls that sessions of one thread would not bring about. */
class AccessTest {
    private static final Object KEY = new BasicCacheKeyImplementation("a key", "Any", 4711);

    private static Shelf shelf;

    @BeforeAll
    static void start() {
        shelf = new Shelf(Map.of());
    }

    @AfterAll
    static void stop() {
        shelf.close();
    }

    @BeforeEach
    void clear() {
        shelf.regions().clear();
    }

    @AfterEach
    void usualTimeout() {
        shelf.regions().timeout = SimpleTimestamper.timeOut();
    }

    private static MappingMetamodelImplementor metamodel() {
        return shelf.factory.unwrap(SessionFactoryImplementor.class).getMappingMetamodel();
    }

    private static EntityDataAccess entities(Class<?> entity) {
        return metamodel().getEntityDescriptor(entity).getCacheAccessStrategy();
    }

    private static NaturalIdDataAccess naturalIds(Class<?> entity) {
        EntityPersister persister = metamodel().getEntityDescriptor(entity);
        return Objects.requireNonNull(((EntityMappingType) persister).getNaturalIdMapping())
                .getCacheAccess();
    }

    private static CachedDomainDataAccess tags(Class<?> entity) {
        return metamodel().getCollectionDescriptor(entity.getName() + ".tags").getCacheAccessStrategy();
    }

    /** Of every kind and type. */
    static Stream<CachedDomainDataAccess> all() {
        return Stream.concat(changing(), Stream.of(entities(Fixed.class)));
    }

    static Stream<CachedDomainDataAccess> changing() {
        return Stream.of(
                entities(Book.class),
                entities(Note.class),
                entities(Loose.class),
                tags(Book.class),
                tags(Loose.class),
                naturalIds(Book.class),
                naturalIds(Loose.class));
    }

    /** One that begins now. */
    private static SharedSessionContractImplementor begin() {
        return (SharedSessionContractImplementor) shelf.factory.openSession();
    }

    private static boolean load(CachedDomainDataAccess access, SharedSessionContractImplementor session) {
        return access.putFromLoad(session, KEY, "loaded", null);
    }

    private static Object read(CachedDomainDataAccess access) {
        try (SharedSessionContractImplementor reader = begin()) {
            return access.get(reader, KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsLoaded_isReadByOthers(CachedDomainDataAccess access) {
        try (SharedSessionContractImplementor loader = begin()) {
            assertThat(read(access)).isNull();
            assertThat(load(access, loader)).isTrue();
        }
        assertThat(read(access)).isEqualTo("loaded");
        assertThat(access.contains(KEY)).isTrue();
    }

    /** Whatever way it is told of the change, and whether it was cached or not. */
    @ParameterizedTest
    @MethodSource("all")
    void whatWasLoadedBeforeAChange_isNotTakenIn(CachedDomainDataAccess access) {
        String region = access.getRegion().getName();
        List<BiConsumer<CachedDomainDataAccess, SharedSessionContractImplementor>> changes = List.of(
                (to, by) -> to.unlockItem(by, KEY, to.lockItem(by, KEY, null)),
                (to, by) -> to.evict(KEY),
                (to, by) -> to.evictAll(),
                (to, by) -> to.unlockRegion(to.lockRegion()),
                (to, by) -> to.getRegion().clear(),
                (to, by) -> to.removeAll(by),
                (to, by) -> shelf.regions().invalidate(region, KEY),
                (to, by) -> shelf.regions().clear(region),
                (to, by) -> shelf.regions().clear());
        for (int i = 0; i < changes.size(); i++) {
            for (boolean cached : new boolean[] {false, true}) {
                try (SharedSessionContractImplementor loader = begin();
                        SharedSessionContractImplementor writer = begin()) {
                    if (cached) {
                        assertThat(load(access, loader)).as("before %d", i).isTrue();
                    }
                    changes.get(i).accept(access, writer);
                    assertThat(read(access)).as("after %d", i).isNull();
                    assertThat(load(access, loader)).as("%d, late", i).isFalse();
                    assertThat(read(access)).isNull();
                }
                try (SharedSessionContractImplementor loader = begin()) {
                    assertThat(load(access, loader)).as("%d, in time", i).isTrue();
                }
                assertThat(read(access)).as("at the end of %d", i).isEqualTo("loaded");
                shelf.regions().clear();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsBeingChanged_isNeitherReadNorTakenIn(CachedDomainDataAccess access) {
        try (SharedSessionContractImplementor writer = begin()) {
            load(access, writer);
            SoftLock lock = access.lockItem(writer, KEY, null);
            try (SharedSessionContractImplementor other = begin()) {
                assertThat(access.get(other, KEY)).isNull();
                assertThat(load(access, other)).isFalse();
            }
            assertThat(load(access, writer)).as("what is not committed").isFalse();
            access.unlockItem(writer, KEY, lock);
        }
    }

    /** What it has put is what the database had as it put it; later changes would have removed it. */
    @ParameterizedTest
    @MethodSource("all")
    void aSessionThatBeganBeforeALoad_readsIt_butNotPastAChange(CachedDomainDataAccess access) {
        try (SharedSessionContractImplementor first = begin()) {
            try (SharedSessionContractImplementor loader = begin()) {
                load(access, loader);
            }
            assertThat(access.get(first, KEY)).isEqualTo("loaded");
            access.evict(KEY);
            try (SharedSessionContractImplementor loader = begin()) {
                load(access, loader);
            }
            assertThat(access.get(first, KEY)).isNull();
            assertThat(read(access)).isEqualTo("loaded");
        }
    }

    @Test
    void whatIsWritten_isTakenInAtTheEnd_byReadWriteOnly() {
        for (Class<?> entity : List.of(Book.class, Note.class, Loose.class)) {
            EntityDataAccess access = entities(entity);
            boolean readWrite = entity != Loose.class;
            try (SharedSessionContractImplementor writer = begin()) {
                SoftLock lock = access.lockItem(writer, KEY, 1);
                assertThat(access.update(writer, KEY, "written", 2, 1)).isFalse();
                assertThat(read(access)).isNull();
                assertThat(access.afterUpdate(writer, KEY, "written", 2, 1, lock))
                        .isEqualTo(readWrite);
            }
            assertThat(read(access)).isEqualTo(readWrite ? "written" : null);
        }
    }

    /** Which of them committed last is not known. */
    @Test
    void ofTwoWriters_neitherIsTakenIn_inEitherOrder() {
        EntityDataAccess access = entities(Note.class);
        for (boolean firstFirst : new boolean[] {true, false}) {
            try (SharedSessionContractImplementor writer = begin()) {
                SoftLock first = access.lockItem(writer, KEY, null);
                SoftLock second = access.lockItem(writer, KEY, null);
                SoftLock sooner = firstFirst ? first : second;
                assertThat(access.afterUpdate(writer, KEY, "sooner", null, null, sooner))
                        .isFalse();
                try (SharedSessionContractImplementor loader = begin()) {
                    assertThat(load(access, loader))
                            .as("the other still holds it")
                            .isFalse();
                }
                SoftLock later = firstFirst ? second : first;
                assertThat(access.afterUpdate(writer, KEY, "later", null, null, later))
                        .isFalse();
            }
            assertThat(read(access)).isNull();
            try (SharedSessionContractImplementor loader = begin()) {
                assertThat(load(access, loader)).isTrue();
            }
            shelf.regions().clear();
        }
    }

    /** Another JVM's may have committed after ours. */
    @Test
    void aChangeElsewhere_duringAWrite_keepsItOut() {
        EntityDataAccess access = entities(Note.class);
        List<Runnable> elsewhere = List.of(
                () -> shelf.regions().invalidate(access.getRegion().getName(), KEY),
                () -> shelf.regions().clear(),
                access::evictAll);
        for (Runnable change : elsewhere) {
            try (SharedSessionContractImplementor writer = begin()) {
                SoftLock lock = access.lockItem(writer, KEY, null);
                change.run();
                try (SharedSessionContractImplementor loader = begin()) {
                    assertThat(load(access, loader)).as("the lock outlives it").isFalse();
                }
                assertThat(access.afterUpdate(writer, KEY, "written", null, null, lock))
                        .isFalse();
            }
            assertThat(read(access)).isNull();
        }
    }

    @Test
    void aLockOfALostTransaction_expires() {
        EntityDataAccess access = entities(Note.class);
        shelf.regions().timeout = 0;
        try (SharedSessionContractImplementor writer = begin()) {
            SoftLock lost = access.lockItem(writer, KEY, null);
            try (SharedSessionContractImplementor loader = begin()) {
                assertThat(load(access, loader)).isTrue();
            }
            assertThat(read(access)).isEqualTo("loaded");
            access.unlockItem(writer, KEY, lost);
            assertThat(read(access)).as("it was not lost after all").isNull();
            assertThat(load(access, writer)).isFalse();
        }
    }

    @Test
    void theLateEndOfAnExpiredLock_leavesAnothersLockAlone() {
        EntityDataAccess access = entities(Note.class);
        try (SharedSessionContractImplementor writer = begin()) {
            shelf.regions().timeout = 0;
            SoftLock lost = access.lockItem(writer, KEY, null);
            shelf.regions().timeout = SimpleTimestamper.timeOut();
            SoftLock lock = access.lockItem(writer, KEY, null);
            assertThat(access.afterUpdate(writer, KEY, "late", null, null, lost))
                    .isFalse();
            try (SharedSessionContractImplementor loader = begin()) {
                assertThat(load(access, loader)).isFalse();
            }
            assertThat(access.afterUpdate(writer, KEY, "written", null, null, lock))
                    .as("who committed last is not known")
                    .isFalse();
        }
        assertThat(read(access)).isNull();
    }

    /** Else the stale load would be what everybody reads from then on. */
    @Test
    void whatIsEvictedForRoom_staysKnownAsChanged() {
        EntityDataAccess access = entities(Note.class);
        RegionStore store = ((DomainRegion) access.getRegion()).store();
        try (SharedSessionContractImplementor loader = begin();
                SharedSessionContractImplementor writer = begin()) {
            SoftLock lock = access.lockItem(writer, KEY, null);
            access.afterUpdate(writer, KEY, "written", null, null, lock);
            store.cache().policy().eviction().orElseThrow().setMaximum(0);
            assertThat(read(access)).isNull();
            store.cache().policy().eviction().orElseThrow().setMaximum(10_000);
            assertThat(load(access, loader)).isFalse();
        }
    }

    @Test
    void anInsert_isTakenIn_unlessItHasBeenChangedSince() {
        EntityDataAccess access = entities(Note.class);
        try (SharedSessionContractImplementor writer = begin()) {
            assertThat(access.insert(writer, KEY, "inserted", null)).isFalse();
            assertThat(access.afterInsert(writer, KEY, "inserted", null)).isTrue();
            assertThat(read(access)).isEqualTo("inserted");
        }
        try (SharedSessionContractImplementor writer = begin();
                SharedSessionContractImplementor next = begin()) {
            access.unlockItem(next, KEY, access.lockItem(next, KEY, null));
            assertThat(access.afterInsert(writer, KEY, "inserted", null)).isFalse();
        }
        try (SharedSessionContractImplementor writer = begin();
                SharedSessionContractImplementor next = begin()) {
            SoftLock lock = access.lockItem(next, KEY, null);
            assertThat(access.afterInsert(writer, KEY, "inserted", null)).isFalse();
            access.unlockItem(next, KEY, lock);
        }
        assertThat(read(access)).isNull();
        try (SharedSessionContractImplementor writer = begin()) {
            assertThat(entities(Loose.class).afterInsert(writer, KEY, "inserted", null))
                    .isFalse();
            assertThat(entities(Fixed.class).afterInsert(writer, KEY, "inserted", null))
                    .isTrue();
        }
    }

    @Test
    void aNewerVersion_replacesAnOlderOne_andNeverTheOtherWayRound() {
        EntityDataAccess access = entities(Book.class);
        try (SharedSessionContractImplementor loader = begin()) {
            assertThat(access.putFromLoad(loader, KEY, "two", 2, true)).isTrue();
            assertThat(access.putFromLoad(loader, KEY, "two again", 2, true)).isFalse();
            assertThat(access.putFromLoad(loader, KEY, "one", 1, false)).isFalse();
            assertThat(read(access)).isEqualTo("two");
            assertThat(access.putFromLoad(loader, KEY, "three", 3, true)).isTrue();
            assertThat(read(access)).isEqualTo("three");
            assertThat(access.putFromLoad(loader, KEY, "refreshed", 3, false)).isTrue();
            assertThat(read(access)).isEqualTo("refreshed");
        }
    }

    @Test
    void minimalPuts_leaveAloneWhatIsThere() {
        EntityDataAccess access = entities(Note.class);
        try (SharedSessionContractImplementor loader = begin()) {
            assertThat(access.putFromLoad(loader, KEY, "one", null, true)).isTrue();
            assertThat(access.putFromLoad(loader, KEY, "two", null, true)).isFalse();
            assertThat(read(access)).isEqualTo("one");
            assertThat(access.putFromLoad(loader, KEY, "two", null, false)).isTrue();
            assertThat(read(access)).isEqualTo("two");
        }
    }

    @Test
    void readOnly_refusesAnUpdate() {
        try (SharedSessionContractImplementor writer = begin()) {
            assertThatThrownBy(() -> entities(Fixed.class).update(writer, KEY, "new", null, null))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("a key")
                    .hasMessageContaining(Fixed.class.getName())
                    .hasMessageContaining("READ_WRITE");
        }
    }

    @Test
    void aNaturalIdThatIsInserted_replacesWhatItStoodFor() {
        NaturalIdDataAccess access = naturalIds(Book.class);
        try (SharedSessionContractImplementor writer = begin();
                SharedSessionContractImplementor late = begin()) {
            access.putFromLoad(writer, KEY, 1L, null);
            access.insert(writer, KEY, 2L);
            assertThat(access.afterInsert(writer, KEY, 2L)).isTrue();
            assertThat(read(access)).isEqualTo(2L);
            shelf.regions().invalidate(access.getRegion().getName(), KEY);
            assertThat(access.putFromLoad(late, KEY, 1L, null)).isFalse();
            assertThat(access.afterInsert(late, KEY, 3L)).isFalse();
            assertThat(read(access)).isNull();
        }
    }

    /** Many transactions that never end leave no locks for ever. */
    @Test
    void expiredLocks_areForgotten() {
        WriteLocks locks = new WriteLocks();
        for (long i = 0; i < 5000; i++) {
            locks.take("key " + i, i, 1);
        }
        assertThat(locks.size()).isLessThan(2050);
        WriteLock live = locks.take("live", 6000, 10_000);
        for (long i = 0; i < 5000; i++) {
            locks.take("other " + i, 7000 + i, 1);
        }
        assertThat(locks.isOnly("live", live)).isTrue();
    }
}
