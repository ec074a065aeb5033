package io.hibernateshards.spring;

import io.hibernateshards.SessionScope;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Says which shard some work is for: that of a name, or the owner of a key. SQL by JDBC, native queries and procedures run
 * there; HQL and criteria ask that shard alone; new entities that could be anywhere are stored there; and what is known to be of
 * another shard is refused ({@link SessionScope}). It holds on this thread until the work has returned, however it returns;
 * scopes within it go before it.
 *
 * <pre>{@code
 * int purchases = ShardContext.onKey(Customer.class, customerId,
 *         () -> jdbc.sql("select count(*) from purchase where customer_id = ?").param(customerId)
 *                 .query(Integer.class).single());
 * }</pre>
 *
 * <p>Nothing is handed to other threads by itself. With Micrometer's context propagation on the class path, what carries
 * its thread-locals, such as reactive pipelines and decorated executors, carries this as well.
 *
 * @since 0.1
 */
public final class ShardContext {
    private ShardContext() {}

    /**
     * Some work.
     *
     * @param <T> what it returns
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, X extends Exception> {
        /**
         * Does it.
         *
         * @return its result
         * @throws X if it fails
         */
        T call() throws X;
    }

    /**
     * Works on a shard.
     *
     * @param <T> what the work returns
     * @param <X> what it throws
     * @param shard which one
     * @param work what to do
     * @return what the work returned
     * @throws X what the work threw
     */
    public static <T extends @Nullable Object, X extends Exception> T onShard(ShardId shard, Work<T, X> work) throws X {
        return within(ShardRoute.of(shard), work);
    }

    /**
     * Works on a shard.
     *
     * @param shard which one
     * @param work what to do
     */
    public static void onShard(ShardId shard, Runnable work) {
        onShard(shard, nothing(work));
    }

    /**
     * Works on a shard.
     *
     * @param <T> what the work returns
     * @param <X> what it throws
     * @param shard its name
     * @param work what to do
     * @return what the work returned
     * @throws X what the work threw
     */
    public static <T extends @Nullable Object, X extends Exception> T onShard(String shard, Work<T, X> work) throws X {
        return onShard(ShardId.of(shard), work);
    }

    /**
     * Works on a shard.
     *
     * @param shard its name
     * @param work what to do
     */
    public static void onShard(String shard, Runnable work) {
        onShard(ShardId.of(shard), nothing(work));
    }

    /**
     * Works on the shard that owns a key, in an application with one kind of keys.
     *
     * @param <T> what the work returns
     * @param <X> what it throws
     * @param key its value as the entity maps it, or {@link ShardKeys} for a key of several
     * @param work what to do
     * @return what the work returned
     * @throws X what the work threw
     */
    public static <T extends @Nullable Object, X extends Exception> T onKey(Object key, Work<T, X> work) throws X {
        return within(ShardRoute.of(null, key), work);
    }

    /**
     * Works on the shard that owns a key, in an application with one kind of keys.
     *
     * @param key its value as the entity maps it, or {@link ShardKeys} for a key of several
     * @param work what to do
     */
    public static void onKey(Object key, Runnable work) {
        onKey(key, nothing(work));
    }

    /**
     * Works on the shard that owns a key.
     *
     * @param <T> what the work returns
     * @param <X> what it throws
     * @param entity whose key it is
     * @param key its value as the entity maps it, or {@link ShardKeys} for a key of several
     * @param work what to do
     * @return what the work returned
     * @throws X what the work threw
     */
    public static <T extends @Nullable Object, X extends Exception> T onKey(
            Class<?> entity, Object key, Work<T, X> work) throws X {
        return within(ShardRoute.of(entity, key), work);
    }

    /**
     * Works on the shard that owns a key.
     *
     * @param entity whose key it is
     * @param key its value as the entity maps it, or {@link ShardKeys} for a key of several
     * @param work what to do
     */
    public static void onKey(Class<?> entity, Object key, Runnable work) {
        onKey(entity, key, nothing(work));
    }

    /**
     * The shard that the scope which this thread is in is for. A key is looked up at every call.
     *
     * @param factory whose shards
     * @return null outside any scope
     * @throws io.hibernateshards.ShardingException if there is no such shard, or the key has none
     */
    public static @Nullable ShardId currentShard(ShardedSessionFactory factory) {
        ShardRoute route = Surroundings.current().route();
        return route == null ? null : route.shard(factory);
    }

    /**
     * Has the sessions of a factory heed this context, {@link Consistency} and {@link ConsistencyContext}. That of {@link
     * io.hibernateshards.spring.orm.ShardedJpaVendorAdapter}, which Spring Boot uses, does so already.
     *
     * @param factory its sessions work within scopes as {@link SessionScope} tells
     */
    public static void applyTo(ShardedSessionFactory factory) {
        factory.setScope(new SessionScope() {
            @Override
            public @Nullable ShardId shard(ShardedSessionFactory of) {
                return currentShard(of);
            }

            @Override
            public void opened(ShardedSession session) {
                Surroundings.current().opened(session);
            }
        });
    }

    private static Work<Boolean, RuntimeException> nothing(Runnable work) {
        return () -> {
            work.run();
            return true;
        };
    }

    static <T extends @Nullable Object, X extends Exception> T within(ShardRoute route, Work<T, X> work) throws X {
        return Surroundings.current().with(route).around(work);
    }
}
