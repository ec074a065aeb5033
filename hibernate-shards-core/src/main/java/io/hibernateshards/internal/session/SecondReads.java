package io.hibernateshards.internal.session;

import io.hibernateshards.internal.connection.Work;
import io.hibernateshards.internal.scatter.Unavailable;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ReadRoute;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again, on another server, what was sent to one that was lost before it gave a row. Not once a transaction has read
 * something there, as two servers need not be equally far; and not once a row has become an entity.
 */
final class SecondReads {
    private static final Logger LOG = LoggerFactory.getLogger(SecondReads.class);

    /** A pool may hold several connections that broke with their server. */
    private static final int ATTEMPTS = 5;

    private SecondReads() {}

    /**
     * Runs a read of one branch, of a session that only reads.
     *
     * @throws E what the last attempt threw, the earlier ones suppressed
     */
    static <T extends @Nullable Object, E extends Exception> T run(Branch<?> branch, ReadRoute route, Work<T, E> read)
            throws E {
        RuntimeException earlier = null;
        for (int attempt = 1; ; attempt++) {
            int entities = entities(branch.session());
            boolean first = branch.isFirstOfTransaction();
            try {
                return route.reading(branch, read);
            } catch (RuntimeException e) {
                if (earlier != null && e != earlier) {
                    e.addSuppressed(earlier);
                }
                if (attempt == ATTEMPTS
                        || !first
                        || branch.lease() == null
                        || !Unavailable.isReasonOf(e)
                        || entities(branch.session()) != entities) {
                    throw e;
                }
                LOG.debug("shard \"{}\" is read on another server", branch, e);
                branch.readElsewhere();
                earlier = e;
            }
        }
    }

    private static int entities(SharedSessionContractImplementor session) {
        return session instanceof SessionImplementor stateful
                ? stateful.getPersistenceContextInternal().getNumberOfManagedEntities()
                : 0;
    }
}
