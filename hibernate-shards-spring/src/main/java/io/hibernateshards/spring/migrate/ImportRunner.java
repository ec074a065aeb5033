package io.hibernateshards.spring.migrate;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.migrate.DatabaseImport;
import io.hibernateshards.migrate.ImportReport;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Imports, prints what was done, and ends the application. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ImportRunner implements ApplicationRunner {
    private static final long EVERY = 1_000_000;

    private final ImportProperties properties;
    private final ShardedSessionFactory factory;
    private final ConfigurableApplicationContext context;
    private final PrintStream out;
    private final Map<String, Long> told = new ConcurrentHashMap<>();

    ImportRunner(
            ImportProperties properties,
            ShardedSessionFactory factory,
            ConfigurableApplicationContext context,
            PrintStream out) {
        this.properties = properties;
        this.factory = factory;
        this.context = context;
        this.out = out;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        DatabaseImport one = DatabaseImport.into(factory)
                .from(
                        properties.url(),
                        properties.username(),
                        properties.password() == null ? "" : properties.password())
                .parallelism(properties.parallelism())
                .leavingOut(properties.leaveOut().toArray(String[]::new))
                .progress(this::tell);
        ImportReport report = properties.verifyOnly() ? one.verify() : one.run();
        if (!report.matches()) {
            throw new ImportDifferenceException(report.toString());
        }
        out.println(report);
        context.close();
    }

    /** A line for each table and every million rows of it. */
    private void tell(DatabaseImport.Progress progress) {
        long step = progress.rows() / EVERY;
        Long before = told.put(progress.table(), step);
        if (before == null || before != step) {
            out.printf("%s: %,d rows%n", progress.table(), progress.rows());
        }
    }
}
