package io.hibernateshards.spring.migration;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.spring.autoconfigure.ShardProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.AbstractDataSource;

/** One shard's primary, with connections apart from the pools: these do not exist yet when a schema is migrated. */
final class ShardDatabase extends AbstractDataSource {
    private static final int LOGIN_SECONDS = 30;

    private final ShardSource source;

    private ShardDatabase(ShardSource source) {
        this.source = source;
    }

    /**
     * The shards of an application in the order of its settings.
     *
     * @param tool the prefix of the tool's own properties
     * @param username of who migrates; null for that of the application
     */
    static List<ShardDatabase> all(
            Environment environment, String tool, @Nullable String username, @Nullable String password) {
        Map<String, String> settings = ShardProperties.of(environment).settings();
        List<String> problems = new ArrayList<>();
        if (environment.containsProperty(tool + ".url")) {
            problems.add(tool + ".url cannot be set: each shard is migrated where " + ShardSettings.SHARD
                    + ".<name>.listen-url leads, or else .url");
        }
        List<ShardDatabase> all = new ArrayList<>();
        for (String name : settings.getOrDefault(ShardSettings.SHARDS, "").split(",", -1)) {
            String prefix = ShardSettings.SHARD + "." + name.trim() + ".";
            // past a PgBouncer that pools transactions: the tools lock by session
            String url = settings.getOrDefault(prefix + "listen-url", settings.getOrDefault(prefix + "url", ""));
            ShardSource.problem(url).ifPresent(problem -> problems.add(prefix + "url " + problem));
            try {
                boolean own = username != null;
                all.add(new ShardDatabase(new ShardSource(
                        ShardId.of(name.trim()),
                        url,
                        own ? username : first(settings, prefix + "username", ShardSettings.USERNAME),
                        own ? password : first(settings, prefix + "password", ShardSettings.PASSWORD),
                        Map.of())));
            } catch (IllegalArgumentException e) {
                problems.add(ShardSettings.SHARDS + ": " + e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION, "schemas cannot be migrated:\n  " + String.join("\n  ", problems));
        }
        return all;
    }

    private static @Nullable String first(Map<String, String> settings, String name, String common) {
        String own = settings.get(name);
        return own != null ? own : settings.get(common);
    }

    ShardId shard() {
        return source.shard();
    }

    @Override
    public Connection getConnection() throws SQLException {
        return connect(source);
    }

    /** Scripts are the same for all shards: one that has to know its shard reads it here. */
    private static Connection connect(ShardSource source) throws SQLException {
        Connection connection = source.connect("hibernate-shards migration", LOGIN_SECONDS);
        try (PreparedStatement statement = connection.prepareStatement("select set_config(?, ?, false)")) {
            statement.setString(1, ShardedSessionFactory.SHARD_PARAMETER);
            statement.setString(2, source.shard().name());
            statement.execute();
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return connect(new ShardSource(source.shard(), source.url(), username, password, Map.of()));
    }

    /** Name and address; no password. */
    @Override
    public String toString() {
        return source.toString();
    }
}
