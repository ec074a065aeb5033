package io.hibernateshards;

import jakarta.persistence.SynchronizationType;
import java.util.Map;
import org.hibernate.SessionFactory;

/**
 * A session factory over all shards. Safe for use by any number of threads.
 *
 * @since 0.1
 */
public interface ShardedSessionFactory extends SessionFactory {
    /**
     * The placement in force.
     *
     * @return the newest snapshot that this JVM knows
     */
    Topology getTopology();

    /**
     * The shard that holds, or would hold, an entity with this key.
     *
     * @param entityClass a sharded or single-shard entity
     * @param key one value for each attribute of the root's key
     * @return the shard
     * @throws ShardingException if the entity is not placed by a key, or a value is not of the key's type
     */
    ShardId locate(Class<?> entityClass, Object... key);

    /**
     * Writes reference entities to every shard.
     *
     * @return the same object at every call
     */
    ReferenceData getReferenceData();

    @Override
    ShardedSession openSession();

    @Override
    ShardedSession getCurrentSession();

    @Override
    ShardedStatelessSession openStatelessSession();

    @Override
    ShardedSession createEntityManager();

    @Override
    ShardedSession createEntityManager(Map<?, ?> map);

    @Override
    ShardedSession createEntityManager(SynchronizationType synchronizationType);

    @Override
    ShardedSession createEntityManager(SynchronizationType synchronizationType, Map<?, ?> map);
}
