package io.hibernateshards.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.topology.Assignments;
import io.hibernateshards.internal.topology.BucketFunctions;
import io.hibernateshards.spi.Catalog;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PlacementPageTest {
    private static final String PREFIX = "hibernate.shards.function.";

    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/placement.md"));
    }

    @Test
    void ownFunction_isShownAsItIsTested() throws IOException {
        String source = Files.readString(Path.of("src/test/java/io/hibernateshards/docs/EvenOddFunction.java"));
        assertThat(page()).contains("```java\n" + source + "```\n");
    }

    @Test
    void settingsOfFunctions_areAcceptedAsShown() throws IOException {
        Properties shown = new Properties();
        var blocks = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL).matcher(page());
        while (blocks.find()) {
            shown.load(new StringReader(blocks.group(1)));
        }
        Map<String, String> settings = new TreeMap<>();
        for (String name : shown.stringPropertyNames()) {
            assertThat(name).startsWith(PREFIX);
            settings.put(name.substring(PREFIX.length()), shown.getProperty(name));
        }
        Catalog catalog = new Catalog() {
            @Override
            public String schema() {
                return "hibernate_shards";
            }

            @Override
            public <T> T inTransaction(Work<T> work) {
                throw new AssertionError("no connection exists while functions are configured");
            }
        };
        var topology = Assignments.topology(1, List.of(ShardId.of("a")), Map.of());
        assertThat(BucketFunctions.create(settings, () -> topology, catalog))
                .containsOnlyKeys("hash", "by-year", "by-region", "tenants", "parity");
    }
}
