package io.hibernateshards.boot;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** All that is logged, of every level, by whatever way of logging, and what is printed. */
public final class CapturedLogs implements AutoCloseable {
    private static final List<String> SLF4J = List.of(
            "com.zaxxer.hikari.HikariConfig",
            "com.zaxxer.hikari.HikariDataSource",
            "com.zaxxer.hikari.pool.HikariPool",
            "com.zaxxer.hikari.pool.PoolBase",
            "com.zaxxer.hikari.util.DriverDataSource",
            "io.hibernateshards.internal.identity.ShardIdentities");

    private final Logger root = Logger.getLogger("");
    private final Level level = root.getLevel();
    private final PrintStream err = System.err;
    private final PrintStream out = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final List<String> logged = new ArrayList<>();
    private final Map<String, Integer> levels = new HashMap<>();
    private final Handler handler = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public synchronized void publish(LogRecord event) {
            logged.add(formatter.format(event));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    public CapturedLogs() {
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        root.setLevel(Level.ALL);
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setErr(stream);
        System.setOut(stream);
        SLF4J.forEach(name -> levels.put(name, level(name, 0)));
    }

    /** SLF4J's simple logger reads levels once, from its file. */
    private static int level(String name, int level) {
        try {
            Object logger = LoggerFactory.getLogger(name);
            Field field = logger.getClass().getDeclaredField("currentLogLevel");
            field.setAccessible(true);
            int before = field.getInt(logger);
            field.setInt(logger, level);
            return before;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("slf4j-simple has changed", e);
        }
    }

    public synchronized String text() {
        synchronized (handler) {
            return String.join("", logged) + printed.toString(StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        levels.forEach(CapturedLogs::level);
        System.setErr(err);
        System.setOut(out);
        root.setLevel(level);
        root.removeHandler(handler);
    }
}
