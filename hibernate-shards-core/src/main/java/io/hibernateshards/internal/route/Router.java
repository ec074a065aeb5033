package io.hibernateshards.internal.route;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.IdPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.KeyGroup;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.topology.IdBits;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.hibernate.HibernateException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** Answers where a key, an id or an instance lives. Safe for any number of threads; keeps no shard beyond a call. */
public final class Router {
    /** No row with this key or id can exist. */
    public static final int NO_BUCKET = -1;

    /** The id says nothing about the bucket. */
    public static final int UNKNOWN_BUCKET = -2;

    private final ShardMapping mapping;
    private final Supplier<Topology> topology;
    private final SessionFactoryImplementor factory;
    private final ConcurrentMap<String, EntityAccess> accesses = new ConcurrentHashMap<>();
    private final InstancePlaces instances = new InstancePlaces(this);

    /** Of the snapshot that was last seen; made anew when another one is in force. */
    private volatile Targets targets;

    public Router(ShardMapping mapping, Supplier<Topology> topology, SessionFactoryImplementor factory) {
        this.mapping = mapping;
        this.topology = topology;
        this.factory = factory;
        targets = new Targets(topology.get());
    }

    public ShardMapping mapping() {
        return mapping;
    }

    /** The snapshot in force; take it once for one operation. */
    public Topology topology() {
        return topology.get();
    }

    /**
     * The shards that may hold an entity with this key.
     *
     * @param key the root's key as its attributes hold it (an enum, not its column's value)
     * @throws ShardingException if a value is null or of another type, or there are too many or too few
     */
    public Target byKey(Sharded placement, List<?> key) {
        Object[] relational = KeyValues.relational(
                access(placement).attributes(), key, placement.entityName(), factory.getWrapperOptions());
        return targets().of(placement.group().function().find(relational));
    }

    /**
     * The shards that may hold the entity with this id; all shards that own a bucket where the id is silent.
     *
     * @throws IllegalArgumentException for a reference entity, which every shard holds: the caller chooses one
     */
    public Target byId(EntityPlacement placement, Object id) {
        if (placement instanceof Sharded sharded) {
            int bucket = bucketOfId(sharded, id);
            return bucket == UNKNOWN_BUCKET ? targets().all() : targets().of(bucket);
        }
        if (placement instanceof EntityPlacement.Single single) {
            return targets().of(single.shard());
        }
        throw new IllegalArgumentException(placement.entityName() + " is on every shard; choose one");
    }

    /**
     * Where an instance of a sharded entity lives or is to be stored: by its key, by its parent, by its id. Loads nothing.
     *
     * @param attached the shard of the child session that an instance is attached to
     * @return null if nothing tells: a root without a key whose id is still to be generated, or a silent id
     * @throws ShardingException if the key, or the association that leads to it, is null and nothing else tells
     */
    public @Nullable Place placeOf(Sharded placement, Object entity, Attached attached) {
        return instances.placeOf(access(placement), entity, attached);
    }

    /**
     * The bucket that a row with this key is stored in; a directory may assign one.
     *
     * @param relationalKey the values as the database holds them, in the order of the key
     * @throws ShardingException if the key has no bucket
     */
    public int bucketOfKey(Sharded placement, Object[] relationalKey) {
        try {
            return placement.group().function().bucket(relationalKey);
        } catch (IllegalArgumentException e) {
            throw new ShardingException(
                    ShardErrorCode.SHARD_KEY_MISSING,
                    placement.entityName() + ": the function \""
                            + placement.group().functionName()
                            + "\" has no bucket for the shard key " + Arrays.toString(relationalKey) + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * The bucket of the row with this id, which is only asked for, not stored.
     *
     * @return {@link #NO_BUCKET} or {@link #UNKNOWN_BUCKET} if it is none
     */
    public int bucketOfId(Sharded placement, Object id) {
        IdPlacement what = placement.id();
        if (what instanceof Silent) {
            return UNKNOWN_BUCKET;
        }
        if (what instanceof CarriesBucket carries) {
            return IdBits.bucket(carries.style(), coerced(placement, id));
        }
        Object[] key = keyInId(access(placement), id);
        return key == null ? NO_BUCKET : placement.group().function().find(key);
    }

    /**
     * The bucket that may hold a key.
     *
     * @param relationalKey the values as the database holds them, in the order of the key, none of them null
     * @return empty if no row with this key can exist
     */
    public Buckets bucketsByKey(KeyGroup group, Object[] relationalKey) {
        int bucket = group.function().find(relationalKey);
        return bucket < 0 ? Buckets.NONE : Buckets.of(bucket);
    }

    /**
     * The buckets that may hold keys between two bounds, for keys of one attribute.
     *
     * @param from the lower bound as the database holds it, inclusive, or null for none
     * @param to the upper bound, inclusive, or null for none
     */
    public Buckets bucketsBetween(KeyGroup group, @Nullable Object from, @Nullable Object to) {
        return group.function().between(from, to);
    }

    /** The owners of the buckets under the topology in force. */
    public Target byBuckets(Buckets buckets) {
        return targets().of(buckets);
    }

    /** Every shard that owns a bucket. */
    public Target everywhere() {
        return targets().all();
    }

    /**
     * A key attribute's value as the database holds it.
     *
     * @param value as the attribute holds it
     * @throws ShardingException if it is null or not of the attribute's type
     */
    public Object relational(Sharded placement, KeyAttribute attribute, @Nullable Object value) {
        return KeyValues.relational(attribute, value, placement.entityName(), factory.getWrapperOptions());
    }

    /** The attributes of the root's key, for a root and for all that live with it. */
    public List<KeyAttribute> rootKey(Sharded placement) {
        return access(placement).attributes();
    }

    /** What an instance of an entity that lives with another points to, loaded or not; null for a root. */
    public @Nullable Object parentOf(Sharded placement, Object entity) {
        return placement.key() instanceof ParentKey
                ? access(placement).key().get(0).read(entity)
                : null;
    }

    /** An instance's id, or null if it is still to be generated. */
    public @Nullable Object idOf(Sharded placement, Object entity) {
        return access(placement).idOf(entity);
    }

    /** Whether the key of a root is its id and is made with it, so that a new instance may live in any bucket. */
    public boolean generatesKey(Sharded placement) {
        return access(placement).keyGenerated();
    }

    /** Makes an id the mapped type, such as an Integer a Long, as Hibernate does for find. */
    private Object coerced(Sharded placement, Object id) {
        JavaType<?> type = access(placement)
                .persister()
                .getIdentifierMapping()
                .getSingleJdbcMapping()
                .getJavaTypeDescriptor();
        if (type.isInstance(id)) {
            return id;
        }
        try {
            return type.cast(type.coerce(id));
        } catch (HibernateException | ClassCastException e) {
            throw new ShardingException(
                    ShardErrorCode.SHARD_KEY_MISSING,
                    placement.entityName() + ": an id of type " + id.getClass().getName()
                            + " was given, the mapped type is "
                            + type.getJavaTypeClass().getName() + "; pass a value of the mapped type",
                    e);
        }
    }

    /** The key's values inside an id that holds them, as the database holds them; null if one of them is. */
    Object @Nullable [] keyInId(EntityAccess access, Object id) {
        Object[] key = new Object[access.inId().size()];
        for (int i = 0; i < key.length; i++) {
            Object value = access.inId().get(i).read(id);
            if (value == null) {
                return null;
            }
            key[i] = relational(access.placement(), access.attributes().get(i), value);
        }
        return key;
    }

    /** Where the row with an id is or will be stored; null if the id says nothing. */
    @Nullable
    Place placeOfId(EntityAccess access, Object id) {
        Sharded placement = access.placement();
        if (placement.id() instanceof HoldsKey) {
            Object[] key = keyInId(access, id);
            return key == null ? null : place(bucketOfKey(placement, key));
        }
        int bucket = bucketOfId(placement, id);
        return bucket < 0 ? null : place(bucket);
    }

    Place place(int bucket) {
        return new Place(bucket, topology.get().shardOf(bucket));
    }

    EntityAccess access(Sharded placement) {
        EntityAccess access = accesses.get(placement.entityName());
        return access != null
                ? access
                : accesses.computeIfAbsent(
                        placement.entityName(), name -> EntityAccess.of(placement, mapping, factory));
    }

    EntityAccess access(String entityName) {
        if (mapping.of(entityName) instanceof Sharded sharded) {
            return access(sharded);
        }
        throw new IllegalArgumentException(entityName + " has no shard key");
    }

    private Targets targets() {
        Topology now = topology.get();
        Targets known = targets;
        if (known.topology() != now) {
            known = new Targets(now);
            targets = known;
        }
        return known;
    }
}
