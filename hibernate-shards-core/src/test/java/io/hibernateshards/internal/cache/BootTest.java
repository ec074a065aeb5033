package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.cache.Shelf.Book;
import io.hibernateshards.internal.cache.Shelf.Fixed;
import io.hibernateshards.internal.cache.Shelf.Loose;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import java.util.Map;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.cache.internal.NoCachingRegionFactory;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** How plain session factories come to have the cache. */
class BootTest {
    @Entity(name = "Joined")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.TRANSACTIONAL)
    static class Joined {
        @Id
        long id;
    }

    @Test
    void theName_orTheClass_turnsItOn() {
        for (String named : List.of("caffeine-shards", CaffeineRegionFactory.class.getName())) {
            try (Shelf shelf = new Shelf(Map.of("hibernate.cache.region.factory_class", named))) {
                shelf.factory.inTransaction(session -> session.persist(new Book(1, "one")));
                assertThat(shelf.has(Book.class, 1)).as(named).isTrue();
                assertThat(shelf.access(Book.class)).isEqualTo(AccessType.READ_WRITE);
                assertThat(shelf.access(Loose.class)).isEqualTo(AccessType.NONSTRICT_READ_WRITE);
                assertThat(shelf.access(Fixed.class)).isEqualTo(AccessType.READ_ONLY);
            }
        }
    }

    @Test
    void nobody_hasItUnasked() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                SessionFactory factory =
                        PlainConfiguration.of(cluster, List.of(Fixed.class)).buildSessionFactory()) {
            assertThat(factory.unwrap(SessionFactoryImplementor.class)
                            .getCache()
                            .getRegionFactory())
                    .isInstanceOf(NoCachingRegionFactory.class);
        }
    }

    @Test
    void transactional_isRefusedByName() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            assertThatThrownBy(() -> PlainConfiguration.of(cluster, List.of(Joined.class))
                            .setProperty("hibernate.cache.region.factory_class", "caffeine-shards")
                            .buildSessionFactory()
                            .close())
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.CONFIGURATION))
                    .hasMessageContaining(Joined.class.getName())
                    .hasMessageContaining("TRANSACTIONAL")
                    .hasMessageContaining("use READ_WRITE");
        }
    }
}
