package io.hibernateshards.internal.invalidation;

import java.util.List;

/** The second-level cache of this JVM. Nobody else is told of what is done here. */
public interface LocalCache {
    /** An entry has been changed, and what was loaded before must not be taken in. */
    void invalidate(String region, Object key);

    /** Any entry of a region has. */
    void clear(String region);

    /** Any entry of any region has, and any table. */
    void clear();

    /** Rows of tables have. */
    void tablesChanged(List<String> tables);
}
