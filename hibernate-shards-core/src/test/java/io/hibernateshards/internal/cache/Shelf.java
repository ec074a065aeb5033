package io.hibernateshards.internal.cache;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Version;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/** Cached entities of every kind in plain Hibernate on one server. */
final class Shelf implements AutoCloseable {
    @Entity(name = "Book")
    @Cacheable
    @NaturalIdCache
    static class Book {
        @Id
        long id;

        @NaturalId(mutable = true)
        String isbn = "";

        String title = "";

        @Version
        int version;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        List<String> tags = new ArrayList<>();

        @OneToMany(mappedBy = "book")
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        List<Note> notes = new ArrayList<>();

        Book() {}

        Book(long id, String title) {
            this.id = id;
            this.title = title;
            isbn = "isbn " + id;
        }
    }

    @Entity(name = "Note")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class Note {
        @Id
        long id;

        String text = "";

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Book book;

        Note() {}

        Note(long id, String text) {
            this.id = id;
            this.text = text;
        }
    }

    @Entity(name = "Loose")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    @NaturalIdCache
    static class Loose {
        @Id
        long id;

        @NaturalId(mutable = true)
        String code = "";

        String text = "";

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
        List<String> tags = new ArrayList<>();

        Loose() {}

        Loose(long id, String text) {
            this.id = id;
            this.text = text;
            code = "code " + id;
        }
    }

    @Entity(name = "Fixed")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_ONLY)
    static class Fixed {
        @Id
        long id;

        String text = "";

        Fixed() {}

        Fixed(long id, String text) {
            this.id = id;
            this.text = text;
        }
    }

    final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
    final SessionFactory factory;

    Shelf(Map<String, ?> settings) {
        Configuration configuration = PlainConfiguration.of(
                        cluster, List.of(Book.class, Note.class, Loose.class, Fixed.class))
                .setProperty("hibernate.cache.region.factory_class", "caffeine-shards")
                .setProperty("hibernate.cache.use_query_cache", true)
                .setProperty("hibernate.generate_statistics", true);
        settings.forEach((name, value) -> configuration.setProperty(name, value.toString()));
        factory = configuration.buildSessionFactory();
    }

    CaffeineRegionFactory regions() {
        return (CaffeineRegionFactory)
                factory.unwrap(SessionFactoryImplementor.class).getCache().getRegionFactory();
    }

    void empty() {
        factory.inTransaction(session -> {
            for (String table : List.of("Book_tags", "Loose_tags", "Note", "Book", "Loose", "Fixed")) {
                session.createNativeMutationQuery("delete from " + table).executeUpdate();
            }
        });
        factory.getStatistics().clear();
    }

    /** Past Hibernate. */
    void execute(String sql) {
        Shard one = cluster.shards().get(0);
        try (Connection connection = one.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean has(Class<?> entity, long id) {
        return factory.getCache().containsEntity(entity, id);
    }

    <T> @Nullable T fromSession(Function<Session, @Nullable T> work) {
        try (Session session = factory.openSession()) {
            return work.apply(session);
        }
    }

    /** The text of a note or loose entity, by a session of its own. */
    String readOf(Class<?> entity) {
        try (Session session = factory.openSession()) {
            return session.find(entity, 1) instanceof Note note ? note.text : session.find(Loose.class, 1).text;
        }
    }

    AccessType access(Class<?> entity) {
        return factory.unwrap(SessionFactoryImplementor.class)
                .getMappingMetamodel()
                .getEntityDescriptor(entity)
                .getCacheAccessStrategy()
                .getAccessType();
    }

    @Override
    public void close() {
        factory.close();
        cluster.close();
    }
}
