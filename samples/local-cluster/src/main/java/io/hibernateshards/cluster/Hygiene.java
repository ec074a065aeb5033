package io.hibernateshards.cluster;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Fails a test that leaves an open transaction, a prepared transaction or a temporary table on a shared server, and a test class
 * that leaves one of these or threads of a session factory. What existed before the test does not count. Register it for all
 * tests by a service file and {@code junit.jupiter.extensions.autodetection.enabled}.
 *
 * <p>{@link Shares} excludes what a class shares. The JUnit configuration parameter {@value #FACTORIES_SHARED} excludes
 * the threads of all classes, for modules whose classes share factories through Spring's context cache.
 */
public final class Hygiene implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    /** Set to {@code true} if test classes share session factories. */
    public static final String FACTORIES_SHARED = "hibernate-shards.hygiene.factories-shared";

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Hygiene.class);

    /** A server ends what a client has left a moment later; and daemons of a factory have short transactions. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    /** The databases of this JVM, see {@link LocalCluster}. */
    private static final String DATABASES = "s" + ProcessHandle.current().pid() + "\\_%";

    private static final String LEFT =
            """
            select datname || ': session ' || pid, state || ', last statement: ' || left(query, 200)
            from pg_stat_activity where datname like '%1$s' and state like 'idle in transaction%%'
            union all
            select database || ': prepared transaction ' || gid, '' from pg_prepared_xacts where database like '%1$s'
            """
                    .formatted(DATABASES);

    /**
     * The file of a temporary table is named {@code t<backend>_<file>}. A server removes it when it drops the table, so that
     * the directory of a database shows the temporary tables of all its sessions without a connection to it.
     */
    private static final String TEMPORARY =
            """
            select datname || ': temporary table in file ' || file, ''
            from (select oid, datname from pg_database where datname in (
                select datname from pg_stat_activity where datname like '%s')) databases,
            lateral pg_ls_dir('base/' || oid, true, false) file
            where file ~ '^t[0-9]+_[0-9]+$'
            """
                    .formatted(DATABASES);

    private static final String MAY_LIST =
            "select has_function_privilege('pg_ls_dir(text, boolean, boolean)', 'execute')";

    /** One connection to each shared server, and the query to run there. */
    private static final Map<Connection, String> CONNECTIONS = new LinkedHashMap<>();

    /** Told once: what one test leaves is no other's fault. */
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    /** What is there, and more about each. */
    private record Look(Supplier<Map<String, String>> at) {
        static final Look SERVERS = new Look(Hygiene::onServers);
        static final Look THREADS = new Look(Hygiene::threads);

        Set<String> now() {
            return new TreeSet<>(at.get().keySet());
        }

        /** What is there now and stays, but for what is known. */
        Map<String, String> settled(Set<String> known, long patience) {
            for (long end = System.nanoTime() + patience; ; LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5))) {
                Map<String, String> left = new TreeMap<>(at.get());
                left.keySet().removeAll(known);
                left.keySet().removeAll(TOLD);
                if (left.isEmpty() || System.nanoTime() > end) {
                    return left;
                }
            }
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        remember(context, Look.THREADS);
        remember(context, Look.SERVERS);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        remember(context, Look.SERVERS);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!shares(context, Shares.Kind.SESSIONS)) {
            assertNothing(context, Look.SERVERS);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        assertNothing(context, Look.SERVERS);
        if (!shares(context, Shares.Kind.FACTORIES)
                && !context.getConfigurationParameter(FACTORIES_SHARED)
                        .map(Boolean::valueOf)
                        .orElse(false)) {
            assertNothing(context, Look.THREADS);
        }
    }

    private static boolean shares(ExtensionContext context, Shares.Kind kind) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), Shares.class)
                .filter(shares -> shares.value() == kind)
                .isPresent();
    }

    private static void remember(ExtensionContext context, Look look) {
        context.getStore(NAMESPACE).put(look, look.now());
    }

    private static void assertNothing(ExtensionContext context, Look look) {
        if (context.getExecutionException().isPresent()) {
            return; // that is enough to say
        }
        Map<String, String> left =
                look.settled(strings(context.getStore(NAMESPACE).get(look)), PATIENCE);
        TOLD.addAll(left.keySet());
        if (!left.isEmpty()) {
            throw new AssertionError("left by " + context.getUniqueId() + ": " + left);
        }
    }

    private static Set<String> strings(Object set) {
        return ((Set<?>) set).stream().map(String.class::cast).collect(Collectors.toSet());
    }

    /** What is open now, and still is after a moment, of what no test was told of. */
    static Map<String, String> open() {
        return Look.SERVERS.settled(Set.of(), TimeUnit.MILLISECONDS.toNanos(20));
    }

    private static synchronized Map<String, String> onServers() {
        Map<String, String> left = new HashMap<>();
        try {
            for (ShardServer server : LocalCluster.sharedServers().stream()
                    .skip(CONNECTIONS.size())
                    .toList()) {
                Connection connection = server.connect();
                CONNECTIONS.put(connection, mayList(connection) ? LEFT + " union all " + TEMPORARY : LEFT);
            }
            for (Map.Entry<Connection, String> query : CONNECTIONS.entrySet()) {
                try (Statement statement = query.getKey().createStatement();
                        ResultSet rows = statement.executeQuery(query.getValue())) {
                    while (rows.next()) {
                        left.put(rows.getString(1), rows.getString(2));
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return left;
    }

    private static boolean mayList(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(MAY_LIST)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    private static Map<String, String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hibernate-shards-")
                        || thread.getName().endsWith("housekeeper"))
                .collect(Collectors.toMap(thread -> "thread " + thread.getId(), Thread::getName));
    }
}
