package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names transactions over several shards, and their branches, for people and for recovery. {@code
 * hibernate-shards/shop/4711@web3/20260131T235959.999/1x8b4fq3-7/k2v9/east/2-west} is branch 2, on shard west, of the
 * seventh transaction of the JVM 4711@web3 of application shop, decided on shard east, whose decision log is k2v9. Never
 * longer than the 199 bytes that PostgreSQL allows.
 */
final class TransactionNames {
    /** What all names begin with. */
    static final String PREFIX = "hibernate-shards/";

    private static final Pattern BRANCH =
            Pattern.compile("(" + PREFIX + "[^/]*/[^/]*/[^/]*/[^/]*/([^/]+)/[^/]+)/(\\d{1,9})-([^/]+)");
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._@-]");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS").withZone(ZoneOffset.UTC);

    private final String origin;
    private final String unique = Long.toString(new SecureRandom().nextLong() >>> 1, 36);
    private final AtomicLong count = new AtomicLong();

    TransactionNames(String application) {
        origin = PREFIX + part(application, 16) + "/"
                + part(ManagementFactory.getRuntimeMXBean().getName(), 32) + "/";
    }

    /** The name of a new transaction, which no other has ever had. */
    String next(String log, ShardId deciding) {
        return origin + TIME.format(Instant.now()) + "/" + unique + "-" + Long.toString(count.incrementAndGet(), 36)
                + "/" + log + "/" + part(deciding.name(), 20);
    }

    static String branch(String transaction, int number, ShardId shard) {
        return transaction + "/" + number + "-" + part(shard.name(), 20);
    }

    private static String part(String text, int length) {
        String safe = UNSAFE.matcher(text).replaceAll("_");
        return safe.substring(0, Math.min(safe.length(), length));
    }

    /**
     * What the name of a branch tells.
     *
     * @param transaction it belongs to
     * @param log the id of the decision log that rules it
     * @param number its place among the branches, in the order in which they end; the deciding one is 1
     * @param shard the beginning of the name of its shard
     */
    record Parsed(String transaction, String log, int number, String shard) {
        boolean isOf(ShardId other) {
            return shard.equals(part(other.name(), 20));
        }
    }

    /** Null if it is no name of ours. */
    static @Nullable Parsed parse(String branch) {
        Matcher matcher = BRANCH.matcher(branch);
        return matcher.matches()
                ? new Parsed(matcher.group(1), matcher.group(2), Integer.parseInt(matcher.group(3)), matcher.group(4))
                : null;
    }
}
