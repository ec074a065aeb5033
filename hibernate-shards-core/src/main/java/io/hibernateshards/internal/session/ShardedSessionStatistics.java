package io.hibernateshards.internal.session;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.stat.SessionStatistics;

/** The sum over all children. */
record ShardedSessionStatistics(List<SessionStatistics> children) implements SessionStatistics {
    @Override
    public int getEntityCount() {
        return children.stream().mapToInt(SessionStatistics::getEntityCount).sum();
    }

    @Override
    public int getCollectionCount() {
        return children.stream().mapToInt(SessionStatistics::getCollectionCount).sum();
    }

    @Override
    public Set<?> getEntityKeys() {
        Set<Object> keys = new HashSet<>();
        children.forEach(child -> keys.addAll(child.getEntityKeys()));
        return keys;
    }

    @Override
    public Set<?> getCollectionKeys() {
        Set<Object> keys = new HashSet<>();
        children.forEach(child -> keys.addAll(child.getCollectionKeys()));
        return keys;
    }
}
