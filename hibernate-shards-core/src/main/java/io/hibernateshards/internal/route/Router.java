package io.hibernateshards.internal.route;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/** Answers where a key, an id or an instance lives. Safe for any number of threads; keeps no shard beyond a call. */
@SuppressWarnings("DoNotCallSuggester")
public final class Router {
    private final ShardMapping mapping;
    private final Supplier<Topology> topology;
    private final SessionFactoryImplementor factory;

    public Router(ShardMapping mapping, Supplier<Topology> topology, SessionFactoryImplementor factory) {
        this.mapping = mapping;
        this.topology = topology;
        this.factory = factory;
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
     */
    public Target byKey(EntityPlacement.Sharded placement, List<?> key) {
        throw new IllegalStateException(placement + " " + key + factory);
    }

    /** The shards that may hold the entity with this id; all shards that own a bucket where the id is silent. */
    public Target byId(EntityPlacement placement, Object id) {
        throw new IllegalStateException(placement + " " + id);
    }

    /**
     * Where an instance of a sharded entity lives or is to be stored: by its key, by its parent, by its id.
     *
     * @param attached the shard of the child session that an instance is attached to, or null
     * @return null if nothing tells: a root without a key whose id is still to be generated, or a silent id
     */
    public @Nullable Place placeOf(
            EntityPlacement.Sharded placement, Object entity, Function<Object, @Nullable ShardId> attached) {
        throw new IllegalStateException(placement + " " + entity + attached);
    }
}
