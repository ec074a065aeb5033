package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.spi.InvalidationBus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * PostgreSQL's {@code LISTEN} and {@code NOTIFY}, a channel for each shard on that shard: a notification is a part of the
 * transaction, is delivered when it commits, and in the order of the commits.
 */
public final class NotifyBus implements InvalidationBus {
    private final Map<ShardId, JdbcCatalog> catalogs;
    private final Function<ShardId, ShardSource> servers;
    private final Map<ShardId, String> channels = new ConcurrentHashMap<>();
    private final String own = Long.toString(new SecureRandom().nextLong() & Long.MAX_VALUE, 36);
    private final Map<ShardId, NotifyListener> listeners = new LinkedHashMap<>();

    /**
     * Connects to nothing yet.
     *
     * @param catalogs for what is published outside a transaction; the schemas tell applications on a database apart
     * @param servers where to listen: the primary as of now
     */
    public NotifyBus(Map<ShardId, JdbcCatalog> catalogs, Function<ShardId, ShardSource> servers) {
        this.catalogs = catalogs;
        this.servers = servers;
    }

    @Override
    public void start(List<ShardId> shards, Map<String, Object> settings, Receiver receiver) {
        for (ShardId shard : shards) {
            NotifyListener listener =
                    new NotifyListener(shard, channel(shard), own, () -> servers.apply(shard), receiver);
            listeners.put(shard, listener);
            listener.start();
        }
    }

    private JdbcCatalog catalog(ShardId shard) {
        JdbcCatalog catalog = catalogs.get(shard);
        if (catalog == null) {
            throw new IllegalArgumentException("there is no shard \"" + shard + "\"");
        }
        return catalog;
    }

    private String channel(ShardId shard) {
        return channels.computeIfAbsent(shard, first -> channel(catalog(first).schema(), first));
    }

    /** Channels are the database's, of which shards may be schemas, and their names have at most 63 characters. */
    static String channel(String schema, ShardId shard) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((schema + "\n" + shard).getBytes(StandardCharsets.UTF_8));
            return "hibernate_shards_" + HexFormat.of().formatHex(hash, 0, 10);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** The messages are ours: there is no quote in them. */
    @Override
    public String statement(ShardId shard, List<String> messages) {
        String channel = channel(shard);
        return messages.size() == 1
                ? "select pg_notify('" + channel + "', '" + messages.get(0) + "')"
                : "select pg_notify('" + channel + "', message) from unnest(array["
                        + messages.stream().collect(Collectors.joining("', '", "'", "'")) + "]) message";
    }

    @Override
    public void publish(ShardId shard, List<String> messages) {
        catalog(shard).autoCommitted(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(statement(shard, messages));
            }
        });
    }

    @Override
    public void farewell(ShardId shard) {
        NotifyListener listener = listeners.get(shard);
        String farewell = listener == null ? null : listener.farewell();
        if (farewell != null) {
            publish(shard, List.of(farewell));
        }
    }

    @Override
    public void close() {
        listeners.values().forEach(NotifyListener::close);
    }
}
