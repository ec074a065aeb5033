package io.hibernateshards.internal.identity;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.SingleShard;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.ConstraintMode;
import jakarta.persistence.Entity;
import jakarta.persistence.ForeignKey;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Databases with rows of two shards, {@code east} and {@code west}, and a third one that is empty, {@code north}. */
final class Homes implements AutoCloseable {
    static final int ROWS = 100;

    @Entity(name = "Home")
    static class Home {
        @Id
        @ShardKey
        String code = "";

        String name = "";

        Home() {}

        Home(String code) {
            this.code = code;
        }
    }

    @Entity(name = "Room")
    static class Room {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne
        @Nullable
        Home home;

        Room() {}

        Room(Home home) {
            this.home = home;
        }
    }

    @Entity(name = "Rule")
    @SingleShard("west")
    static class Rule {
        @Id
        Long id = 0L;
    }

    @Entity(name = "Colour")
    @ReferenceEntity
    static class Colour {
        @Id
        String code = "";
    }

    /** The same table with a key of another attribute. */
    @Entity(name = "HomeByName")
    @Table(name = "Home")
    static class HomeByName {
        @Id
        String code = "";

        @ShardKey
        String name = "";
    }

    /** The same table as a copy on every shard. */
    @Entity(name = "HomeEverywhere")
    @Table(name = "Home")
    @ReferenceEntity
    static class HomeEverywhere {
        @Id
        String code = "";

        String name = "";
    }

    /** A table whose schema the mapping says. */
    @Entity(name = "Inn")
    @Table(name = "Inn", schema = "public")
    static class Inn {
        @Id
        @ShardKey
        String code = "";
    }

    /** Its id does not tell its place. */
    @Entity(name = "Host")
    static class Host {
        @Id
        Long id = 0L;

        @ShardKey
        String town = "";
    }

    @Entity(name = "Meal")
    static class Meal {
        @Id
        Long id = 0L;

        @ShardKey
        @ManyToOne
        @Nullable
        Host host;

        @ManyToOne
        @JoinColumn(name = "guest_id", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Host guest;
    }

    /** The same table, with another parent. */
    @Entity(name = "MealOfGuest")
    @Table(name = "Meal")
    static class MealOfGuest {
        @Id
        Long id = 0L;

        @ShardKey
        @ManyToOne
        @JoinColumn(name = "guest_id", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
        @Nullable
        Host guest;
    }

    final LocalCluster cluster;
    final Map<String, String> urls = new LinkedHashMap<>();

    Homes() {
        this(LocalCluster.shared(Layout.DATABASES, 3));
    }

    Homes(LocalCluster cluster) {
        this.cluster = cluster.named(List.of("east", "west", "north"));
        this.cluster.shards().forEach(shard -> urls.put(shard.name(), shard.url()));
    }

    /** Two shards with rows. */
    static Homes filled(String... more) {
        Homes homes = new Homes();
        homes.fill(more);
        return homes;
    }

    void fill(String... more) {
        try (ShardedSessionFactory factory = start("east,west", with(more, "hibernate.hbm2ddl.auto", "create"))) {
            store(factory);
        }
    }

    static void store(ShardedSessionFactory factory) {
        factory.inTransaction(session -> {
            for (int i = 0; i < ROWS; i++) {
                Home home = new Home("h" + i);
                session.persist(home);
                session.persist(new Room(home));
            }
        });
    }

    /** One more, which needs a worker number. */
    static void store0(ShardedSessionFactory factory) {
        factory.inTransaction(session -> session.persist(new Room(session.find(Home.class, "h0"))));
    }

    static String[] with(String[] settings, String... more) {
        String[] all = new String[settings.length + more.length];
        System.arraycopy(settings, 0, all, 0, settings.length);
        System.arraycopy(more, 0, all, settings.length, more.length);
        return all;
    }

    ShardedSessionFactory start(String names, String... more) {
        return configured(names, more)
                .entities(Home.class, Room.class, Rule.class, Colour.class)
                .build();
    }

    ShardedConfiguration configured(String names, String... more) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .setting("hibernate.shards.shards", names)
                .setting("hibernate.shards.pool.maximum-pool-size", 2)
                .setting("hibernate.shards.pool.connection-timeout", 10_000);
        for (String name : names.split(",", 0)) {
            Shard any = cluster.shards().get(0);
            String url = urls.get(name);
            if (url != null) {
                configuration.shard(name, url, any.user(), any.password());
            }
        }
        for (int i = 0; i < more.length; i += 2) {
            configuration.setting(more[i], more[i + 1]);
        }
        return configuration;
    }

    /** How many of the stored homes a find answers. */
    static long found(ShardedSessionFactory factory) {
        return factory.fromTransaction(session -> {
            long found = 0;
            for (int i = 0; i < ROWS; i++) {
                found += session.find(Home.class, "h" + i) == null ? 0 : 1;
            }
            return found;
        });
    }

    /** What SQL answers on one shard. */
    static long number(ShardedSessionFactory factory, String shard, String sql) {
        return factory.fromTransaction(session -> session.createNativeQuery(sql, Long.class)
                .setHint(ShardHints.SHARD, ShardId.of(shard))
                .getSingleResult());
    }

    Shard shard(String name) {
        return cluster.shards().stream()
                .filter(shard -> shard.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    String address(String name) {
        return urls.getOrDefault(name, "").replaceFirst("\\?.*", "");
    }

    void execute(String name, String... sql) {
        execute(shard(name), sql);
    }

    static void execute(Shard shard, String... sql) {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            for (String one : sql) {
                statement.execute(one);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    String text(String name, String sql) {
        try (Connection connection = shard(name).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> rows(String name, String sql) {
        try (Connection connection = shard(name).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    String url(String name) {
        return Objects.requireNonNull(urls.get(name), name);
    }

    static String database(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    /** A copy of a shard's database on the same server, as a template makes it; its URL. */
    String clone(String name) {
        String database = database(urls.getOrDefault(name, ""));
        String copy = database + "_copy";
        String url = urls.getOrDefault(name, "");
        Shard admin = new Shard(
                "admin",
                url.replace("/" + database, "/postgres"),
                shard(name).user(),
                shard(name).password());
        execute(
                admin,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + database + "'",
                "drop database if exists " + copy + " with (force)",
                "create database " + copy + " template " + database);
        return url.replace("/" + database, "/" + copy);
    }

    /** Identifier of the server and of a database, as the setting that adopts it has them. */
    String place(String url) {
        Shard any = cluster.shards().get(0);
        Shard there = new Shard("there", url, any.user(), any.password());
        try (Connection connection = there.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select (select system_identifier from pg_control_system())"
                        + " || '/' || oid from pg_database where datname = current_database()")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
