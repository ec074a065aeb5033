package io.hibernateshards.samples.twin;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.data.repository.core.support.RepositoryMethodInvocationListener;
import org.springframework.stereotype.Component;

/** The routes by hand: which shard has an id, and transactions over two of them. */
@Component
class TwinShards implements AutoCloseable {
    private final List<TwinShard> shards;

    /** With Boot's own listener, that of its metrics, which repositories that are beans have as well. */
    TwinShards(
            TwinProperties properties,
            ConfigurableListableBeanFactory beans,
            ObjectProvider<RepositoryMethodInvocationListener> listeners) {
        shards = IntStream.range(0, properties.servers().size())
                .mapToObj(i -> new TwinShard(
                        properties.servers().get(i),
                        properties.poolSize(),
                        properties.cache(),
                        "twin" + i,
                        beans,
                        listeners.stream().toList()))
                .toList();
    }

    List<TwinShard> all() {
        return shards;
    }

    TwinShard of(long id) {
        return shards.get(TwinIds.shard(id, shards.size()));
    }

    /**
     * All or nothing on two shards, as the messenger promises it: the second one prepares, the first one decides by its own
     * commit, and a row tells a recovery, which is left out here, what was decided.
     */
    <T> T write(TwinShard first, Supplier<TwinShard> choice, Function<TwinShard, T> work) {
        AtomicReference<TwinShard> prepared = new AtomicReference<>();
        String gid = "twin-" + UUID.randomUUID();
        T result;
        try {
            result = required(first.writing.execute(status -> {
                TwinShard second = choice.get();
                if (second == first) {
                    return work.apply(first);
                }
                T value = required(second.writing.execute(inner -> {
                    T done = work.apply(second);
                    second.execute("prepare transaction '" + gid + "'");
                    prepared.set(second);
                    return done;
                }));
                first.execute("insert into twin_decision values ('" + gid + "')");
                return value;
            }));
        } catch (RuntimeException e) {
            end(prepared.get(), "rollback prepared '" + gid + "'");
            throw e;
        }
        end(prepared.get(), "commit prepared '" + gid + "'");
        return result;
    }

    private static void end(@Nullable TwinShard prepared, String sql) {
        if (prepared != null) {
            prepared.outsideTransactions(sql);
        }
    }

    private static <T> T required(T value) {
        return Objects.requireNonNull(value);
    }

    @Override
    public void close() {
        shards.forEach(TwinShard::close);
    }
}
