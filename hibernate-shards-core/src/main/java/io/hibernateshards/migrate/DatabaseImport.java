package io.hibernateshards.migrate;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.LookupAttribute;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/**
 * Copies one ordinary PostgreSQL database into the shards of a factory, each row to where its shard key belongs: the tables
 * of all mapped entities and of their collections; reference entities to every shard. Then it moves sequences past the ids
 * that are there, fills lookups, and compares.
 *
 * <pre>{@code
 * ImportReport report = DatabaseImport.into(factory).from(url, user, password).run();
 * }</pre>
 *
 * <p>Tables of the source that no entity has stay behind; the report names them.
 *
 * <p>The source is read in one snapshot and never written. Rows go from COPY to COPY: no entity is loaded, no listener is
 * called. What cannot be placed is told before anything is written. If it is stopped, however hard, the next run goes on with
 * the tables that a shard lacks; it reads another snapshot then, so that what was changed meanwhile is found by the
 * comparison, and is only certain not to be there if nobody writes the source.
 *
 * <p>Not safe for use by several threads. Nobody should write the shards while it runs.
 *
 * @since 0.1
 */
public final class DatabaseImport {
    /**
     * How far an import has come.
     *
     * @param table that is being copied
     * @param rows of the source that were read so far
     * @since 0.1
     */
    public record Progress(String table, long rows) {}

    private final ShardedSessionFactory factory;
    private final Set<String> leftOut = new HashSet<>();
    private String url = "";
    private String user = "";
    private String password = "";
    private int parallelism = 4;
    private Consumer<Progress> progress = one -> {};

    private DatabaseImport(ShardedSessionFactory factory) {
        this.factory = factory;
    }

    /**
     * An import into the shards of a factory, whose schema is there and whose tables are empty.
     *
     * @param factory with the mapping and the topology; a factory that Spring has made is to be unwrapped first
     * @return an import that lacks a source
     */
    public static DatabaseImport into(ShardedSessionFactory factory) {
        return new DatabaseImport(factory);
    }

    /**
     * The database to copy.
     *
     * @param jdbcUrl a PostgreSQL JDBC URL, of a replica if you like; {@code currentSchema} says which schema
     * @param username who may read it
     * @param itsPassword the user's password, which is never logged
     * @return this
     */
    public DatabaseImport from(String jdbcUrl, String username, String itsPassword) {
        url = jdbcUrl;
        user = username;
        password = itsPassword;
        return this;
    }

    /**
     * How many tables are copied at a time. Each takes a connection of every shard.
     *
     * @param tables at least 1, by default 4
     * @return this
     */
    public DatabaseImport parallelism(int tables) {
        if (tables < 1) {
            throw new IllegalArgumentException(tables + " tables at a time: want at least 1");
        }
        parallelism = tables;
        return this;
    }

    /**
     * Columns of the source that the mapping does not have, and that are not wanted any more.
     *
     * @param columns each {@code table.column}
     * @return this
     */
    public DatabaseImport leavingOut(String... columns) {
        leftOut.addAll(List.of(columns));
        return this;
    }

    /**
     * Who is told how far it has come.
     *
     * @param listener called by several threads
     * @return this
     */
    public DatabaseImport progress(Consumer<Progress> listener) {
        progress = listener;
        return this;
    }

    /**
     * Checks, copies, moves sequences, fills lookups, and compares.
     *
     * @return what was copied, and whether the shards now hold exactly what the source held
     * @throws ShardingException of the kind {@link ShardErrorCode#IMPORT} with everything that is in the way, before
     *     anything is copied; or if a server fails meanwhile
     */
    public ImportReport run() {
        return onSource((source, shards) -> {
            ImportPlan plan = new ImportPlan.Maker(source, shards, leftOut).make(true);
            long start = System.nanoTime();
            long copied = 0;
            for (List<TableSql> wave : plan.waves()) {
                List<TableSql> open = wave.stream()
                        .filter(sql -> plan.missing().containsKey(sql.table().name()))
                        .toList();
                for (long rows : inParallel(open, sql -> copy(source, shards, sql, plan))) {
                    copied += rows;
                }
            }
            Duration copying = Duration.ofNanos(System.nanoTime() - start);
            factory.getSchemaManager().resynchronizeGenerators();
            lookups(shards);
            factory.getCache().evictAllRegions();
            return report(source, shards, plan, copied, copying);
        });
    }

    /**
     * Compares only, for another look before the switch. What the application has written to the shards since is a difference
     * like any other.
     *
     * @return whether the shards hold exactly what the source holds now
     * @throws ShardingException as {@link #run}
     */
    public ImportReport verify() {
        return onSource((source, shards) -> {
            ImportPlan plan = new ImportPlan.Maker(source, shards, leftOut).make(false);
            return report(source, shards, plan, 0, Duration.ZERO);
        });
    }

    private interface Work {
        ImportReport on(SourceDatabase source, Shards shards) throws SQLException;
    }

    private ImportReport onSource(Work work) {
        if (url.isEmpty()) {
            throw new IllegalStateException("call from(url, user, password) first");
        }
        try (SourceDatabase source = new SourceDatabase(url, user, password)) {
            return work.on(source, new Shards(factory));
        } catch (SQLException e) {
            throw new ShardingException(
                    ShardErrorCode.IMPORT,
                    "a server has failed: " + e.getMessage()
                            + ". Tables that are complete stay; start it again, and it goes on with the others",
                    e);
        }
    }

    private long copy(SourceDatabase source, Shards shards, TableSql sql, ImportPlan plan) throws SQLException {
        String table = sql.table().name();
        Map<ShardId, ImportLog> logs = new LinkedHashMap<>();
        plan.missing()
                .getOrDefault(table, Set.of())
                .forEach(shard -> logs.put(shard, shards.log(shard, source.name())));
        try (Connection connection = source.connect()) {
            return new TableCopy(sql, shards, logs)
                    .copy(connection, rows -> progress.accept(new Progress(table, rows)));
        } catch (SQLException e) {
            throw new SQLException("table " + table + ": " + e.getMessage(), e.getSQLState(), e);
        }
    }

    private void lookups(Shards shards) {
        for (LookupAttribute lookup : shards.router().mapping().lookups()) {
            Class<?> entity = factory.unwrap(SessionFactoryImplementor.class)
                    .getMappingMetamodel()
                    .getEntityDescriptor(lookup.entity())
                    .getMappedClass();
            factory.getLookups().backfill(entity, lookup.path(), done -> {});
        }
    }

    private ImportReport report(SourceDatabase source, Shards shards, ImportPlan plan, long copied, Duration copying)
            throws SQLException {
        List<ImportedTable> tables = inParallel(plan.tables(), sql -> {
            try (Connection connection = source.connect()) {
                return new Comparison(sql, shards).compare(connection);
            }
        });
        List<UncopiedTable> notCopied = UncopiedTables.of(
                source.first(),
                plan.tables().stream().map(sql -> sql.table().name()).toList(),
                shards.catalogs());
        return new ImportReport(tables, notCopied, plan.warnings(), copied, copying);
    }

    private interface TableWork<T> {
        T on(TableSql sql) throws SQLException;
    }

    private <T> List<T> inParallel(List<TableSql> tables, TableWork<T> work) throws SQLException {
        ExecutorService threads = Executors.newFixedThreadPool(parallelism, task -> {
            Thread thread = new Thread(task, "hibernate-shards-import");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<T>> running = new ArrayList<>();
            tables.forEach(sql -> running.add(threads.submit(() -> work.on(sql))));
            List<T> results = new ArrayList<>();
            for (Future<T> one : running) {
                results.add(one.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ShardingException(ShardErrorCode.IMPORT, "interrupted; start it again, and it goes on", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw failure;
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }
}
