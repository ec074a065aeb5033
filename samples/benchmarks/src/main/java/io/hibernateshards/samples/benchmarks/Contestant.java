package io.hibernateshards.samples.benchmarks;

/**
 * One way to do the work. Each operation returns something that depends on what was read: the same for every contestant, so
 * that a wrong answer is found, and nothing can be left out.
 */
interface Contestant extends AutoCloseable {
    /** Reads one account by its id. */
    long find(long id);

    /** Reads one account by a query that names its key. */
    long byKey(long id);

    /** Reads the 20 accounts of the highest score after the first {@code offset}. */
    long page(int offset);

    /**
     * Reads how many accounts each category has, with the sum and the largest of their scores, in order of category.
     *
     * @param least leaves out accounts of a smaller score; 0 for all
     */
    long groups(long least);

    /** Stores a new account in a transaction of its own. */
    long insert(int n);

    /** Reads an account and changes its note, in a transaction. */
    long update(long id, int n);

    /**
     * Moves some score from one account to another, on another shard, in one transaction that is stored on both shards or on
     * none.
     *
     * @return what both have together, which stays the same
     */
    long transfer(long from, long to, long amount);

    @Override
    void close();
}
