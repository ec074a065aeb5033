package io.hibernateshards.spring.migration;

import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import liquibase.Liquibase;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.DatabaseChangeLog;
import liquibase.changelog.RanChangeSet;
import liquibase.changelog.visitor.AbstractChangeExecListener;
import liquibase.database.Database;
import liquibase.exception.LiquibaseException;
import liquibase.integration.spring.SpringLiquibase;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ResourceLoader;

/**
 * Has Liquibase update every shard, all at the same time, when the context starts, before the entity manager factory. What
 * is set by {@code spring.liquibase.*} holds for each shard.
 *
 * @since 0.1
 */
public final class ShardedLiquibase extends SpringLiquibase {
    private final Consumer<SpringLiquibase> settings;
    private final List<ShardDatabase> shards;
    private volatile Map<ShardId, String> versions = Map.of();

    /**
     * @param settings all but the data source
     */
    ShardedLiquibase(Consumer<SpringLiquibase> settings, List<ShardDatabase> shards) {
        this.settings = settings;
        this.shards = shards;
        settings.accept(this);
        setDataSource(shards.get(0)); // for Boot's endpoint
    }

    @Override
    public void afterPropertiesSet() throws LiquibaseException {
        if (shouldRun) {
            versions = ShardMigration.run(new Tool(settings, resourceLoader, beanName), shards);
        }
    }

    /**
     * Where each shard's schema is: its last change set.
     *
     * @return as it was after this application migrated
     */
    public Map<ShardId, String> versions() {
        return versions;
    }

    record Tool(Consumer<SpringLiquibase> settings, ResourceLoader resources, String beanName)
            implements MigrationTool {
        @Override
        public String name() {
            return "Liquibase";
        }

        @Override
        public History history(ShardDatabase shard) throws Exception {
            return configured(shard).history();
        }

        @Override
        public void migrate(ShardDatabase shard, BooleanSupplier stop) throws Exception {
            OneShard one = configured(shard);
            one.stop = stop;
            one.afterPropertiesSet();
        }

        private OneShard configured(ShardDatabase shard) {
            OneShard one = new OneShard();
            settings.accept(one);
            one.setDataSource(shard);
            one.setResourceLoader(resources);
            one.setBeanName(beanName);
            return one;
        }
    }

    private static final class OneShard extends SpringLiquibase {
        private @Nullable BooleanSupplier stop;

        @Override
        protected void performUpdate(Liquibase liquibase) throws LiquibaseException {
            BooleanSupplier asked = stop;
            if (asked != null && getCustomizer() == null) { // whose own listener this would replace
                liquibase.setChangeExecListener(new StopsBetweenChangeSets(asked));
            }
            super.performUpdate(liquibase);
        }

        History history() throws Exception {
            Database database = createDatabase(getDataSource().getConnection(), createResourceOpener());
            try {
                List<Step> steps = new ArrayList<>();
                for (RanChangeSet ran : database.getRanChangeSetList()) {
                    steps.add(new Step(
                            ran.getChangeLog() + "::" + ran.getId() + "::" + ran.getAuthor(),
                            ran.getLastCheckSum() == null
                                    ? null
                                    : ran.getLastCheckSum().toString()));
                }
                return new History(
                        steps.isEmpty()
                                ? "the start"
                                : steps.get(steps.size() - 1).name(),
                        steps,
                        step -> false);
            } finally {
                database.close();
            }
        }
    }

    private static final class StopsBetweenChangeSets extends AbstractChangeExecListener {
        private final BooleanSupplier stop;

        StopsBetweenChangeSets(BooleanSupplier stop) {
            this.stop = stop;
        }

        @Override
        public void willRun(
                ChangeSet changeSet, DatabaseChangeLog changeLog, Database database, ChangeSet.RunStatus status) {
            if (stop.getAsBoolean()) {
                throw new MigrationTool.Stopped(changeSet.toString(false));
            }
        }
    }
}
