package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the time of operations and of their legs on each shard, once for all who record it.
 *
 * @since 0.1
 */
public final class TimedOperations implements ShardObserver {
    private final List<OperationRecorder> recorders;

    /**
     * Times.
     *
     * @param recorders who are told of them
     */
    public TimedOperations(List<OperationRecorder> recorders) {
        this.recorders = List.copyOf(recorders);
    }

    @Override
    public Observed started(Operation operation, @Nullable String entityName, int shards) {
        return new Running(operation, shards);
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        for (OperationRecorder recorder : recorders) {
            recorder.transactionEnded(outcome, written);
        }
    }

    private final class Running implements Observed {
        private final Operation operation;
        private final int shards;
        private final long start = System.nanoTime();
        private @Nullable Tier tier;

        Running(Operation operation, int shards) {
            this.operation = operation;
            this.shards = shards;
        }

        @Override
        public void answered(Tier how) {
            tier = how;
        }

        @Override
        public Leg leg(ShardId shard) {
            long from = System.nanoTime();
            return failure -> {
                long nanos = System.nanoTime() - from;
                for (OperationRecorder recorder : recorders) {
                    recorder.legEnded(operation, shard, nanos, failure);
                }
            };
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            long nanos = System.nanoTime() - start;
            for (OperationRecorder recorder : recorders) {
                recorder.operationEnded(operation, shards, tier, nanos, failure);
            }
        }
    }
}
