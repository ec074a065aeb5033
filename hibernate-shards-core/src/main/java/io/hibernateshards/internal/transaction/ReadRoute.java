package io.hibernateshards.internal.transaction;

import io.hibernateshards.internal.connection.Work;
import org.jspecify.annotations.Nullable;

/** Where the branches of a session read while it only reads. Legs may be at work side by side. */
public interface ReadRoute {
    /** Any server will do, as there is only one. */
    ReadRoute PRIMARY = new ReadRoute() {
        @Override
        public void connect(Branch<?> branch) {
            // it connects by itself
        }

        @Override
        public <T extends @Nullable Object, E extends Exception> T reading(Branch<?> branch, Work<T, E> work) throws E {
            return work.run();
        }
    };

    /**
     * Has a branch hold a connection that it may read by: the one that it has if it is in use or good enough, else another.
     *
     * @throws io.hibernateshards.ShardingException if no server has one to give
     */
    void connect(Branch<?> branch);

    /** Works with a branch, which may need a connection for that or not. */
    <T extends @Nullable Object, E extends Exception> T reading(Branch<?> branch, Work<T, E> work) throws E;
}
