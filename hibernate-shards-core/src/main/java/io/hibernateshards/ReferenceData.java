package io.hibernateshards;

import java.util.Collection;
import java.util.List;

/**
 * Writes {@link ReferenceEntity reference entities}, of which every shard holds a copy, and compares the copies. Each call
 * is a transaction of its own over all shards, in the mode of {@link ShardSettings#TRANSACTION_MODE}; where that is {@code
 * single-shard}, in the mode {@code best-effort}, and can simply be made again after a failure. Sessions write reference
 * entities as well, as parts of their transactions. Safe for any number of threads.
 *
 * <p>Transactions that write reference entities, and these methods, work one after the other; readers never wait.
 *
 * @since 0.1
 */
public interface ReferenceData {
    /**
     * Inserts the rows that are missing and updates those that are there.
     *
     * @param entities instances of reference entities, with their ids set; in the order in which they may be stored
     * @throws ShardingException if an instance is not of a reference entity, before anything is stored; also as a commit
     *     does, such as with {@link ShardErrorCode#PARTIAL_COMMIT} in the mode {@code best-effort}
     */
    void upsert(Collection<?> entities);

    /**
     * Removes rows; those that are not there are left alone.
     *
     * @param entities instances of reference entities, of which only the id counts; in the order of removal
     * @throws ShardingException as {@link #upsert}
     */
    void delete(Collection<?> entities);

    /**
     * Compares the copies on all shards: its own tables, those of its subclasses, and those of its collections. Copies can only
     * differ if they were written past this library, or by an interrupted commit in the mode {@code best-effort}.
     *
     * @param entity a reference entity
     * @return what differs, by table and id; empty if nothing does
     * @throws ShardingException if it is no reference entity, or a shard cannot be reached
     */
    List<ReferenceDifference> check(Class<?> entity);

    /**
     * Makes the copies on all shards what they are on one, by changing what differs.
     *
     * @param entity a reference entity
     * @param right the shard whose copies are right
     * @return how many ids were mended, those of each shard counted
     * @throws ShardingException as {@link #check}
     * @throws org.hibernate.exception.ConstraintViolationException if a row that is to go is still used on its shard; nothing
     *     is changed then
     */
    int repair(Class<?> entity, ShardId right);
}
