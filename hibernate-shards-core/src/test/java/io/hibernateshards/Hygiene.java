package io.hibernateshards;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.ShardServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves an open or a prepared transaction on a shared server, and a class that leaves threads of a
 * factory. It is registered for all tests, by the service file: nobody has to remember it.
 */
public final class Hygiene implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Hygiene.class);

    /** A server ends what a client has left a moment later; and daemons of a factory have short transactions. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    /** The databases of this JVM, see {@link LocalCluster}. */
    private static final String LEFT =
            """
            select datname || ': session ' || pid || ' ' || state || ', last statement: ' || left(query, 200)
            from pg_stat_activity where datname like '%1$s' and state like 'idle in transaction%%'
            union all
            select database || ': prepared transaction ' || gid from pg_prepared_xacts where database like '%1$s'
            """
                    .formatted("s" + ProcessHandle.current().pid() + "\\_%");

    /** One to each shared server. */
    private static final List<Connection> CONNECTIONS = new ArrayList<>();

    /** Told once: what one test leaves is no other's fault. */
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getStore(NAMESPACE).put("threads", threads());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            Set<String> left = settled(Hygiene::onServers, TOLD);
            TOLD.addAll(left);
            assertNothing(left, "open on the servers after " + context.getUniqueId());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            Set<String> before = strings(context.getStore(NAMESPACE).get("threads"));
            assertNothing(settled(Hygiene::threads, before), "threads after " + context.getUniqueId());
        }
    }

    private static Set<String> strings(Object set) {
        return ((Set<?>) set).stream().map(String.class::cast).collect(Collectors.toSet());
    }

    private static Set<String> settled(Supplier<Set<String>> look, Set<String> known) {
        return settled(look, known, PATIENCE);
    }

    private static Set<String> settled(Supplier<Set<String>> look, Set<String> known, long patience) {
        for (long end = System.nanoTime() + patience; ; LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5))) {
            Set<String> left = new TreeSet<>(look.get());
            left.removeAll(known);
            if (left.isEmpty() || System.nanoTime() > end) {
                return left;
            }
        }
    }

    /** What is open now, and still is after a moment, of what no test was told of. */
    static Set<String> open() {
        return settled(Hygiene::onServers, TOLD, TimeUnit.MILLISECONDS.toNanos(20));
    }

    private static void assertNothing(Set<String> left, String where) {
        if (!left.isEmpty()) {
            throw new AssertionError("left " + where + ":\n" + String.join("\n", left));
        }
    }

    private static synchronized Set<String> onServers() {
        Set<String> left = new HashSet<>();
        try {
            List<ShardServer> servers = LocalCluster.sharedServers();
            for (int i = CONNECTIONS.size(); i < servers.size(); i++) {
                CONNECTIONS.add(servers.get(i).connect());
            }
            for (Connection connection : CONNECTIONS) {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(LEFT)) {
                    while (rows.next()) {
                        left.add(rows.getString(1));
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return left;
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hibernate-shards-")
                        || thread.getName().endsWith("housekeeper"))
                .map(thread -> thread.getName() + " #" + thread.getId())
                .collect(Collectors.toSet());
    }
}
