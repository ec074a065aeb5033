package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardId;
import java.util.AbstractList;
import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** The child sessions of some shards, each opened and connected when it is asked for, so that one is at work while the next opens. */
final class Children extends AbstractList<SharedSessionContractImplementor> {
    private final List<ShardId> shards;
    private final ShardAccess access;

    Children(List<ShardId> shards, ShardAccess access) {
        this.shards = shards;
        this.access = access;
    }

    @Override
    public SharedSessionContractImplementor get(int index) {
        return access.connected(shards.get(index));
    }

    /** Those at some of the indexes. */
    Children some(List<Integer> indexes) {
        return new Children(indexes.stream().map(shards::get).toList(), access);
    }

    /** Those that can be reached, as far as is known: all of them, unless the query may do without some. */
    Children present() {
        return shards.stream().noneMatch(access::isMissing)
                ? this
                : new Children(
                        shards.stream()
                                .filter(shard -> !access.isMissing(shard))
                                .toList(),
                        access);
    }

    @Override
    public int size() {
        return shards.size();
    }
}
