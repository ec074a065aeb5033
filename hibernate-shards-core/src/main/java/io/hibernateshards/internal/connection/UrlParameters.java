package io.hibernateshards.internal.connection;

import java.io.File;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;

/**
 * Parameters of PostgreSQL's driver in the URL of a server. Most are the application's own business. Some make a shard
 * unusable, and are refused; some cost round trips or break long waits, which is logged.
 */
public final class UrlParameters {
    private static final Set<String> STANDBYS = Set.of("secondary", "slave", "prefersecondary", "preferslave");

    /** Those of which the driver accepts only the values that it lists; of the others it ignores what it does not know. */
    private static final List<PGProperty> CHOICES = List.of(
            PGProperty.SSL_MODE,
            PGProperty.GSS_ENC_MODE,
            PGProperty.CHANNEL_BINDING,
            PGProperty.TARGET_SERVER_TYPE,
            PGProperty.AUTOSAVE,
            PGProperty.STRING_TYPE);

    /** Those in which the driver tells upper from lower case. */
    private static final Set<PGProperty> EXACT = Set.of(PGProperty.CHANNEL_BINDING, PGProperty.TARGET_SERVER_TYPE);

    private static final List<PGProperty> INTEGERS = integers();

    private UrlParameters() {}

    /** Those that the driver reads as integers when it connects, by the types that its own data source gives them. */
    private static List<PGProperty> integers() {
        Set<String> setters = Arrays.stream(PGSimpleDataSource.class.getMethods())
                .filter(method -> method.getParameterCount() == 1 && method.getParameterTypes()[0] == int.class)
                .map(method -> method.getName().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        return Arrays.stream(PGProperty.values())
                .filter(property -> setters.contains("set" + property.getName().toLowerCase(Locale.ROOT)))
                .filter(property -> property != PGProperty.LOGIN_TIMEOUT) // fractions of seconds are allowed
                .toList();
    }

    /** Reads the parameters of a URL, decoded. */
    static Properties of(String url) {
        Properties properties = new Properties();
        int query = url.indexOf('?');
        if (query >= 0) {
            for (String parameter : url.substring(query + 1).split("&", 0)) {
                int equals = parameter.indexOf('=');
                if (!parameter.isEmpty()) {
                    properties.setProperty(
                            equals < 0 ? parameter : parameter.substring(0, equals),
                            equals < 0
                                    ? ""
                                    : URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
                }
            }
        }
        return properties;
    }

    /** Returns what cannot work, with the cure. Never repeats the URL, which may hold a password. */
    public static List<String> problems(ShardSource source) {
        Properties given = of(source.url());
        List<String> problems = new ArrayList<>();
        String target = given.getProperty("targetServerType", "any").toLowerCase(Locale.ROOT);
        if (source.replica().isEmpty()) {
            if (STANDBYS.contains(target)) {
                problems.add("targetServerType = " + target + " connects to a standby, but the server of a shard is"
                        + " written: use primary, and name standbys as replicas of the shard");
            } else if (source.address().replaceFirst("\\?.*", "").contains(",") && !target.equals("primary")) {
                problems.add("has several hosts, of which any may be connected to: add targetServerType=primary");
            }
        } else if (target.equals("primary") || target.equals("master")) {
            problems.add("targetServerType = " + target + " does not connect to a replica: remove it");
        }
        if (given.containsKey("replication")
                && !given.getProperty("replication").equalsIgnoreCase("false")) {
            problems.add("replication is for streaming the write-ahead log, and answers no queries: remove it");
        }
        problems.addAll(malformed(source.url()));
        return problems;
    }

    /**
     * Returns the values in a URL that the driver rejects for their form, whatever server it would connect to. The driver
     * itself says so only once it has connected, and of some as if the server could not be reached.
     */
    public static List<String> malformed(String url) {
        Properties given = of(url);
        List<String> problems = new ArrayList<>();
        for (PGProperty property : INTEGERS) {
            try {
                Integer unused = property.getInteger(given);
            } catch (PSQLException e) {
                problems.add(property.getName() + " = " + given.getProperty(property.getName())
                        + " is not an integer: correct or remove it");
            }
        }
        for (PGProperty property : CHOICES) {
            String value = given.getProperty(property.getName());
            String[] choices = property.toDriverPropertyInfo(given).choices;
            if (value != null
                    && Arrays.stream(choices)
                            .noneMatch(choice ->
                                    EXACT.contains(property) ? choice.equals(value) : choice.equalsIgnoreCase(value))) {
                problems.add(property.getName() + " = " + value + " is unknown to the driver: use one of "
                        + String.join(", ", choices));
            }
        }
        String certificate = given.getProperty(PGProperty.SSL_ROOT_CERT.getName());
        if (certificate != null
                && given.getProperty(PGProperty.SSL_MODE.getName(), "").startsWith("verify")
                && !given.containsKey(PGProperty.SSL_FACTORY.getName())
                && !new File(certificate).canRead()) {
            problems.add("sslrootcert = " + certificate + " is not a file that can be read: correct its path");
        }
        return problems;
    }

    /**
     * Returns what works and is slower or more fragile than it need be.
     *
     * @param lockTimeout in milliseconds, of transactions that wait for locks; 0 for none
     */
    public static List<String> warnings(ShardSource source, long lockTimeout) {
        Properties given = of(source.url());
        List<String> warnings = new ArrayList<>();
        String mode = given.getProperty("preferQueryMode", "extended");
        if (mode.equalsIgnoreCase("simple") || mode.equalsIgnoreCase("extendedForPrepared")) {
            warnings.add("preferQueryMode = " + mode + " costs commits in two phases a round trip more for each shard,"
                    + " and has the server parse statements again: remove it, or use extended");
        }
        if (given.getProperty("autosave", "never").equalsIgnoreCase("always")) {
            warnings.add("autosave = always sends a savepoint with every statement: use conservative or never");
        }
        long socket = seconds(given.getProperty("socketTimeout", "0"));
        if (socket > 0 && (lockTimeout == 0 || socket * 1000 <= lockTimeout)) {
            warnings.add("socketTimeout = " + socket + " s breaks connections that wait for a lock"
                    + (lockTimeout == 0 ? "" : ", which may take " + lockTimeout + " ms")
                    + ", and leaves their transactions' ends unknown: use more than that, or query time-outs instead");
        }
        return warnings;
    }

    private static long seconds(String value) {
        try {
            return Long.parseLong(value.trim());
        } catch (NumberFormatException e) {
            return 0; // the driver says so
        }
    }
}
