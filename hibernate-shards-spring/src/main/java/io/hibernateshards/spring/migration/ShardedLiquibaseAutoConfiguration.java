package io.hibernateshards.spring.migration;

import io.hibernateshards.spring.autoconfigure.ConditionalOnShards;
import io.hibernateshards.spring.autoconfigure.ShardedDataSourceAutoConfiguration;
import java.util.List;
import java.util.function.Consumer;
import liquibase.Liquibase;
import liquibase.UpdateSummaryEnum;
import liquibase.UpdateSummaryOutputEnum;
import liquibase.change.DatabaseChange;
import liquibase.integration.spring.Customizer;
import liquibase.integration.spring.SpringLiquibase;
import liquibase.ui.UIServiceEnum;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseProperties;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Liquibase on every shard, with the properties {@code spring.liquibase.*}.
 *
 * @since 0.1
 */
@AutoConfiguration(after = ShardedDataSourceAutoConfiguration.class, before = LiquibaseAutoConfiguration.class)
@ConditionalOnClass({SpringLiquibase.class, DatabaseChange.class, LiquibaseProperties.class})
@ConditionalOnShards
@ConditionalOnBooleanProperty(name = "spring.liquibase.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(SpringLiquibase.class)
@EnableConfigurationProperties(LiquibaseProperties.class)
@Import(DatabaseInitializationDependencyConfigurer.class)
public final class ShardedLiquibaseAutoConfiguration {
    /** Called by Spring. */
    public ShardedLiquibaseAutoConfiguration() {}

    @Bean
    ShardedLiquibase liquibase(
            Environment environment,
            LiquibaseProperties properties,
            ObjectProvider<Customizer<Liquibase>> customizers) {
        Consumer<SpringLiquibase> settings = liquibase -> {
            apply(properties, liquibase);
            customizers.ifUnique(liquibase::setCustomizer);
        };
        return new ShardedLiquibase(
                settings,
                ShardDatabase.all(environment, "spring.liquibase", properties.getUser(), properties.getPassword()));
    }

    /** As Boot's own auto-configuration does, where nobody else can call it. */
    private static void apply(LiquibaseProperties from, SpringLiquibase to) {
        PropertyMapper map = PropertyMapper.get();
        to.setChangeLog(from.getChangeLog());
        to.setClearCheckSums(from.isClearChecksums());
        map.from(from.getContexts())
                .whenNot(List::isEmpty)
                .as(all -> String.join(",", all))
                .to(to::setContexts);
        to.setDefaultSchema(from.getDefaultSchema());
        to.setLiquibaseSchema(from.getLiquibaseSchema());
        to.setLiquibaseTablespace(from.getLiquibaseTablespace());
        to.setDatabaseChangeLogTable(from.getDatabaseChangeLogTable());
        to.setDatabaseChangeLogLockTable(from.getDatabaseChangeLogLockTable());
        to.setDropFirst(from.isDropFirst());
        to.setShouldRun(from.isEnabled());
        map.from(from.getLabelFilter())
                .whenNot(List::isEmpty)
                .as(all -> String.join(",", all))
                .to(to::setLabelFilter);
        to.setChangeLogParameters(from.getParameters());
        to.setRollbackFile(from.getRollbackFile());
        to.setTestRollbackOnUpdate(from.isTestRollbackOnUpdate());
        to.setTag(from.getTag());
        map.from(from.getShowSummary())
                .as(Enum::name)
                .as(UpdateSummaryEnum::valueOf)
                .to(to::setShowSummary);
        map.from(from.getShowSummaryOutput())
                .as(Enum::name)
                .as(UpdateSummaryOutputEnum::valueOf)
                .to(to::setShowSummaryOutput);
        map.from(from.getUiService()).as(Enum::name).as(UIServiceEnum::valueOf).to(to::setUiService);
        map.from(from.getAnalyticsEnabled()).to(to::setAnalyticsEnabled);
        map.from(from.getLicenseKey()).to(to::setLicenseKey);
    }
}
