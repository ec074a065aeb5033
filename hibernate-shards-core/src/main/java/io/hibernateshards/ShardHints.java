package io.hibernateshards;

/**
 * The hints that {@code setHint} of a query takes beside Hibernate's own. A hint holds for that query object alone and goes
 * before the setting of the same name. One that does not exist, or a value that cannot be used, is an {@link
 * IllegalArgumentException}. {@code @QueryHint} gives them to named SQL; of named HQL Hibernate keeps only its own.
 *
 * <p>SQL and stored procedures are text to this library, so over several shards they need one of {@link #KEY}, {@link
 * #SHARD} and {@link #ALL}. HQL and criteria find their shards by themselves; {@link #KEY} and {@link
 * #SHARD} make them ask one shard only, as if there were no other.
 *
 * @since 0.1
 */
public final class ShardHints {
    /**
     * Whether the query may ask several shards.
     *
     * <p>Expects {@code allow}, {@code warn} or {@code deny}. Defaults to {@link ShardSettings#QUERY_SCATTER}.
     */
    public static final String SCATTER = ShardSettings.QUERY_SCATTER;

    /**
     * The most shards that the query may ask.
     *
     * <p>Expects a whole number above 0. Defaults to {@link ShardSettings#QUERY_MAX_SHARDS}.
     */
    public static final String MAX_SHARDS = ShardSettings.QUERY_MAX_SHARDS;

    /**
     * The most rows that the query may take from all shards together.
     *
     * <p>Expects a whole number above 0. Defaults to {@link ShardSettings#QUERY_MAX_ROWS}.
     */
    public static final String MAX_ROWS = ShardSettings.QUERY_MAX_ROWS;

    /**
     * The most milliseconds that the query may take if several shards are asked. JPA's own {@code
     * jakarta.persistence.query.timeout} goes before it, and holds for one shard too.
     *
     * <p>Expects a whole number above 0. Defaults to {@link ShardSettings#QUERY_MAX_TIME}.
     */
    public static final String MAX_TIME = ShardSettings.QUERY_MAX_TIME;

    /**
     * The most rows that the query may copy from shard to shard.
     *
     * <p>Expects a whole number, 0 for none. Defaults to {@link ShardSettings#QUERY_GATHER_LIMIT}.
     */
    public static final String GATHER_LIMIT = ShardSettings.QUERY_GATHER_LIMIT;

    /**
     * The most rows of other shards that the query may send within its own SQL if it is gathered.
     *
     * <p>Expects a whole number, 0 for temporary tables. Defaults to {@link ShardSettings#QUERY_INLINE_LIMIT}.
     */
    public static final String INLINE_LIMIT = ShardSettings.QUERY_INLINE_LIMIT;

    /**
     * The shard that owns a shard key.
     *
     * <p>Expects the key's value as the entity maps it, or {@link ShardKeys} for a key of several. A string is taken for
     * any type that can be read from one. If entities are placed by different functions or key types, {@link #ENTITY} has
     * to say which one is meant.
     */
    public static final String KEY = "hibernate.shards.query.key";

    /**
     * The entity whose key {@link #KEY} is.
     *
     * <p>Expects a class or an entity name. Only needed where the application has more than one kind of key.
     */
    public static final String ENTITY = "hibernate.shards.query.entity";

    /**
     * One shard by its name.
     *
     * <p>Expects a {@link ShardId} or a string.
     */
    public static final String SHARD = "hibernate.shards.query.shard";

    /**
     * Every shard: the statement runs on each by itself. The rows of all are put one after the other, update counts are
     * added up. Only for SQL.
     *
     * <p>Expects {@code true} or {@code false}.
     *
     * <p><b>Warning:</b> nothing is merged. An {@code order by}, a {@code limit}, an aggregate or a join in the SQL is
     * each shard's own, and a reference entity's rows come once from every shard. {@code setMaxResults} and {@code
     * setFirstResult} hold for the whole.
     */
    public static final String ALL = "hibernate.shards.query.all";

    /**
     * Whether SQL that reads is answered as one database would: the tables that it names are copied from all shards to
     * temporary ones on one shard, and it runs there once. Only for SQL, and for scalars, tuples and instances of other
     * classes than entities. {@link #GATHER_LIMIT} says how many rows may be copied; all rows of each table count.
     *
     * <p>Expects {@code true} or {@code false}, the default.
     */
    public static final String GATHER = "hibernate.shards.query.gather";

    /**
     * Whether a query over several shards may do without those that cannot be reached: a shard that gives no connection,
     * loses it, or runs out of the query's time is left out, and the answer is made of the others' rows. {@link
     * ShardedQuery#missingShards()} tells which were left out, and a line in the log at WARN does. If no shard can be
     * reached the query fails as without the hint, and so does one that a single shard answers.
     *
     * <p>Expects {@code true} or {@code false}, the default. Only for {@code getResultList} and what is made of it, such as
     * {@code getSingleResult}, and for {@code getResultCount}; statements that write, streams, scrolls and keyed pages are
     * refused with it.
     *
     * <p><b>Warning:</b> counts, sums and other aggregates are then those of the shards that answered.
     */
    public static final String PARTIAL = "hibernate.shards.query.partial";

    /**
     * How many shards a transaction may write. Not of a query but of an entity manager: give it to {@code setProperty}, or
     * to {@code createEntityManager}. It holds for the transaction that is active, unless that has written a second shard
     * already, and for those to come until it is set again.
     *
     * <p>Expects a {@link TransactionMode}, or a string as the setting. Defaults to {@link ShardSettings#TRANSACTION_MODE}.
     *
     * @see ShardedSession#setTransactionMode
     */
    public static final String TRANSACTION_MODE = ShardSettings.TRANSACTION_MODE;

    /**
     * How fresh what the query reads must be. Outside a transaction, and in sessions that only read, it may then be read from
     * a replica. Within a transaction that may write, queries read where that transaction writes, whatever this says.
     *
     * <p>Expects a {@link Consistency}, or a string as the setting. Defaults to the session's.
     *
     * <p>Of an entity manager, given to {@code setProperty} or {@code createEntityManager}, it is that of the session.
     */
    public static final String CONSISTENCY = ShardSettings.CONSISTENCY;

    /**
     * Whether the session only reads from now on, and so may read from replicas; what would write is refused. Not of a query
     * but of an entity manager: give it to {@code setProperty} while no transaction is active, or to {@code
     * createEntityManager}.
     *
     * <p>Expects {@code true} or {@code false}, the default.
     *
     * @see ShardedSession#setReadsOnly
     */
    public static final String READS_ONLY = "hibernate.shards.reads-only";

    private ShardHints() {}
}
