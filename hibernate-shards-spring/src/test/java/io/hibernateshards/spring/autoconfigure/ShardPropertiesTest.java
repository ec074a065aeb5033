package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.connection.PoolSettings;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class ShardPropertiesTest {
    private final Map<String, Object> file = new LinkedHashMap<>();
    private final Map<String, Object> variables = new LinkedHashMap<>();

    @Test
    void settings_fromAFile_areGivenOneToOne() {
        file.put("hibernate.shards.shards", "east,eu-west");
        file.put("hibernate.shards.shard.east.url", "jdbc:postgresql://east/shop");
        file.put("hibernate.shards.shard.eu-west.replica.r1.weight", 3);
        file.put("hibernate.shards.cache.region.com.acme.User.max-entries", 7);
        file.put("hibernate.shards.pin.100-199", "east");
        file.put("hibernate.shards.function.byRegion.default", "east");
        file.put("unrelated", "x");

        assertThat(read())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "hibernate.shards.shards", "east,eu-west",
                        "hibernate.shards.shard.east.url", "jdbc:postgresql://east/shop",
                        "hibernate.shards.shard.eu-west.replica.r1.weight", "3",
                        "hibernate.shards.cache.region.com.acme.User.max-entries", "7",
                        "hibernate.shards.pin.100-199", "east",
                        "hibernate.shards.function.byRegion.default", "east"));
    }

    @Test
    void settings_asEnvironmentVariables_getTheirDashesBack() {
        variables.put("HIBERNATE_SHARDS_SHARDS", "east,eu-west");
        variables.put("HIBERNATE_SHARDS_SHARD_EUWEST_URL", "jdbc:postgresql://west/shop");
        variables.put("HIBERNATE_SHARDS_SHARD_EU_WEST_PASSWORD", "s3cret");
        variables.put("HIBERNATE_SHARDS_SHARD_EAST_POOL_MAXIMUM_POOL_SIZE", "5");
        variables.put("HIBERNATE_SHARDS_SHARD_EAST_REPLICA_R1_POOL_IDLETIMEOUT", "1000");
        variables.put("HIBERNATE_SHARDS_SHARD_EAST_LISTENURL", "jdbc:postgresql://east/shop");
        variables.put("HIBERNATE_SHARDS_POOL_CONNECTIONTIMEOUT", "4000");
        variables.put("HIBERNATE_SHARDS_TRANSACTION_RECOVERY_INTERVAL", "500");
        variables.put("HIBERNATE_SHARDS_PIN_4711", "east");
        variables.put("HIBERNATE_SHARDS_PIN_100_199", "east");
        variables.put("HIBERNATE_SHARDS_CACHE_EXPIREAFTERWRITE", "9");
        variables.put("HIBERNATE_SHARDS_CACHE_REGION_USERS_MAX_ENTRIES", "8");

        assertThat(read())
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("hibernate.shards.shards", "east,eu-west"),
                        Map.entry("hibernate.shards.shard.eu-west.url", "jdbc:postgresql://west/shop"),
                        Map.entry("hibernate.shards.shard.eu-west.password", "s3cret"),
                        Map.entry("hibernate.shards.shard.east.pool.maximum-pool-size", "5"),
                        Map.entry("hibernate.shards.shard.east.replica.r1.pool.idle-timeout", "1000"),
                        Map.entry("hibernate.shards.shard.east.listen-url", "jdbc:postgresql://east/shop"),
                        Map.entry("hibernate.shards.pool.connection-timeout", "4000"),
                        Map.entry("hibernate.shards.transaction.recovery-interval", "500"),
                        Map.entry("hibernate.shards.pin.4711", "east"),
                        Map.entry("hibernate.shards.pin.100-199", "east"),
                        Map.entry("hibernate.shards.cache.expire-after-write", "9"),
                        Map.entry("hibernate.shards.cache.region.users.max-entries", "8")));
    }

    @Test
    void settings_everyKnownOne_canBeAnEnvironmentVariableWithAndWithoutDashes() {
        for (String name : KnownNames.OF_ALL.names()) {
            String variable =
                    "HIBERNATE_SHARDS_" + name.toUpperCase(Locale.ROOT).replace('.', '_');
            assertThat(read(variable.replace("-", ""))).containsOnlyKeys("hibernate.shards." + name);
            assertThat(read(variable.replace('-', '_'))).containsOnlyKeys("hibernate.shards." + name);
        }
    }

    private static Map<String, String> read(String variable) {
        ShardPropertiesTest one = new ShardPropertiesTest();
        one.variables.put(variable, "1");
        return one.read();
    }

    @Test
    void settings_inCamelCase_areTheSame() {
        file.put("hibernate.shards.query.maxShards", 3);
        file.put("hibernate.shards.hotKeys.logShare", 20);

        assertThat(read())
                .containsOnly(
                        Map.entry("hibernate.shards.query.max-shards", "3"),
                        Map.entry("hibernate.shards.hot-keys.log-share", "20"));
    }

    @Test
    void shards_asAList_areJoinedInItsOrder() {
        file.put("hibernate.shards.shards[0]", "west");
        file.put("hibernate.shards.shards[1]", "east");
        file.put("hibernate.shards.shards[10]", "south");
        file.put("hibernate.shards.shards[2]", "north");

        assertThat(read()).containsExactly(Map.entry("hibernate.shards.shards", "west,east,north,south"));
    }

    @Test
    void settings_inTwoSources_areThoseOfTheOneThatGoesBefore() {
        file.put("hibernate.shards.transaction.lock-timeout", "1");
        variables.put("HIBERNATE_SHARDS_TRANSACTION_LOCKTIMEOUT", "2");

        assertThat(read()).containsExactly(Map.entry("hibernate.shards.transaction.lock-timeout", "2"));
    }

    @Test
    void settings_withAPlaceholder_areResolved() {
        file.put("hibernate.shards.password", "${db.password}");
        file.put("db.password", "s3cret");

        assertThat(read()).containsExactly(Map.entry("hibernate.shards.password", "s3cret"));
    }

    @Test
    void settings_ofTheStarter_areNotGivenToHibernate() {
        file.put("hibernate.shards.spring.enabled", "true");

        assertThat(read()).isEmpty();
    }

    @Test
    void settings_thatDoNotExist_areLeftForTheCoreToRefuse() {
        file.put("hibernate.shards.transactions.mode", "two-phase");

        assertThat(read()).containsExactly(Map.entry("hibernate.shards.transactions.mode", "two-phase"));
    }

    @Test
    void toString_hasNoValues() {
        file.put("hibernate.shards.password", "s3cret");

        assertThat(properties()).hasToString("[hibernate.shards.password]");
    }

    @Test
    void knownNames_areAllThatTheCoreKnows() throws ReflectiveOperationException {
        Set<String> core = core("NAMES");
        assertThat(KnownNames.OF_ALL.names())
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                core.stream().filter(name -> !name.equals("shards")), Stream.of("cache.load-wait"))
                        .collect(Collectors.toSet()));
        assertThat(KnownNames.OF_A_SHARD.names()).containsExactlyInAnyOrderElementsOf(core("OF_A_SHARD"));
        assertThat(KnownNames.OF_A_POOL.names())
                .extracting(PoolSettings::name)
                .containsExactlyInAnyOrderElementsOf(PoolSettings.NAMES);
    }

    @SuppressWarnings("unchecked")
    private static Set<String> core(String field) throws ReflectiveOperationException {
        Field names = Class.forName("io.hibernateshards.boot.SettingsReader").getDeclaredField(field);
        names.setAccessible(true);
        return (Set<String>) names.get(null);
    }

    private Map<String, String> read() {
        return properties().settings();
    }

    private ShardProperties properties() {
        StandardEnvironment environment = new StandardEnvironment();
        Arrays.asList("systemProperties", "systemEnvironment").forEach(environment.getPropertySources()::remove);
        environment.getPropertySources().addLast(new SystemEnvironmentPropertySource("systemEnvironment", variables));
        environment.getPropertySources().addLast(new MapPropertySource("file", file));
        return ShardProperties.of(environment);
    }
}
