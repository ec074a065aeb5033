package io.hibernateshards.spring.test;

import static io.hibernateshards.spring.test.ShardAssertions.assertThatQuery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/testing.md says. */
@LocalShards(names = {"eu", "us"})
class TestingDocsTest {
    private static final String IMPORTS =
            """
            package io.hibernateshards.spring.test;
            import static io.hibernateshards.spring.test.ShardAssertions.assertThatQuery;
            import static io.hibernateshards.spring.test.ShardAssertions.assertThatWork;
            import io.hibernateshards.*;
            import io.hibernateshards.boot.*;
            import jakarta.persistence.*;
            import java.util.*;
            import org.junit.jupiter.api.*;
            import org.junit.jupiter.api.extension.*;
            import org.springframework.beans.factory.annotation.*;
            import org.springframework.boot.*;
            import org.springframework.boot.test.context.*;
            """;

    private static List<String> fences(String language) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "testing.md"));
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void examples_compile(@TempDir Path directory) throws IOException {
        List<String> java = fences("java");
        assertThat(java).hasSize(5);
        Compiled.into(
                directory,
                Map.of(
                        "TownsTest", IMPORTS + java.get(0),
                        "ShopTest", IMPORTS + java.get(1),
                        "LocalShop", IMPORTS + java.get(2),
                        "Shop", IMPORTS + "class Shop { public static void main(String... args) {} }",
                        "Scatter",
                                IMPORTS + "class Scatter { void run(ShardedSessionFactory factory) {" + java.get(3)
                                        + java.get(4) + "} }"));
    }

    @Test
    void failure_readsAsThePageShows(Map<String, String> settings) throws IOException {
        try (ShardedSessionFactory factory = new ShardedConfiguration()
                .settings(settings)
                .entities(Land.class, Town.class)
                .build()) {
            Throwable failure = catchThrowable(() -> assertThatQuery(factory, "from Town t where t.people > :people")
                    .with("people", 3)
                    .asksOneShard());
            assertThat(String.valueOf(failure.getMessage()).strip())
                    .isEqualTo(fences("text").get(0).strip());
        }
    }
}
