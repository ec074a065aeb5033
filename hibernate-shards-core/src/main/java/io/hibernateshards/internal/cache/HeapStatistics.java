package io.hibernateshards.internal.cache;

import org.hibernate.cache.spi.ExtendedStatisticsSupport;

/** Of what is kept in the heap alone. */
interface HeapStatistics extends ExtendedStatisticsSupport {
    /** There is no disk. */
    @Override
    default long getElementCountOnDisk() {
        return 0;
    }

    /** Nobody knows: values are objects that the heap may share. */
    @Override
    default long getSizeInMemory() {
        return -1;
    }
}
