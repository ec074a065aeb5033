package io.hibernateshards.internal.reference;

import io.hibernateshards.ShardId;
import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** What writing to all copies asks of a session. */
public interface Copies {
    /** All shards, in the order in which all transactions lock them. */
    List<ShardId> shards();

    /** The session's leg on a shard, in the transaction. */
    SharedSessionContractImplementor child(ShardId shard);
}
