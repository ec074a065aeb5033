package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A branch's connection as sessions, and the application's work, have it. All sessions in the JTA transaction share it, and
 * only the transaction manager ends what was done on it: closed, it would go back to the pool in the middle of the
 * transaction; committed or rolled back, it would leave half of the transaction.
 */
final class LentConnection implements InvocationHandler {
    private final Connection connection;
    private final ShardId shard;

    private LentConnection(Connection connection, ShardId shard) {
        this.connection = connection;
        this.shard = shard;
    }

    static Connection of(Connection connection, ShardId shard) {
        return (Connection) Proxy.newProxyInstance(
                LentConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new LentConnection(connection, shard));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (endsTransaction(method.getName(), arguments)) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "work on the connection of shard \"" + shard + "\" has called " + method.getName()
                            + "(), but the connection belongs to a JTA transaction: have the transaction manager commit it or"
                            + " roll it back. Savepoints are possible");
        }
        try {
            return method.getName().equals("equals") && arguments != null
                    ? Boolean.valueOf(proxy == arguments[0])
                    : method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private static boolean endsTransaction(String method, Object @Nullable [] arguments) {
        return switch (method) {
            case "commit", "close" -> true;
            case "rollback" -> arguments == null; // none to a savepoint
            case "setAutoCommit" -> arguments != null && Boolean.TRUE.equals(arguments[0]);
            default -> false;
        };
    }
}
