package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An observation, and so a span, for each operation, and one below it for each shard that it asks. That of a shard is in
 * scope on the thread that asks it, so that what observes JDBC finds its parent there.
 *
 * @since 0.1
 */
public final class TracedOperations implements ShardObserver {
    /** The observation of an operation. */
    public static final String OPERATION = "hibernate.shards.traced.operation";

    /** The observation of a shard's part in it. */
    public static final String LEG = "hibernate.shards.traced.leg";

    private final ObservationRegistry registry;

    /**
     * Observations.
     *
     * @param registry where they are
     */
    public TracedOperations(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public @Nullable Observed started(Operation operation, @Nullable String entity, int shards) {
        if (registry.isNoop()) {
            return null;
        }
        String kind = operation.name().toLowerCase(Locale.ROOT);
        Observation observation = Observation.createNotStarted(OPERATION, registry)
                .contextualName(entity == null ? kind : kind + " " + entity)
                .lowCardinalityKeyValue("operation", kind)
                .highCardinalityKeyValue("shards", Integer.toString(shards));
        if (entity != null) {
            observation.highCardinalityKeyValue("entity", entity);
        }
        observation.start();
        return new Running(observation, kind);
    }

    private final class Running implements Observed {
        private final Observation observation;
        private final String kind;
        private final Observation.Scope scope;

        Running(Observation observation, String kind) {
            this.observation = observation;
            this.kind = kind;
            scope = observation.openScope(); // so that what it leads to is below it
        }

        @Override
        public void answered(Tier tier) {
            observation.lowCardinalityKeyValue("tier", tier.name().toLowerCase(Locale.ROOT));
        }

        @Override
        public Leg leg(ShardId shard) {
            Observation leg = Observation.createNotStarted(LEG, registry)
                    .parentObservation(observation)
                    .contextualName(kind + " on " + shard)
                    .lowCardinalityKeyValue("operation", kind)
                    .lowCardinalityKeyValue("shard", shard.name())
                    .start();
            return new RunningLeg(leg);
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            scope.close();
            stop(observation, failure);
        }
    }

    private static void stop(Observation observation, @Nullable Throwable failure) {
        if (failure != null) {
            observation.error(failure);
        }
        observation.stop();
    }

    private static final class RunningLeg implements ShardObserver.Leg {
        private final Observation observation;
        private final Observation.Scope scope;

        RunningLeg(Observation observation) { // begins and ends on one thread
            this.observation = observation;
            scope = observation.openScope();
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            scope.close();
            stop(observation, failure);
        }
    }
}
