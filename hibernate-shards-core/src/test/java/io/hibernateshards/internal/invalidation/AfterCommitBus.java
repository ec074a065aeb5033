package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.InvalidationBus;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A bus as an application may have one: all JVMs are in this one, and nothing rides along with a commit. */
public final class AfterCommitBus implements InvalidationBus {
    private static final List<AfterCommitBus> ALL = new CopyOnWriteArrayList<>();

    static final List<String> PUBLISHED = new CopyOnWriteArrayList<>();
    static volatile boolean broken;

    private Receiver receiver = new Receiver() {
        @Override
        public void received(ShardId shard, String message) {
            throw new IllegalStateException("not started");
        }

        @Override
        public void lost(ShardId shard) {}

        @Override
        public void regained(ShardId shard) {}
    };

    /** Called by its name. */
    public AfterCommitBus() {}

    @Override
    public void start(List<ShardId> shards, Map<String, Object> settings, Receiver toldTo) {
        receiver = toldTo;
        ALL.add(this);
        shards.forEach(toldTo::regained);
    }

    @Override
    public void publish(ShardId shard, List<String> messages) throws IOException {
        if (broken) {
            throw new IOException("the bus is broken");
        }
        synchronized (ALL) {
            for (String message : messages) {
                if (!message.contains(" " + Message.MARKER)) {
                    PUBLISHED.add(message);
                }
                ALL.forEach(bus -> bus.receiver.received(shard, message));
            }
        }
    }

    @Override
    public void close() {
        ALL.remove(this);
    }
}
