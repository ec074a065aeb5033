package io.hibernateshards.internal.connection;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.util.PropertyElf;
import com.zaxxer.hikari.util.UtilityElf;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Which properties of HikariCP an application may set: those that shape a pool. What makes a connection the right one for
 * a shard (URL, user, auto-commit, read-only) is not among them.
 */
public final class PoolSettings {
    /** HikariCP's names, as {@code maximumPoolSize}. */
    public static final Set<String> NAMES = Set.of(
            "connectionInitSql",
            "connectionTestQuery",
            "connectionTimeout",
            "idleTimeout",
            "keepaliveTime",
            "leakDetectionThreshold",
            "maxLifetime",
            "maximumPoolSize",
            "minimumIdle",
            "registerMbeans",
            "transactionIsolation",
            "validationTimeout");

    /** Where HikariCP's own default does not suit an application that has one pool for each of many shards. */
    private static final Map<String, String> DEFAULTS = Map.of("connectionTimeout", "5000", "minimumIdle", "1");

    private static final Pattern SCHEMA =
            Pattern.compile("\\bsearch_path\\b|\\bset\\s+(session\\s+|local\\s+)?schema\\b", Pattern.CASE_INSENSITIVE);

    private PoolSettings() {}

    /** HikariCP's name of a property that may be written {@code maximum-pool-size} too. */
    public static String name(String written) {
        StringBuilder name = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < written.length(); i++) {
            char c = written.charAt(i);
            if (c != '-') {
                name.append(upper ? Character.toUpperCase(c) : c);
            }
            upper = c == '-';
        }
        return name.toString();
    }

    /** What is wrong with the value of one of the {@link #NAMES}, if anything. */
    public static Optional<String> problem(String name, String value) {
        if (name.equals("registerMbeans") && !value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
            return Optional.of("use true or false");
        }
        if (name.equals("connectionInitSql") && SCHEMA.matcher(value).find()) {
            return Optional.of("it runs after the database was recognised by its schema, which it would change: set"
                    + " currentSchema in the URLs of the shards");
        }
        try {
            if (name.equals("transactionIsolation")) {
                UtilityElf.getTransactionIsolation(value); // the pool itself would ask only once it starts
            }
            HikariConfig config = new HikariConfig();
            apply(config, Map.of(name, value));
            return Optional.empty();
        } catch (RuntimeException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return Optional.of(String.valueOf(cause.getMessage()));
        }
    }

    /**
     * What HikariCP would not heed, such as a maximum lifetime of a second, with what it would use instead: it only logs
     * that.
     *
     * @param values of which each can be read
     */
    public static Map<String, String> unused(Map<String, String> values) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql:"); // it wants one, and opens nothing
        config.setPoolName("settings");
        apply(config, values);
        Map<String, Object> before = read(config, values.keySet());
        config.validate();
        Map<String, String> unused = new TreeMap<>();
        read(config, values.keySet()).forEach((name, after) -> {
            if (!after.equals(before.get(name))) {
                unused.put(name, "HikariCP would use " + after + " instead: see its documentation for what is allowed");
            }
        });
        return unused;
    }

    private static Map<String, Object> read(HikariConfig config, Set<String> names) {
        Map<String, Object> read = new TreeMap<>();
        for (String name : names) {
            Object value = PropertyElf.getProperty(name, config);
            if (value != null) {
                read.put(name, value);
            }
        }
        return read;
    }

    static void apply(HikariConfig config, Map<String, String> values) {
        Map<String, String> all = new TreeMap<>(DEFAULTS);
        all.putAll(values);
        Properties properties = new Properties();
        properties.putAll(all);
        PropertyElf.setTargetFromProperties(config, properties);
    }
}
