package io.hibernateshards.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * Copies data directories: that of a stopped server, or, for a standby, that of a primary that runs, as
 * {@code pg_basebackup} does, which the embedded servers come without. Then the write-ahead log is not copied; the standby
 * streams it from where the copy began.
 */
final class DataCopy extends SimpleFileVisitor<Path> {
    /** Files of the one server; directories whose files are. */
    private static final Set<String> OMITTED_FILES =
            Set.of("postmaster.pid", "postmaster.opts", "epg-lock", "standby.signal", "backup_label");

    private static final Set<String> EMPTIED = Set.of(
            "pg_wal",
            "pg_replslot",
            "pg_stat_tmp",
            "pg_notify",
            "pg_dynshmem",
            "pg_serial",
            "pg_subtrans",
            "pg_snapshots");

    private final Path source;
    private final Path target;
    private final Set<String> emptied;

    private DataCopy(Path source, Path target, Set<String> emptied) {
        this.source = source;
        this.target = target;
        this.emptied = emptied;
    }

    /** Copies a directory whose server does not run, with its write-ahead log. */
    static void ofStopped(Path source, Path target) {
        try {
            Files.walkFileTree(source, new DataCopy(source, target, Set.of()));
        } catch (IOException e) {
            throw new UncheckedIOException("copying " + source + " failed", e);
        }
    }

    /**
     * Copies from a directory whose server the connection leads to.
     *
     * @param primary how the copy reaches that server
     */
    static void of(Connection connection, Path source, Path target, String primary) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_backup_start('standby', true)");
            Files.walkFileTree(source, new DataCopy(source, target, EMPTIED));
            try (ResultSet end = statement.executeQuery("select labelfile from pg_backup_stop(false)")) {
                end.next();
                Files.writeString(target.resolve("backup_label"), end.getString(1));
            }
            Files.createFile(target.resolve("standby.signal"));
            set(target, "primary_conninfo", primary);
            set(target, "recovery_min_apply_delay", "0"); // the primary may have been a standby once
        } catch (IOException e) {
            throw new UncheckedIOException("copying " + source + " failed", e);
        } catch (SQLException e) {
            throw new IllegalStateException("copying " + source + " failed: " + e.getMessage(), e);
        }
    }

    /** Sets a parameter in a data directory; the last of several lines counts. */
    static void set(Path data, String parameter, String value) {
        try {
            Files.writeString(
                    data.resolve("postgresql.auto.conf"),
                    parameter + " = '" + value + "'\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
        Files.createDirectory(
                target.resolve(source.relativize(directory)),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Path relative = source.relativize(file);
        if (OMITTED_FILES.contains(relative.toString())
                || (relative.getNameCount() > 1
                        && emptied.contains(relative.getName(0).toString()))) {
            return FileVisitResult.CONTINUE;
        }
        try {
            Files.copy(file, target.resolve(relative));
        } catch (NoSuchFileException e) {
            return FileVisitResult.CONTINUE; // dropped meanwhile, as the log will tell
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
        if (failure instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw failure;
    }
}
