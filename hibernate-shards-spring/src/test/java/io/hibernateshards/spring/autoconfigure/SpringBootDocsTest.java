package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.autoconfigure.accounts.Account;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/spring-boot.md says is what the starter does. */
class SpringBootDocsTest {
    private static final Path PAGE = Path.of("../docs/spring-boot.md");

    @TempDir
    private Path directory = PAGE;

    private static List<String> fences(String language) throws IOException {
        return all("(?s)^```" + language + "\n(.*?)^```");
    }

    private static List<String> all(String pattern) throws IOException {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(Files.readString(PAGE));
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    /** On the shards of a test; who migrates is left to MigrationTest. */
    @Test
    void properties_startAnApplication() throws IOException {
        List<String> fences = fences("properties");
        assertThat(fences).hasSize(2);
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            Shard east = cluster.shards().get(0);
            for (String fence : fences) {
                Properties properties = new Properties();
                properties.load(new StringReader(fence));
                properties.replaceAll((name, value) -> value.toString()
                        .replace("jdbc:postgresql://east/shop", east.url())
                        .replace(
                                "jdbc:postgresql://west/shop",
                                cluster.shards().get(1).url()));
                properties.setProperty("hibernate.shards.username", east.user());
                properties.setProperty("hibernate.shards.password", east.password());
                properties.setProperty("spring.jpa.hibernate.ddl-auto", "none");
                Runners.plain()
                        .withPropertyValues(properties.entrySet().stream()
                                .map(one -> one.getKey() + "=" + one.getValue())
                                .toArray(String[]::new))
                        .run(context -> assertThat(context)
                                .hasNotFailed()
                                .getBean(EntityManagerFactory.class)
                                .isInstanceOf(ShardedSessionFactory.class));
            }
        }
    }

    @Test
    void propertiesOfTheStarter_thatItNames_areDescribed() throws IOException {
        String metadata = Files.readString(Path.of("src/main/resources/META-INF/spring-configuration-metadata.json"));
        assertThat(all("^\\| `(hibernate\\.shards\\.spring\\.[a-z.-]+)` \\|"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(metadata).contains("\"" + name + "\""));
    }

    @Test
    void environmentVariables_thatItNames_meanWhatItSays() throws IOException {
        List<String> names = all("^\\| `(hibernate\\.shards\\.[a-z.-]+)(?:=[^`]*)?` \\| `HIBERNATE_");
        List<String> variables = all("\\| `(HIBERNATE_[A-Z_]+)` \\|$");
        assertThat(names).hasSize(3).hasSameSizeAs(variables);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i).substring("hibernate.shards.".length());
            List<String> elements = List.of(variables
                    .get(i)
                    .substring("HIBERNATE_SHARDS_".length())
                    .toLowerCase(Locale.ROOT)
                    .split("_", -1));
            assertThat(new SettingNames(List.of("east", "eu-west")).of(elements))
                    .isEqualTo(name);
        }
    }

    @Test
    void java_compiles() throws IOException {
        List<String> fences = fences("java");
        assertThat(fences).hasSize(1);
        for (String fence : fences) {
            String source = "import " + Account.class.getName() + ";\n" + fence;
            JavaFileObject file =
                    new SimpleJavaFileObject(URI.create("string:///Payments.java"), JavaFileObject.Kind.SOURCE) {
                        @Override
                        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                            return source;
                        }
                    };
            assertThat(ToolProvider.getSystemJavaCompiler()
                            .getTask(
                                    null,
                                    null,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-d",
                                            directory.toString(),
                                            "-cp",
                                            System.getProperty(
                                                    "surefire.test.class.path", System.getProperty("java.class.path"))),
                                    null,
                                    List.of(file))
                            .call())
                    .isTrue();
        }
    }
}
