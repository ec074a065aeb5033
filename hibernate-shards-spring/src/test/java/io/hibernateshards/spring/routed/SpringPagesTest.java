package io.hibernateshards.spring.routed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pages show compiles. */
class SpringPagesTest {
    private static final String BEFORE =
            """
            import io.hibernateshards.*;
            import io.hibernateshards.spring.*;
            import io.hibernateshards.spring.Consistency;
            import io.hibernateshards.spring.jdbc.ShardedDataSource;
            import jakarta.persistence.*;
            import java.sql.*;
            import java.util.List;
            import org.springframework.data.domain.*;
            import org.springframework.data.jpa.repository.*;
            import org.springframework.data.jpa.repository.Query;
            import org.springframework.jdbc.core.simple.JdbcClient;
            import org.springframework.stereotype.Service;
            import org.springframework.transaction.annotation.Transactional;
            """;
    private static final String CUSTOMER = "@Entity class Customer { @Id @ShardedId @ShardKey Long id; String name; }";

    @TempDir
    private Path directory = Path.of("");

    @Test
    void snippets_compile() throws IOException {
        List<JavaFileObject> files = new ArrayList<>();
        files.add(source("Customer", CUSTOMER));
        for (String page : List.of("spring-routing.md", "spring-data.md")) {
            Matcher fence =
                    Pattern.compile("(?ms)^```java\n(.*?)^```").matcher(Files.readString(Path.of("..", "docs", page)));
            while (fence.find()) {
                files.add(source("Snippet" + files.size(), fence.group(1)));
            }
        }
        assertThat(files).hasSize(6);
        StringWriter messages = new StringWriter();
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-d", directory.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        files)
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    private static JavaFileObject source(String name, String text) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return BEFORE + text;
            }
        };
    }
}
