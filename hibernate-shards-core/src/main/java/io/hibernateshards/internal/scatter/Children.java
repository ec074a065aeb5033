package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardId;
import java.util.AbstractList;
import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** The child sessions of some shards, each opened when it is first asked for, so that one is at work while the next opens. */
final class Children extends AbstractList<SharedSessionContractImplementor> {
    private final List<ShardId> shards;
    private final ShardAccess access;

    Children(List<ShardId> shards, ShardAccess access) {
        this.shards = shards;
        this.access = access;
    }

    @Override
    public SharedSessionContractImplementor get(int index) {
        return access.child(shards.get(index));
    }

    @Override
    public int size() {
        return shards.size();
    }
}
