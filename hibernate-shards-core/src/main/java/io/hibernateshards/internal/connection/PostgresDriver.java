package io.hibernateshards.internal.connection;

import java.sql.Driver;

/**
 * PostgreSQL's JDBC driver, by name: its class file has annotations of classes that are not there, at which the compiler
 * warns.
 */
final class PostgresDriver {
    static final Driver INSTANCE = create();

    private PostgresDriver() {}

    private static Driver create() {
        try {
            return Class.forName("org.postgresql.Driver", true, PostgresDriver.class.getClassLoader())
                    .asSubclass(Driver.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("PostgreSQL's JDBC driver is not on the class path", e);
        }
    }
}
