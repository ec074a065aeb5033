package io.hibernateshards.internal.session;

import io.hibernateshards.internal.scatter.Unavailable;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ReadRoute;
import java.util.concurrent.Callable;
import org.hibernate.HibernateException;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
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
     * @throws Exception what the last attempt threw, the earlier ones suppressed
     */
    static <T> T call(Branch<?> branch, ReadRoute route, Callable<T> read) throws Exception {
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

    /** The same of what throws nothing that is checked. */
    static <T> T run(Branch<?> branch, ReadRoute route, Callable<T> read) {
        try {
            return call(branch, route, read);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new HibernateException(e);
        }
    }

    private static int entities(SharedSessionContractImplementor session) {
        return session instanceof SessionImplementor stateful
                ? stateful.getPersistenceContextInternal().getNumberOfManagedEntities()
                : 0;
    }
}
