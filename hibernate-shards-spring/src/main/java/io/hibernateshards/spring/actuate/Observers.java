package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several observers as one. What one of them throws is logged, once, and neither fails the operation nor keeps the others from
 * being told. They hear nothing of what this package asks itself.
 *
 * @since 0.1
 */
public final class Observers implements ShardObserver {
    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

    private final ShardObserver[] all;
    private final AtomicBoolean failed = new AtomicBoolean();

    /**
     * As one.
     *
     * @param all who are told, in this order
     */
    public Observers(List<ShardObserver> all) {
        this.all = all.toArray(ShardObserver[]::new);
    }

    private static boolean isWatching() {
        return Thread.currentThread() instanceof FactsInBackground.Watcher;
    }

    // Called a few times in each request, so the loops are written out, and nothing is made that is not needed.

    @Override
    public @Nullable Observed started(Operation operation, @Nullable String entityName, int shards) {
        if (isWatching()) {
            return null;
        }
        @Nullable Observed[] started = new Observed[all.length];
        boolean any = false;
        for (int i = 0; i < all.length; i++) {
            try {
                Observed one = all[i].started(operation, entityName, shards);
                started[i] = one;
                any |= one != null;
            } catch (RuntimeException e) {
                failed(all[i], e);
            }
        }
        return any ? new AllObserved(started) : null;
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        if (isWatching()) {
            return;
        }
        for (int i = all.length - 1; i >= 0; i--) {
            try {
                all[i].transactionEnded(outcome, written);
            } catch (RuntimeException e) {
                failed(all[i], e);
            }
        }
    }

    private void failed(Object observer, RuntimeException e) {
        if (failed.compareAndSet(false, true)) {
            LOG.warn("{} failed; metrics or spans are incomplete. Later failures are not logged", observer, e);
        }
    }

    /** Those that end are told in the other order, the last first, as scopes are closed. */
    private final class AllObserved implements Observed {
        private final @Nullable Observed[] observed;

        AllObserved(@Nullable Observed[] observed) {
            this.observed = observed;
        }

        @Override
        public void answered(Tier tier) {
            for (Observed one : observed) {
                if (one != null) {
                    try {
                        one.answered(tier);
                    } catch (RuntimeException e) {
                        failed(one, e);
                    }
                }
            }
        }

        @Override
        public @Nullable Leg leg(ShardId shard) {
            @Nullable Leg[] legs = new Leg[observed.length];
            boolean any = false;
            for (int i = 0; i < legs.length; i++) {
                Observed one = observed[i];
                if (one != null) {
                    try {
                        Leg leg = one.leg(shard);
                        legs[i] = leg;
                        any |= leg != null;
                    } catch (RuntimeException e) {
                        failed(one, e);
                    }
                }
            }
            return any ? new AllLegs(legs) : null;
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            for (int i = observed.length - 1; i >= 0; i--) {
                Observed one = observed[i];
                if (one != null) {
                    try {
                        one.ended(failure);
                    } catch (RuntimeException e) {
                        failed(one, e);
                    }
                }
            }
        }
    }

    private final class AllLegs implements Leg {
        private final @Nullable Leg[] legs;

        AllLegs(@Nullable Leg[] legs) {
            this.legs = legs;
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            for (int i = legs.length - 1; i >= 0; i--) {
                Leg one = legs[i];
                if (one != null) {
                    try {
                        one.ended(failure);
                    } catch (RuntimeException e) {
                        failed(one, e);
                    }
                }
            }
        }
    }
}
