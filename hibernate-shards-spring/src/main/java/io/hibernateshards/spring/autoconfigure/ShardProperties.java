package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/**
 * The settings of {@link ShardSettings} as an application's properties have them, wherever these come from and in whatever
 * relaxed form: files, environment variables, the command line. Those under {@code hibernate.shards.spring}, which only the
 * starter knows, are not among them.
 *
 * @since 0.1
 */
public final class ShardProperties {
    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("hibernate.shards");

    private final Map<String, String> settings = new TreeMap<>();
    private final Map<String, Origin> origins = new TreeMap<>();

    private ShardProperties() {}

    /**
     * Reads them.
     *
     * @param environment an application's
     * @return all that are set
     */
    public static ShardProperties of(Environment environment) {
        ShardProperties properties = new ShardProperties();
        if (environment instanceof ConfigurableEnvironment configurable) {
            properties.read(configurable);
        }
        return properties;
    }

    /**
     * What Hibernate is given.
     *
     * @return full names and values
     */
    public Map<String, String> settings() {
        return Collections.unmodifiableMap(settings);
    }

    /**
     * Whether the application is sharded.
     *
     * @return false if neither shards nor a setting of one is there
     */
    public boolean hasShards() {
        return !settings.getOrDefault(ShardSettings.SHARDS, "").isBlank()
                || settings.keySet().stream().anyMatch(name -> name.startsWith(ShardSettings.SHARD + "."));
    }

    /** Which file and line, variable and so on it comes from, if that is known. */
    @Nullable
    Origin origin(String setting) {
        return origins.get(setting);
    }

    private void read(ConfigurableEnvironment environment) {
        List<Property> all = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
            if (source instanceof IterableConfigurationPropertySource names) {
                names.stream()
                        .filter(PREFIX::isAncestorOf)
                        .map(names::getConfigurationProperty)
                        .filter(Objects::nonNull)
                        .forEach(property -> all.add(Property.of(property, environment)));
            }
        }
        all.removeIf(property -> KnownNames.uniform(property.elements.get(0)).equals("spring"));
        List<String> shards = takeShards(all);
        SettingNames names = new SettingNames(shards);
        all.forEach(property -> property.putInto(this, names.of(property.elements)));
    }

    /** Their names, which may be a list. */
    private List<String> takeShards(List<Property> all) {
        List<Property> found = all.stream().filter(Property::namesShards).toList();
        all.removeAll(found);
        if (found.isEmpty()) {
            return List.of();
        }
        Property first = found.get(0);
        String value = first.value;
        if (first.elements.size() > 1) {
            Map<Integer, String> byIndex = new TreeMap<>();
            for (Property one : found) {
                if (one.elements.size() > 1 && Objects.equals(one.source, first.source)) {
                    byIndex.put(Integer.valueOf(one.elements.get(1)), one.value);
                }
            }
            value = String.join(",", byIndex.values());
        }
        new Property(first.elements, value, first.origin, first.source).putInto(this, "shards");
        return Arrays.stream(value.split(",", -1))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private record Property(
            List<String> elements,
            String value,
            @Nullable Origin origin,
            @Nullable ConfigurationPropertySource source) {
        static Property of(@Nullable ConfigurationProperty property, Environment environment) {
            ConfigurationProperty one = Objects.requireNonNull(property);
            List<String> elements = new ArrayList<>();
            for (int i = PREFIX.getNumberOfElements(); i < one.getName().getNumberOfElements(); i++) {
                elements.add(one.getName().getElement(i, Form.ORIGINAL));
            }
            Object value = one.getValue();
            return new Property(
                    List.copyOf(elements),
                    environment.resolvePlaceholders(value == null ? "" : value.toString()),
                    one.getOrigin(),
                    one.getSource());
        }

        boolean namesShards() {
            return KnownNames.uniform(elements.get(0)).equals("shards")
                    && (elements.size() == 1
                            || elements.size() == 2 && elements.get(1).chars().allMatch(Character::isDigit));
        }

        /** Unless a source that goes before has it. */
        void putInto(ShardProperties all, String setting) {
            String name = ShardSettings.PREFIX + setting;
            if (all.settings.putIfAbsent(name, value) == null && origin != null) {
                all.origins.put(name, origin);
            }
        }
    }

    @Override
    public String toString() {
        return settings.keySet().toString(); // values may be passwords
    }
}
