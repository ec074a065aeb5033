package io.hibernateshards.internal.id;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.spi.Catalog;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Makes the ids of {@link io.hibernateshards.ShardedId}. Needed before there is a session factory, so what it needs of one
 * is {@linkplain #connect connected} later.
 */
public final class ShardedIds implements ShardedIdGenerator.Source, AutoCloseable {
    private static final long serialVersionUID = 1L;

    /** The increment of the sequences of {@link IdStyle#SEQUENCE} ids. */
    public static final int SEQUENCE_INCREMENT = SequenceIds.POOL;

    private static final int MAX_DRAWS = 100_000;

    private record Connected(Router router, RowBuckets buckets, WorkerNumber worker) {}

    private final transient IdSettings settings;
    private final transient Clock clock;
    private final transient TimeIds timeBuckets;
    private final transient TimeIds snowflakes;
    private final transient UuidIds uuids;
    private final transient SequenceIds sequences = new SequenceIds();
    private transient volatile @Nullable Connected connected;

    public ShardedIds(IdSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        long wait = settings.clockWait().toMillis();
        timeBuckets = new TimeIds(
                IdBits::timeBucket,
                Buckets.COUNT,
                5,
                IdBits.MAX_TIME_BUCKET_MILLIS,
                () -> connected().worker(),
                clock,
                wait);
        snowflakes = new TimeIds(
                (millis, slot, worker, sequence) -> IdBits.snowflake(millis, worker, sequence),
                1,
                12,
                IdBits.MAX_SNOWFLAKE_MILLIS,
                () -> connected().worker(),
                clock,
                wait);
        uuids = new UuidIds(clock);
    }

    /** Hands over what exists only after the session factory was built; nothing is asked of the catalog yet. */
    public void connect(Router router, Catalog catalog) {
        WorkerNumber worker = settings.worker().isPresent()
                ? WorkerNumber.fixed(settings.worker().getAsInt())
                : new WorkerLease(catalog, settings, TimeIds.MAX_AHEAD, clock);
        connected = new Connected(router, new RowBuckets(router), worker);
    }

    /**
     * The sequence that {@link IdStyle#SEQUENCE} ids of an entity come from, one on each shard, with an increment of 64. All
     * entities of an inheritance tree share the root's, also where each has a table of its own: no two have the same id.
     */
    public static String sequenceOf(EntityPersister entity) {
        EntityPersister root =
                entity.getFactory().getMappingMetamodel().getEntityDescriptor(entity.getRootEntityName());
        return sequenceOf(root.getIdentifierTableName());
    }

    /** The same before there is a persister, from the table as SQL writes it. */
    public static String sequenceOf(String table) {
        return SequenceIds.sequenceOf(table);
    }

    /** To be called after sequences were dropped, made anew or moved: what was fetched from them before is not used. */
    public void forgetSequences() {
        sequences.forget();
    }

    @Override
    public Object next(IdStyle style, SharedSessionContractImplementor session, Object entity) {
        EntityPersister persister = session.getEntityPersister(null, entity);
        Connected to = connected();
        if (!(to.router().mapping().of(persister.getEntityName()) instanceof Sharded sharded)) {
            return make(style, ThreadLocalRandom.current().nextInt(Buckets.COUNT), session, persister);
        }
        if (to.router().generatesKey(sharded) && !(sharded.id() instanceof CarriesBucket)) {
            return hashed(style, sharded, session, persister, to.router());
        }
        int bucket = style == IdStyle.SNOWFLAKE ? 0 : to.buckets().of(sharded, session, shard(session), entity);
        return make(style, bucket, session, persister);
    }

    private Object make(IdStyle style, int bucket, SharedSessionContractImplementor session, EntityPersister entity) {
        return switch (style) {
            case TIME_BUCKET -> timeBuckets.next(bucket);
            case SNOWFLAKE -> snowflakes.next(0);
            case UUID_V7 -> uuids.next(bucket);
            case SEQUENCE ->
                IdBits.sequence(
                        sequences.next(shard(session), sequenceOf(entity), session.getJdbcConnectionAccess()), bucket);
        };
    }

    /** A key that is generated and then hashed may fall on any shard: draws until it is the session's. */
    private Object hashed(
            IdStyle style,
            Sharded placement,
            SharedSessionContractImplementor session,
            EntityPersister entity,
            Router router) {
        ShardId shard = shard(session);
        KeyAttribute key = router.rootKey(placement).get(0);
        for (int draw = 0; draw < MAX_DRAWS; draw++) {
            Object id = make(style, ThreadLocalRandom.current().nextInt(Buckets.COUNT), session, entity);
            int bucket = router.bucketOfKey(placement, new Object[] {router.relational(placement, key, id)});
            if (router.topology().shardOf(bucket).equals(shard)) {
                return id;
            }
        }
        throw new ShardingException(
                ShardErrorCode.ID_GENERATION,
                placement.entityName() + ": none of " + MAX_DRAWS + " generated keys belongs to shard \"" + shard
                        + "\"; does it own any bucket?");
    }

    private static ShardId shard(SharedSessionContractImplementor session) {
        if (session.getTenantIdentifierValue() instanceof ShardId shard) {
            return shard;
        }
        throw new ShardingException(
                ShardErrorCode.ID_GENERATION, "the session has no shard; open it from the ShardedSessionFactory");
    }

    /** Gives the worker number back. */
    @Override
    public void close() {
        Connected to = connected;
        if (to != null) {
            to.worker().close(Math.max(timeBuckets.highest(), snowflakes.highest()));
        }
    }

    private Connected connected() {
        Connected to = connected;
        if (to == null) {
            throw new IllegalStateException("no id can be made before the session factory is built");
        }
        return to;
    }
}
