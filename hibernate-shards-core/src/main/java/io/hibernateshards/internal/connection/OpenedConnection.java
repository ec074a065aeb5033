package io.hibernateshards.internal.connection;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A pooled connection in the hands of an application. The pool rolls back on close only after it has seen a statement, and
 * {@code getCatalog} and {@code getSchema} of PostgreSQL's driver begin a transaction without one: the connection would stay idle
 * in that transaction and lend its snapshot to the next user.
 */
public final class OpenedConnection implements InvocationHandler {
    private final Connection pooled;

    private OpenedConnection(Connection pooled) {
        this.pooled = pooled;
    }

    /** Returns the connection, which ends its transaction when it is closed. */
    public static Connection of(Connection pooled) {
        return (Connection) Proxy.newProxyInstance(
                OpenedConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new OpenedConnection(pooled));
    }

    @Override
    public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments) throws Throwable {
        return switch (method.getName()) {
            case "equals" -> arguments != null && self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            case "close" -> {
                close();
                yield null;
            }
            default -> {
                try {
                    yield method.invoke(pooled, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            }
        };
    }

    private void close() throws SQLException {
        try (pooled) {
            if (!pooled.isClosed()) {
                pooled.getMetaData(); // counts as a statement; the driver sends no rollback if there is no transaction
            }
        }
    }
}
