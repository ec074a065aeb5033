package io.hibernateshards.internal.connection;

import org.jspecify.annotations.Nullable;

/**
 * What is done by a session of one shard.
 *
 * @param <E> what of it is checked; {@code RuntimeException} if nothing is
 */
@FunctionalInterface
public interface Work<T extends @Nullable Object, E extends Exception> {
    T run() throws E;
}
