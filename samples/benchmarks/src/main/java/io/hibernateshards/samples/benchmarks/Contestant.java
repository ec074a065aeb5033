package io.hibernateshards.samples.benchmarks;

/** One way to do the work. Each operation returns something that depends on what was read, so that nothing is left out. */
interface Contestant extends AutoCloseable {
    /** Reads one account by its id. */
    long find(long id);

    /** Stores a new account in a transaction of its own. */
    long insert(int n);

    /** Reads the 20 accounts of the highest score after the first {@code offset}. */
    long page(int offset);

    @Override
    void close();
}
