package io.hibernateshards.spring.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.spring.test.Compiled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/migration.md says. */
class MigrationDocsTest {
    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .map(one -> one.replaceAll("```(java)?\n?", ""))
                .toList();
    }

    @Test
    void example_compiles_andPropertiesExist(@TempDir Path directory) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "migration.md"));
        List<String> java = found("```java\n.*?```", page);
        assertThat(java).hasSize(1);
        Compiled.into(
                directory,
                Map.of(
                        "Example",
                        "import io.hibernateshards.*; import io.hibernateshards.migrate.*;"
                                + " class Example { void run(ShardedSessionFactory factory, String url, String user,"
                                + " String password) {" + java.get(0) + "} }"));
        List<String> properties = found("hibernate\\.shards\\.spring\\.import\\.[a-z-]+", page);
        assertThat(properties).hasSizeGreaterThan(4);
        String metadata = Files.readString(Path.of("src/main/resources/META-INF/spring-configuration-metadata.json"));
        assertThat(properties).allSatisfy(property -> assertThat(metadata).contains("\"name\": \"" + property + "\""));
    }
}
