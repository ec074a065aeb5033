package io.hibernateshards.spring.migration;

import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationInitializer;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;

/**
 * Has Flyway migrate every shard, all at the same time, when the context starts, before the entity manager factory. What the
 * application's {@code Flyway} is configured with holds for each shard, and so does its {@link FlywayMigrationStrategy}.
 *
 * @since 0.1
 */
public final class ShardedFlyway extends FlywayMigrationInitializer {
    private final Tool tool;
    private final List<ShardDatabase> shards;
    private volatile Map<ShardId, String> versions = Map.of();

    ShardedFlyway(Flyway flyway, @Nullable FlywayMigrationStrategy strategy, List<ShardDatabase> shards) {
        super(flyway, strategy);
        tool = new Tool(flyway, strategy);
        this.shards = shards;
    }

    @Override
    public void afterPropertiesSet() {
        versions = ShardMigration.run(tool, shards);
    }

    /**
     * The version of each shard's schema.
     *
     * @return as it was after this application migrated
     */
    public Map<ShardId, String> versions() {
        return versions;
    }

    record Tool(Flyway template, @Nullable FlywayMigrationStrategy strategy) implements MigrationTool {
        @Override
        public String name() {
            return "Flyway";
        }

        private FluentConfiguration configuration(ShardDatabase shard) {
            return new FluentConfiguration(template.getConfiguration().getClassLoader())
                    .configuration(template.getConfiguration())
                    .dataSource(shard);
        }

        @Override
        public History history(ShardDatabase shard) {
            List<Step> steps = new ArrayList<>();
            @Nullable MigrationVersion baseline = null;
            @Nullable MigrationVersion current = null;
            for (MigrationInfo one : configuration(shard).load().info().applied()) {
                MigrationVersion version = one.getVersion();
                if (one.getState().isFailed()) {
                    continue; // Flyway will say what to do about it
                }
                if (version == null) {
                    // made anew whenever its text changes, so the texts of two shards may differ before they are
                    // migrated
                    steps.add(new Step("R " + one.getDescription(), null));
                } else {
                    steps.add(new Step(version.getVersion(), checksum(one)));
                    current = current != null && current.isAtLeast(version.getVersion()) ? current : version;
                    if (one.getType().isBaseline()) {
                        baseline = version;
                    }
                }
            }
            @Nullable MigrationVersion from = baseline;
            return new History(
                    current == null ? "the start" : "version " + current.getVersion(),
                    steps,
                    step -> from != null && !step.startsWith("R ") && from.isAtLeast(step));
        }

        private static @Nullable String checksum(MigrationInfo one) {
            Integer checksum = one.getAppliedChecksum() == null ? one.getChecksum() : one.getAppliedChecksum();
            return checksum == null ? null : checksum.toString();
        }

        @Override
        public void migrate(ShardDatabase shard, BooleanSupplier stop) {
            FluentConfiguration configuration = configuration(shard);
            List<Callback> callbacks = new ArrayList<>(Arrays.asList(configuration.getCallbacks()));
            callbacks.add(new StopsBetweenMigrations(stop));
            Flyway flyway =
                    configuration.callbacks(callbacks.toArray(Callback[]::new)).load();
            if (strategy != null) {
                strategy.migrate(flyway);
            } else {
                flyway.migrate();
            }
        }
    }

    private record StopsBetweenMigrations(BooleanSupplier stop) implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            if (stop.getAsBoolean()) {
                MigrationInfo next = context.getMigrationInfo();
                throw new MigrationTool.Stopped(next == null ? "the next migration" : next.getScript());
            }
        }

        @Override
        public String getCallbackName() {
            return "hibernate-shards stop";
        }
    }
}
