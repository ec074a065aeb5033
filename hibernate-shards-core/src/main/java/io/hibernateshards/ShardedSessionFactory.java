package io.hibernateshards;

import jakarta.persistence.SynchronizationType;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import javax.transaction.xa.XAResource;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * A session factory over all shards. Safe for use by any number of threads.
 *
 * @since 0.1
 */
public interface ShardedSessionFactory extends SessionFactory {
    /**
     * The parameter of a server's session that names the shard, for scripts that run on all shards. The starter sets it on the
     * connections of migrations; elsewhere it is set by {@code set hibernate_shards.shard = '<name>'}.
     *
     * @since 0.1
     */
    String SHARD_PARAMETER = "hibernate_shards.shard";

    /**
     * The placement in force.
     *
     * @return the newest snapshot that this JVM knows
     */
    Topology getTopology();

    /**
     * Which shards these are: the identifier of the cluster, the fingerprint of the topology, and the database of each shard.
     * Never waits for a server.
     *
     * @return as this JVM has checked and recorded it; the log has the same at the start
     */
    ClusterIdentity getClusterIdentity();

    /**
     * SQL that guards the tables of a shard, as {@link ShardSettings#GUARD_DATABASE} does where Hibernate makes the schema: for
     * a migration tool or an administrator. The tables have to be there. It takes the shard's name from the parameter
     * {@value #SHARD_PARAMETER}, which the starter's migrations set, so it is the same text for all shards whose schema
     * is called the same. It may run again, and does not change buckets that are written down. Reads the name of the schema
     * from the shard.
     *
     * @param shard whose schema is guarded
     * @return statements that end with semicolons
     * @throws ShardingException if the shard cannot be asked
     * @since 0.1
     */
    String guardScript(ShardId shard);

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
     * The shard that owns a shard key, as the hints {@link ShardHints#KEY} and {@link ShardHints#ENTITY} name it.
     *
     * @param key a string is taken for any type that can be read from one
     * @param entity a class or the name of an entity; null where the application has one kind of key only
     * @return the shard
     * @throws ShardingException if there is none, or it needs the entity
     */
    ShardId locate(ShardKeys key, @Nullable Object entity);

    /**
     * A connection to the primary of a shard, from its pool and apart from all sessions: for SQL and libraries that are to
     * have one server.
     *
     * @param shard which one
     * @return with auto-commit off; closing it gives it back, and rolls back what was not committed
     * @throws ShardingException if there is no such shard, or it has no connection to give in time
     */
    Connection openConnection(ShardId shard);

    /**
     * Writes reference entities to every shard.
     *
     * @return the same object at every call
     */
    ReferenceData getReferenceData();

    /**
     * Fills and mends the lookups of {@link GlobalUnique} and {@link ShardLookup}.
     *
     * @return the same object at every call
     * @throws ShardingException if the mapping has none
     */
    Lookups getLookups();

    /**
     * The entities that this JVM's sessions asked each shard for most often of late, at most 20 a shard: candidates for the
     * second-level cache, or for a shard with more replicas. {@code find}, {@code get}, {@code getReference} and their like
     * count, for one id or several, whether the database answered, a cache, or the session itself; queries, natural ids,
     * associations that are fetched, and reference entities do not.
     *
     * <p>This is an estimate from one of {@link ShardSettings#HOT_KEYS_SAMPLE} finds, in a fixed number of counters: a key
     * is listed for certain only if its share is clearly above a five-hundredth. Apart from chance, which is small for a key
     * that was counted a hundred times or more, a share is never too high, and too low by less than a five-hundredth.
     *
     * @return for each shard its keys, that with the largest share first; none if nothing was asked of it, or nothing is
     *     counted
     */
    Map<ShardId, List<HotKey>> getHotKeys();

    /**
     * What is known of the servers of all shards, and of this JVM's connections to them. This waits for no server: one that
     * has not been asked for a second is asked in the background, so that the next call can tell.
     *
     * @return the servers, shard by shard in their order, each shard's own before its replicas
     */
    List<ServerStatus> getServers();

    /**
     * What transactions over several shards have prepared and not ended yet, on all shards that can be reached; those that
     * cannot are logged. Those of other JVMs, and of other applications on the same databases, are among them.
     *
     * @return the branches, the oldest of each shard first
     */
    List<InDoubtBranch> getInDoubtBranches();

    /**
     * Ends what crashed transactions over several shards have left, as it is done in the background: commits the branches of
     * those that were decided and rolls back those that never will be. Safe at any time and in several JVMs at once; what
     * waits for a shard that cannot be reached is left.
     *
     * @return how many branches were ended
     */
    int recoverTransactions();

    /**
     * What the recovery of a JTA transaction manager needs: a resource for each shard that finds and ends the branches that
     * this shard has prepared. Each takes a connection only while it works, so they may be kept as long as the factory is
     * open. With Narayana:
     *
     * <pre>{@code
     * recovery.addXAResourceRecoveryHelper(new XAResourceRecoveryHelper() {
     *     public boolean initialise(String properties) {
     *         return true;
     *     }
     *
     *     public XAResource[] getXAResources() {
     *         return factory.getXaResources().toArray(XAResource[]::new);
     *     }
     * });
     * }</pre>
     *
     * @return the resources, in the order of the shards
     */
    List<XAResource> getXaResources();

    /**
     * Has all sessions of this factory ask this for which shard they are used, from now on.
     *
     * @param scope null for nobody
     */
    void setScope(@Nullable SessionScope scope);

    @Override
    ShardedSession openSession();

    @Override
    ShardedSession getCurrentSession();

    @Override
    ShardedStatelessSession openStatelessSession();

    /** Options of a session to be opened. */
    @Override
    ShardedSessionBuilder withOptions();

    /** Options of a stateless session to be opened. */
    @Override
    ShardedStatelessSessionBuilder withStatelessOptions();

    @Override
    ShardedSession createEntityManager();

    @Override
    ShardedSession createEntityManager(Map<?, ?> map);

    @Override
    ShardedSession createEntityManager(SynchronizationType synchronizationType);

    @Override
    ShardedSession createEntityManager(SynchronizationType synchronizationType, Map<?, ?> map);
}
