package io.hibernateshards;

import java.util.Collection;

/**
 * Writes {@link ReferenceEntity reference entities}, of which every shard holds a copy. Each call stores its rows on
 * every shard, one local transaction a shard, and can simply be made again after a failure: what is already stored is
 * left as it is. Safe for any number of threads.
 *
 * @since 0.1
 */
public interface ReferenceData {
    /**
     * Inserts the rows that are missing and updates those that are there.
     *
     * @param entities instances of reference entities, with their ids set; in the order in which they may be stored
     * @throws ShardingException if a shard failed: {@link ShardErrorCode#PARTIAL_COMMIT} names those that have the rows
     *     and those that do not; also if an instance is not of a reference entity, before anything is stored
     */
    void upsert(Collection<?> entities);

    /**
     * Removes rows; those that are not there are left alone.
     *
     * @param entities instances of reference entities, of which only the id counts; in the order of removal
     * @throws ShardingException as {@link #upsert}
     */
    void delete(Collection<?> entities);
}
