package io.hibernateshards.internal.transaction;

/** Where the branches of a session read while it only reads. Legs may be at work side by side. */
@FunctionalInterface
public interface ReadRoute {
    /**
     * Has a branch hold a connection that it may read by: the one that it has if it is in use or good enough, else another.
     *
     * @throws io.hibernateshards.ShardingException if no server has one to give
     */
    void connect(Branch<?> branch);
}
