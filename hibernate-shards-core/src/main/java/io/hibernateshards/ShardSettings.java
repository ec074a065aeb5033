package io.hibernateshards;

/**
 * The settings, for {@code hibernate.properties}, {@code persistence.xml}, or any other place that Hibernate reads its
 * settings from. A name that is not listed here is an error at start, and so is every value that cannot be used; one
 * error tells all of them. <code>${name}</code> in a value stands for a system property or an environment variable.
 *
 * <p>Every JVM of an application must have the same values, but for user names, passwords, pools, {@link #ID_WORKER} and
 * {@link #QUERY_PARALLELISM}.
 *
 * @since 0.1
 */
public final class ShardSettings {
    /** What all the names begin with. */
    public static final String PREFIX = "hibernate.shards.";

    /**
     * Names the shards. Turns sharding on.
     *
     * <p>Expects names as {@link ShardId#name()} has them, separated by commas. The order matters only
     * for databases without rows: later the recorded topology counts.
     *
     * <p>No default: without it this library leaves Hibernate alone.
     */
    public static final String SHARDS = "hibernate.shards.shards";

    /**
     * Begins the settings of one shard: {@code hibernate.shards.shard.<name>.url}, a PostgreSQL JDBC URL, which must be
     * there; {@code .username} and {@code .password}, by default those for all shards; {@code .pool.<property>}, by default
     * that for all shards; {@code .weight}, see {@link #ASSIGNMENT}; {@code .buckets}, see {@link #ASSIGNMENT};
     * {@code .replica.<name>.url} of each of its replicas, with {@code .username}, {@code .password} and {@code
     * .pool.<property>}, by default the shard's, and {@code .weight}, a whole number from 1 to 1000, 1 by default: how much of
     * the reads it gets; {@code .listen-url}, where {@link #CACHE_COHERENCE} listens if {@code .url} leads to a PgBouncer that
     * pools transactions, which cannot do that, by default the primary's URL.
     *
     * <p>A shard may be a schema of a database that others share: {@code ?currentSchema=shop3} in the URL.
     */
    public static final String SHARD = "hibernate.shards.shard";

    /**
     * The user of every shard that has none of its own.
     *
     * <p>Defaults to what the URL says.
     */
    public static final String USERNAME = "hibernate.shards.username";

    /**
     * The password of every shard that has none of its own. It is never logged.
     *
     * <p>Defaults to what the URL says.
     */
    public static final String PASSWORD = "hibernate.shards.password";

    /**
     * Begins the settings of the connection pools, one a shard: {@code hibernate.shards.pool.maximum-pool-size} and HikariCP's
     * other properties that shape a pool, in milliseconds where they are times.
     *
     * <p>HikariCP's defaults, but for {@code connection-timeout}, 5000, and {@code minimum-idle}, 1.
     */
    public static final String POOL = "hibernate.shards.pool";

    /**
     * How buckets are spread over the shards.
     *
     * <p>Expects {@code even}; {@code consistent-hash}, which heeds {@code hibernate.shards.shard.<name>.weight}, a number
     * from 0 to 1000, 1 by default; or {@code explicit}, where {@code hibernate.shards.shard.<name>.buckets} names each
     * shard's, such as {@code 0-4095,8000}.
     *
     * <p>Defaults to {@code even}. Of databases with rows the recorded topology counts, and a start that contradicts it is
     * refused.
     */
    public static final String ASSIGNMENT = "hibernate.shards.assignment";

    /**
     * How many points of the ring a shard of weight 1 has.
     *
     * <p>Only used by the assignment {@code consistent-hash}. Expects a whole number above 0. Defaults to 150.
     */
    public static final String VIRTUAL_NODES = "hibernate.shards.assignment.virtual-nodes";

    /**
     * Puts buckets on a shard of their own, whatever the assignment says: {@code hibernate.shards.pin.4711} or {@code
     * hibernate.shards.pin.100-199} with a shard's name as the value.
     *
     * <p>No default.
     */
    public static final String PIN = "hibernate.shards.pin";

    /**
     * Defines a bucket function for {@link ShardKey#function()}: {@code hibernate.shards.function.<name>} is {@code range},
     * {@code list}, {@code directory}, {@code hash} or a class that implements {@link io.hibernateshards.spi.BucketFunction};
     * {@code hibernate.shards.function.<name>.<setting>} is one of its own settings.
     *
     * <p>{@code hash} and {@code id} are always there.
     */
    public static final String FUNCTION = "hibernate.shards.function";

    /**
     * The shard that holds the catalog schema, where worker numbers are leased and directories are kept.
     *
     * <p>Expects the name of a shard. Defaults to the one that is recorded, of empty databases to the first
     * one.
     */
    public static final String CATALOG_SHARD = "hibernate.shards.catalog.shard";

    /**
     * Accepts databases that are not the recorded ones, or another topology, at one start: {@code east@<system>/<database>} a
     * database that has taken the place of the shard {@code east}, moved by a dump for instance, and {@code
     * topology@<fingerprint>} the topology of the settings, after all rows were moved by hand. The error that refuses a start
     * names the value. Each accepts exactly one database or topology, so that a setting left behind does nothing more. A
     * sample of the rows is looked at before.
     *
     * <p>Expects such values, separated by commas. By default nothing is accepted.
     */
    public static final String ADOPT = "hibernate.shards.adopt";

    /**
     * The catalog schema. It is created when it is first needed.
     *
     * <p>Expects a name, without quotes. Defaults to {@code hibernate_shards}.
     */
    public static final String CATALOG_SCHEMA = "hibernate.shards.catalog.schema";

    /**
     * Fixes the worker number in generated ids, instead of leasing one.
     *
     * <p>Expects 0 to 31. No two JVMs that run at the same time may have the same one. By default numbers are leased.
     */
    public static final String ID_WORKER = "hibernate.shards.id.worker";

    /**
     * How long a leased worker number stays reserved for a JVM that is not heard of.
     *
     * <p>Expects milliseconds, at least 300. Defaults to 60000.
     */
    public static final String ID_LEASE = "hibernate.shards.id.lease";

    /**
     * How long to wait for a clock that stepped back, before ids are refused.
     *
     * <p>Expects milliseconds. Defaults to 100.
     */
    public static final String ID_CLOCK_WAIT = "hibernate.shards.id.clock-wait";

    /**
     * Whether the tables refuse rows that belong to another shard. Needs the schema to be created or updated by Hibernate,
     * or {@link ShardedSessionFactory#guardScript}.
     *
     * <p>Expects {@code none} or {@code check}. Defaults to {@code none}: only what sessions write is checked, in the JVM.
     */
    public static final String GUARD_DATABASE = "hibernate.shards.guard.database";

    /**
     * How many shards one transaction may write.
     *
     * <p>Expects {@code two-phase}: any number, and all of them commit or none, whatever crashes; the servers must have
     * {@code max_prepared_transactions} above 0. Or {@code single-shard}: a write to a second shard is refused with {@link
     * ShardErrorCode#CROSS_SHARD_TRANSACTION} before anything of it is sent. Or {@code best-effort}: the shards commit one
     * after the other, and if one of them cannot, those before it have committed, which {@link
     * ShardErrorCode#PARTIAL_COMMIT} tells. {@link ShardHints#TRANSACTION_MODE} says otherwise for a session. Defaults to
     * {@code two-phase}; to {@code single-shard}, with a warning at the start, if a server has {@code
     * max_prepared_transactions = 0}.
     */
    public static final String TRANSACTION_MODE = "hibernate.shards.transaction.mode";

    /**
     * How often each JVM looks for transactions over several shards that a crash has left unfinished, and finishes them.
     *
     * <p>Every JVM looks at its start; only those that use the transaction mode {@code two-phase} do so again. Expects milliseconds, at least 100. Defaults to 60000.
     */
    public static final String TRANSACTION_RECOVERY_INTERVAL = "hibernate.shards.transaction.recovery-interval";

    /**
     * How long decisions of transactions over several shards are kept. Recovery needs a decision if a server comes back
     * that has prepared a branch and lacks its end: a standby that takes over without the last commits, or a restored
     * backup. Set it to more than the age of the oldest backup that you would restore. A million decisions take 370 MB.
     *
     * <p>Expects hours, at least 1. Defaults to 168, a week.
     */
    public static final String TRANSACTION_DECISION_RETENTION = "hibernate.shards.transaction.decision-retention";

    /**
     * How many decisions each shard keeps at most, whatever their age; the oldest go first.
     *
     * <p>Expects a whole number, at least 1000. Defaults to 10000000.
     */
    public static final String TRANSACTION_MAX_DECISIONS = "hibernate.shards.transaction.max-decisions";

    /**
     * How long a transaction that has locked rows of several shards waits for a lock. It then fails with {@link
     * ShardErrorCode#CROSS_SHARD_DEADLOCK}, as it may wait for a transaction, of another JVM, that waits for it on another
     * shard. Transactions that lock rows of one shard only wait as on plain PostgreSQL.
     *
     * <p>Expects milliseconds; 0 for no bound. Defaults to 10000.
     */
    public static final String TRANSACTION_LOCK_TIMEOUT = "hibernate.shards.transaction.lock-timeout";

    /**
     * How fresh what sessions read that only read must be, if they do not say so themselves.
     *
     * <p>Expects {@code strong}, {@code session}, {@code eventual} or {@code bounded:<milliseconds>}; see {@link
     * Consistency}. Defaults to {@code session}.
     */
    public static final String CONSISTENCY = "hibernate.shards.consistency";

    /**
     * How often the servers of shards that have replicas are asked how far they are.
     *
     * <p>Expects milliseconds, 10 or more. Defaults to 250.
     */
    public static final String REPLICA_PROBE_INTERVAL = "hibernate.shards.replica.probe-interval";

    /**
     * How long a read waits for a replica to catch up, before the primary is asked.
     *
     * <p>Expects milliseconds; 0 to ask the primary at once. Defaults to 20.
     */
    public static final String REPLICA_MAX_WAIT = "hibernate.shards.replica.max-wait";

    /**
     * How many JVMs use these servers at a time. With it the start warns if their pools together could ask a server for more
     * connections than it allows.
     *
     * <p>Expects a whole number above 0. Defaults to 1.
     */
    public static final String JVMS = "hibernate.shards.jvms";

    /**
     * The most threads that operations on several shards may use at a time, all sessions taken together, besides their own.
     *
     * <p>Expects a whole number above 0. Defaults to 4 for each shard, at most 64.
     */
    public static final String QUERY_PARALLELISM = "hibernate.shards.query.parallelism";

    /**
     * Whether queries may ask several shards. A query that one shard answers always may.
     *
     * <p>Expects {@code allow}; {@code warn}, which logs each such query once, at WARN; or {@code deny}, which refuses it
     * with {@link ShardErrorCode#QUERY_BUDGET} before anything is sent. {@link ShardHints#SCATTER} says otherwise for one
     * query. Defaults to {@code allow}.
     */
    public static final String QUERY_SCATTER = "hibernate.shards.query.scatter";

    /**
     * The most shards that a query may ask; one that would ask more is refused with {@link ShardErrorCode#QUERY_BUDGET}
     * before anything is sent. {@link ShardHints#MAX_SHARDS} says otherwise for one query.
     *
     * <p>Expects a whole number above 0. By default there is no limit.
     */
    public static final String QUERY_MAX_SHARDS = "hibernate.shards.query.max-shards";

    /**
     * The most rows that a query over several shards may take from all of them together, before they are merged; it fails
     * with {@link ShardErrorCode#QUERY_BUDGET} once there are more. Streams are not limited, as they hold few rows at a
     * time. {@link ShardHints#MAX_ROWS} says otherwise for one query.
     *
     * <p>Expects a whole number above 0. By default there is no limit.
     */
    public static final String QUERY_MAX_ROWS = "hibernate.shards.query.max-rows";

    /**
     * The most milliseconds that a query over several shards may take, with all its steps; past it, its statements are
     * cancelled and it fails with {@link jakarta.persistence.QueryTimeoutException}. Of a stream, reading its rows does not
     * count. A query's own time-out goes before it, and {@link ShardHints#MAX_TIME} says otherwise for one query.
     *
     * <p>Expects a whole number above 0. By default there is no limit.
     */
    public static final String QUERY_MAX_TIME = "hibernate.shards.query.max-time";

    /**
     * The most rows that one query may copy from shard to shard, over all tables together, where the shards cannot answer
     * one by one; it fails with {@link ShardErrorCode#QUERY_BUDGET} once there are more. {@link ShardHints#GATHER_LIMIT}
     * says otherwise for one query.
     *
     * <p>Expects a whole number; 0 refuses such queries before anything is sent. Defaults to 100000.
     */
    public static final String QUERY_GATHER_LIMIT = "hibernate.shards.query.gather-limit";

    /**
     * The most rows that a gathered query of HQL or criteria sends from other shards within its own SQL. A query that needs more
     * copies them into temporary tables, which takes more round trips and changes the server's catalog. {@link
     * ShardHints#INLINE_LIMIT} overrides it for one query.
     *
     * <p>Expects a whole number; with 0 all gathered queries use temporary tables. Defaults to 1000.
     */
    public static final String QUERY_INLINE_LIMIT = "hibernate.shards.query.inline-limit";

    /**
     * Signs the cursors of {@linkplain ShardedQuery#getCursoredPage(int) cursored pages}. It is never logged.
     *
     * <p>Expects at least 16 characters, the same in every JVM. By default each JVM makes one of its own when it starts, and
     * cursors are valid there until it ends.
     */
    public static final String QUERY_CURSOR_SECRET = "hibernate.shards.query.cursor-secret";

    /**
     * Counts one of so many finds by id, for {@link ShardedSessionFactory#getHotKeys()} and the log.
     *
     * <p>Expects a whole number; 1 counts all of them, 0 none. Defaults to 16, which costs less than a hundredth of the
     * cheapest find.
     */
    public static final String HOT_KEYS_SAMPLE = "hibernate.shards.hot-keys.sample";

    /**
     * The share of a shard's finds by id from which a single key is logged, at INFO, every ten minutes, under {@code
     * io.hibernateshards.hot}. A shard is left out that had fewer than 10,000 finds in the last minutes.
     *
     * <p>Expects per cent, from 1 to 100, or 0 to log nothing. Defaults to 10.
     */
    public static final String HOT_KEYS_LOG_SHARE = "hibernate.shards.hot-keys.log-share";

    /**
     * Whether that log tells ids. They may be what nobody but the application should read, such as e-mail addresses.
     *
     * <p>Expects {@code true} or {@code false}. Defaults to {@code false}: it tells entities and shares.
     */
    public static final String HOT_KEYS_LOG_IDS = "hibernate.shards.hot-keys.log-ids";

    /**
     * Begins the settings of the second-level cache that {@code hibernate.cache.region.factory_class = caffeine-shards} turns
     * on. Plain session factories may have them, too: they alone do not turn sharding on.
     *
     * <p>For all regions, or for one as {@code hibernate.shards.cache.region.<region>.<setting>}: {@code max-entries}, or
     * {@code max-weight}, where an entity weighs as many as it has attributes and a collection as many as it has elements;
     * {@code expire-after-write} and {@code expire-after-access}, in milliseconds; {@code hot-life}, in milliseconds, up to
     * which reads lengthen the life that {@code expire-after-write} gives, as {@link HotEntity} tells. A region that says
     * anything of its size, or of its expiry, takes nothing of that from what is said for all.
     *
     * <p>{@code max-entries} defaults to 10000 for each region. By default nothing expires; with {@code hot-life}, {@code
     * expire-after-write} defaults to 300000, or to {@code hot-life} if that is less.
     *
     * <p>{@code hibernate.shards.cache.load-wait} is how long a session waits for another one that loads the same, in
     * milliseconds; 0 for not at all. Defaults to 1000.
     */
    public static final String CACHE = "hibernate.shards.cache";

    /**
     * How the second-level caches of several JVMs learn what the others change. All JVMs that write must have the same value,
     * and the same mapping.
     *
     * <p>Only for the cache {@code caffeine-shards}. Expects {@code none}; {@code notify}, PostgreSQL's NOTIFY, behind the
     * commit; or the name of a class that implements {@link io.hibernateshards.spi.InvalidationBus}. Defaults to {@code
     * none}: right for one JVM only.
     */
    public static final String CACHE_COHERENCE = "hibernate.shards.cache.coherence";

    /**
     * Who is told of what sessions do.
     *
     * <p>Expects a {@link io.hibernateshards.spi.ShardObserver}, or the name of a class with a public constructor without
     * parameters that implements it. By default there is none.
     */
    public static final String OBSERVER = "hibernate.shards.observer";

    private ShardSettings() {}
}
