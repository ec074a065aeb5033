package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

    private final List<ShardObserver> all;
    private final AtomicBoolean failed = new AtomicBoolean();

    /**
     * As one.
     *
     * @param all who are told, in this order
     */
    public Observers(List<ShardObserver> all) {
        this.all = List.copyOf(all);
    }

    private static boolean isWatching() {
        return Thread.currentThread() instanceof FactsInBackground.Watcher;
    }

    @Override
    public @Nullable Observed started(Operation operation, @Nullable String entityName, int shards) {
        if (isWatching()) {
            return null;
        }
        List<Observed> started = ask(all, observer -> observer.started(operation, entityName, shards));
        return started.isEmpty() ? null : new AllObserved(started);
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        if (!isWatching()) {
            tell(all, observer -> observer.transactionEnded(outcome, written));
        }
    }

    private <T, R> List<R> ask(List<T> those, Question<T, R> question) {
        List<R> answers = new ArrayList<>(those.size());
        for (T one : those) {
            try {
                R answer = question.of(one);
                if (answer != null) {
                    answers.add(answer);
                }
            } catch (RuntimeException e) {
                failed(one, e);
            }
        }
        return answers;
    }

    /** The last first, as scopes are closed. */
    private <T> void tell(List<T> those, Consumer<T> news) {
        for (int i = those.size() - 1; i >= 0; i--) {
            try {
                news.accept(those.get(i));
            } catch (RuntimeException e) {
                failed(those.get(i), e);
            }
        }
    }

    private void failed(@Nullable Object observer, RuntimeException e) {
        if (failed.compareAndSet(false, true)) {
            LOG.warn("{} failed; metrics or spans are incomplete. Later failures are not logged", observer, e);
        }
    }

    private interface Question<T, R> {
        @Nullable
        R of(T one);
    }

    private final class AllObserved implements Observed {
        private final List<Observed> observed;

        AllObserved(List<Observed> observed) {
            this.observed = observed;
        }

        @Override
        public void answered(Tier tier) {
            tell(observed, one -> one.answered(tier));
        }

        @Override
        public @Nullable Leg leg(ShardId shard) {
            List<Leg> legs = ask(observed, one -> one.leg(shard));
            return legs.isEmpty() ? null : failure -> tell(legs, one -> one.ended(failure));
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            tell(observed, one -> one.ended(failure));
        }
    }
}
