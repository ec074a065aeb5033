package io.hibernateshards.spring.routed;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spring.Consistency;
import io.hibernateshards.spring.Consistency.Level;
import io.hibernateshards.spring.OnShard;
import io.hibernateshards.spring.ShardContext;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** A service whose methods say where they work. */
@Service
public class Depot {
    private final EntityManager entityManager;
    private final JdbcClient jdbc;
    private final Parcels parcels;
    private final ShardedSessionFactory factory;

    Depot(EntityManager entityManager, JdbcClient jdbc, Parcels parcels, ShardedSessionFactory factory) {
        this.entityManager = entityManager;
        this.jdbc = jdbc;
        this.parcels = parcels;
        this.factory = factory;
    }

    @OnShard(key = "city")
    public int weightByJdbc(String city) {
        return jdbc.sql("select coalesce(sum(weight), 0) from parcel")
                .query(Integer.class)
                .single();
    }

    @OnShard(key = "#parcel.city", entity = Parcel.class)
    @Transactional
    public void store(Parcel parcel) {
        parcels.saveAndFlush(parcel);
        jdbc.sql("update parcel set weight = weight + 1 where id = ?")
                .param(parcel.getId())
                .update();
    }

    /** Nothing of it belongs to the shard. */
    @OnShard("#shard")
    @Transactional
    public void storeOn(ShardId shard, Parcel parcel) {
        parcels.saveAndFlush(parcel);
    }

    @OnShard("shard1")
    public List<Parcel> heavy(int weight) {
        return parcels.findByWeightGreaterThan(weight);
    }

    @OnShard("shard1")
    public <T> T on1(Supplier<T> work) {
        return work.get();
    }

    @OnShard(key = "keys")
    public @Nullable ShardId shardOf(ShardKeys keys) {
        return ShardContext.currentShard(factory);
    }

    @OnShard(key = "#nobody")
    public void ofNobody() {}

    @OnShard
    public void nowhere() {}

    @Transactional(readOnly = true)
    public io.hibernateshards.Consistency usual() {
        return consistency();
    }

    @Transactional(readOnly = true)
    @Consistency(Level.EVENTUAL)
    public io.hibernateshards.Consistency eventual() {
        return consistency();
    }

    @Consistency(value = Level.BOUNDED, maxStaleness = "5s")
    public io.hibernateshards.Consistency bounded(Supplier<io.hibernateshards.Consistency> work) {
        return work.get();
    }

    @Transactional(readOnly = true)
    public io.hibernateshards.Consistency withinTransaction(Supplier<io.hibernateshards.Consistency> work) {
        return work.get();
    }

    @Consistency(Level.BOUNDED)
    public void unbounded() {}

    /** That of the session of this thread. */
    public io.hibernateshards.Consistency consistency() {
        return entityManager.unwrap(ShardedSession.class).getConsistency();
    }
}
