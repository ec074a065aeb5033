package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Tuple;
import java.lang.reflect.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.SessionFactory;

/** A model on three shards and on one plain PostgreSQL with plain Hibernate, whose answers are right by definition. */
final class BothSides implements AutoCloseable {
    final ShardedSessionFactory sharded;
    final SessionFactory plain;

    /** The same shards, where no gathered query sends rows within its SQL. */
    private final ShardedSessionFactory copying;

    private final LocalCluster cluster;
    private final LocalCluster single;

    /**
     * Starts both sides with empty tables.
     *
     * @param before SQL for each database before the tables are created; empty for none
     */
    BothSides(String before, Map<String, String> settings, Class<?>... entities) {
        cluster = LocalCluster.shared(Layout.DATABASES, 3);
        single = LocalCluster.shared(Layout.DATABASES, 1);
        if (!before.isEmpty()) {
            sql(before);
        }
        sharded = sharded(settings, entities)
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        copying = sharded(settings, entities)
                .setting(ShardSettings.QUERY_INLINE_LIMIT, "0")
                .build();
        var other = PlainConfiguration.of(single, List.of(entities));
        settings.forEach(other::setProperty);
        plain = other.buildSessionFactory();
    }

    private ShardedConfiguration sharded(Map<String, String> settings, Class<?>... entities) {
        ShardedConfiguration configuration =
                new ShardedConfiguration().entities(entities).settings(cluster.settings());
        settings.forEach(configuration::setting);
        return configuration;
    }

    /** Executes SQL in every database of both sides. */
    void sql(String sql) {
        List<Shard> all = new ArrayList<>(cluster.shards());
        all.addAll(single.shards());
        for (Shard shard : all) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException("on " + shard, e);
            }
        }
    }

    /** Makes the same changes in a transaction of each side. */
    void write(Consumer<Session> work) {
        plain.inTransaction(work);
        sharded.inTransaction(work);
    }

    void reference(Supplier<List<?>> rows) {
        plain.inTransaction(session -> rows.get().forEach(session::persist));
        sharded.getReferenceData().upsert(rows.get());
    }

    // ---- questions

    /** Compares answers in any order. */
    void same(String hql, Object... parameters) {
        same(session -> list(session, hql, parameters));
    }

    /** Compares answers, order included. */
    void sameOrder(String hql, Object... parameters) {
        sameOrder(session -> list(session, hql, parameters));
    }

    void same(Function<Session, List<?>> query) {
        List<String> expected = new ArrayList<>(rows(plain, query));
        Collections.sort(expected);
        for (ShardedSessionFactory factory : List.of(sharded, copying)) {
            List<String> got = new ArrayList<>(rows(factory, query));
            Collections.sort(got);
            assertThat(got).isEqualTo(expected);
        }
    }

    void sameOrder(Function<Session, List<?>> query) {
        List<String> expected = rows(plain, query);
        assertThat(rows(sharded, query)).isEqualTo(expected);
        assertThat(rows(copying, query)).isEqualTo(expected);
    }

    /** One of both: the plain answer, or a refusal. */
    void refused(String hql, Object... parameters) {
        assertThatThrownBy(() -> rows(sharded, session -> list(session, hql, parameters)))
                .as(hql)
                .isInstanceOf(ShardingException.class);
    }

    String explain(String hql) {
        try (ShardedSession session = sharded.openSession()) {
            return session.createQuery(hql, Object.class).explain();
        }
    }

    static List<?> list(Session session, String hql, Object... parameters) {
        var query = session.createQuery(hql, Object.class);
        for (int i = 0; i < parameters.length; i++) {
            query.setParameter(i + 1, parameters[i]);
        }
        return query.list();
    }

    private static List<String> rows(SessionFactory factory, Function<Session, List<?>> query) {
        return factory.fromTransaction(session -> {
            List<String> rows = new ArrayList<>();
            query.apply(session).forEach(row -> rows.add(text(row, factory)));
            return rows;
        });
    }

    /** A value with its type; an entity by its id. */
    static String text(Object value, SessionFactory factory) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Tuple tuple) {
            return "Tuple" + text(tuple.toArray(), factory);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, one) -> sorted.put(text(key, factory), text(one, factory)));
            return sorted.toString();
        }
        if (value instanceof Iterable<?> several) {
            StringJoiner all = new StringJoiner(", ", "(", ")");
            several.forEach(one -> all.add(text(one, factory)));
            return all.toString();
        }
        if (value.getClass().isArray()) {
            StringJoiner all = new StringJoiner(", ", "[", "]");
            for (int i = 0; i < Array.getLength(value); i++) {
                all.add(text(Array.get(value, i), factory));
            }
            return all.toString();
        }
        Object one = Hibernate.unproxy(value);
        String type = one.getClass().getSimpleName() + " ";
        return factory.getMetamodel().getEntities().stream().anyMatch(entity -> entity.getJavaType() == one.getClass())
                ? type + text(factory.getPersistenceUnitUtil().getIdentifier(one), factory)
                : type + one;
    }

    @Override
    public void close() {
        copying.close();
        sharded.close();
        plain.close();
        cluster.close();
        single.close();
    }
}
