package io.hibernateshards;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.ShardServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
 * Fails a test that leaves an open or a prepared transaction on a shared server, and a class that leaves one, or threads of a
 * factory. What was there before is not its fault. It is registered for all tests, by the service file: nobody has to
 * remember it.
 */
public final class Hygiene implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Hygiene.class);

    /** A server ends what a client has left a moment later; and daemons of a factory have short transactions. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    /** The databases of this JVM, see {@link LocalCluster}. */
    private static final String LEFT =
            """
            select datname || ': session ' || pid, state || ', last statement: ' || left(query, 200)
            from pg_stat_activity where datname like '%1$s' and state like 'idle in transaction%%'
            union all
            select database || ': prepared transaction ' || gid, '' from pg_prepared_xacts where database like '%1$s'
            """
                    .formatted("s" + ProcessHandle.current().pid() + "\\_%");

    /** One to each shared server. */
    private static final List<Connection> CONNECTIONS = new ArrayList<>();

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
        if (!shares(context, Shares.Kind.FACTORIES)) {
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
            List<ShardServer> servers = LocalCluster.sharedServers();
            for (int i = CONNECTIONS.size(); i < servers.size(); i++) {
                CONNECTIONS.add(servers.get(i).connect());
            }
            for (Connection connection : CONNECTIONS) {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(LEFT)) {
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

    private static Map<String, String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hibernate-shards-")
                        || thread.getName().endsWith("housekeeper"))
                .collect(Collectors.toMap(thread -> "thread " + thread.getId(), Thread::getName));
    }
}
