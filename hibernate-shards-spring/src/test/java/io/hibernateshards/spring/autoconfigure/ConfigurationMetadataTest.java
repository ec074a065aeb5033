package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.boot.json.JsonParserFactory;

/** What an editor shows is what the code knows. */
class ConfigurationMetadataTest {
    private static final Set<String> PREFIXES = Set.of(
            ShardSettings.SHARD, ShardSettings.POOL, ShardSettings.PIN, ShardSettings.FUNCTION, ShardSettings.CACHE);

    private static Map<String, Map<String, Object>> properties() throws IOException {
        Map<String, Map<String, Object>> properties = new TreeMap<>();
        for (Map<String, Object> property : list("properties")) {
            assertThat(properties.put((String) property.get("name"), property))
                    .as("twice: " + property.get("name"))
                    .isNull();
        }
        return properties;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(String name) throws IOException {
        try (InputStream json =
                ConfigurationMetadataTest.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            return (List<Map<String, Object>>) Objects.requireNonNull(JsonParserFactory.getJsonParser()
                    .parseMap(new String(json.readAllBytes(), StandardCharsets.UTF_8))
                    .get(name));
        }
    }

    private static Set<String> settings() throws IllegalAccessException {
        Set<String> names = new TreeSet<>();
        for (Field field : ShardSettings.class.getFields()) {
            if (!field.getName().equals("PREFIX")) {
                names.add((String) field.get(null));
            }
        }
        return names;
    }

    @Test
    void properties_areThoseOfShardSettings_andTheStartersOwn() throws Exception {
        Set<String> described = new TreeSet<>(properties().keySet());
        described.removeIf(name -> name.startsWith("hibernate.shards.spring."));

        assertThat(described).containsExactlyElementsOf(settings());
    }

    @Test
    void properties_areDescribedAndTyped() throws IOException, ClassNotFoundException {
        for (Map.Entry<String, Map<String, Object>> property : properties().entrySet()) {
            String description = (String) property.getValue().get("description");
            assertThat(description).as(property.getKey()).isNotBlank().endsWith(".");
            String type = (String) Objects.requireNonNull(property.getValue().get("type"));
            assertThat(type.startsWith("java.util.Map<"))
                    .as(property.getKey() + " begins others")
                    .isEqualTo(PREFIXES.contains(property.getKey()));
            assertThat(Class.forName(type.replaceAll("<.*", ""))).isNotNull();
        }
    }

    @Test
    void defaults_areThoseOfTheSettingsPage() throws IOException {
        String page = Files.readString(Path.of("../docs/settings.md"));
        for (Map.Entry<String, Map<String, Object>> property : properties().entrySet()) {
            Object value = property.getValue().get("defaultValue");
            if (value != null && !property.getKey().startsWith("hibernate.shards.spring.")) {
                String section = page.substring(page.indexOf("### `" + property.getKey() + "`\n") + 1);
                section = section.substring(0, section.indexOf("\n##")).replaceAll("\\s+", " ");
                assertThat(section).containsPattern("Defaults to `?" + value + "\\b");
            }
        }
    }

    @Test
    void hints_areOfPropertiesThatExist() throws IOException {
        Set<String> names = properties().keySet();
        for (Map<String, Object> hint : list("hints")) {
            assertThat(names).contains((String) hint.get("name"));
        }
    }
}
