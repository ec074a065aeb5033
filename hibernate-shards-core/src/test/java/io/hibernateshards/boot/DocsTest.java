package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.id.IdSettings;
import io.hibernateshards.internal.topology.Assignments;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What the pages say is what the code does. */
class DocsTest {
    private static final Path ROOT = Path.of("..");

    @TempDir
    private Path directory = ROOT;

    private static String page(String name) throws IOException {
        return Files.readString(ROOT.resolve(name));
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** The texts between fences of one language. */
    private static List<String> fences(String text, String language) {
        return all("(?s)^```" + language + "\n(.*?)^```", text);
    }

    private static List<String> all(String pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    // ---- errors

    @Test
    void errors_areThoseOfTheCode() throws IOException {
        List<String> rows = page("docs/errors.md")
                .lines()
                .filter(line -> line.startsWith("| `HS-"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(ShardErrorCode.values())
                        .map(code -> "| `" + code.code() + "` | " + code.title() + " | " + code.advice() + " |")
                        .toList());
    }

    @Test
    void errorsThatPagesMention_exist() throws IOException {
        Set<String> known =
                Arrays.stream(ShardErrorCode.values()).map(ShardErrorCode::code).collect(Collectors.toSet());
        for (Path page : pages()) {
            assertThat(known).as(page.toString()).containsAll(all("(HS-\\d+)", Files.readString(page)));
        }
    }

    // ---- settings

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
    void settings_areThoseOfTheCode() throws Exception {
        assertThat(all("^### `(.*)`$", page("docs/settings.md"))).containsExactlyInAnyOrderElementsOf(settings());
    }

    private static String section(String page, String setting) {
        String text = page.substring(page.indexOf("### `" + setting + "`\n") + 1);
        return text.substring(0, text.indexOf("\n##")).replaceAll("\\s+", " ");
    }

    @Test
    void defaults_areThoseOfTheCode() throws IOException {
        Settings read = read(Map.of(
                "hibernate.shards.shards", "b,a",
                "hibernate.shards.shard.a.url", "jdbc:postgresql://a/x",
                "hibernate.shards.shard.b.url", "jdbc:postgresql://b/x"));
        String page = page("docs/settings.md");
        assertThat(section(page, ShardSettings.ID_LEASE))
                .contains("Defaults to " + read.ids().lease().toMillis() + ".");
        assertThat(section(page, ShardSettings.ID_CLOCK_WAIT))
                .contains("Defaults to " + read.ids().clockWait().toMillis() + ".");
        assertThat(section(page, ShardSettings.ID_WORKER)).contains("0 to " + (IdSettings.WORKERS - 1));
        assertThat(read.ids().worker()).isEmpty();
        assertThat(section(page, ShardSettings.CATALOG_SCHEMA)).contains("Defaults to `" + read.catalogSchema() + "`.");
        assertThat(read.catalogShard()).isEqualTo(ShardId.of("b")); // "the first one"
        assertThat(section(page, ShardSettings.GUARD_DATABASE))
                .contains("Defaults to `" + read.guard().name().toLowerCase(Locale.ROOT) + "`");
        assertThat(read.transactions()).isNull(); // "to `single-shard` … if a server"
        assertThat(section(page, ShardSettings.TRANSACTION_MODE))
                .contains("Defaults to `" + TransactionMode.TWO_PHASE.setting() + "`");
        assertThat(section(page, ShardSettings.QUERY_PARALLELISM)).contains("4 for each shard, at most 64");
        assertThat(read.parallelism()).isEqualTo(8);
        assertThat(section(page, ShardSettings.QUERY_GATHER_LIMIT))
                .contains("Defaults to " + read.budget().gathered() + ".");
        assertThat(section(page, ShardSettings.QUERY_INLINE_LIMIT))
                .contains("Defaults to " + read.budget().inlined() + ".");
        assertThat(section(page, ShardSettings.HOT_KEYS_SAMPLE))
                .contains("Defaults to " + read.hotKeys().sample() + ",");
        assertThat(section(page, ShardSettings.HOT_KEYS_LOG_SHARE))
                .contains("Defaults to " + read.hotKeys().logShare() + ".");
        assertThat(section(page, ShardSettings.HOT_KEYS_LOG_IDS))
                .contains("Defaults to `" + read.hotKeys().logIds() + "`");
        assertThat(section(page, ShardSettings.ASSIGNMENT)).contains("Defaults to `even`.");
        Map<String, String> even = Map.of("assignment", "even");
        List<ShardId> shards = read.topology().shards();
        for (int bucket = 0; bucket < Buckets.COUNT; bucket += 100) {
            assertThat(read.topology().shardOf(bucket))
                    .isEqualTo(Assignments.topology(1, shards, even).shardOf(bucket));
        }
        assertThat(page).contains("which is " + Buckets.COUNT + " for the life of a database");
    }

    @Test
    void hibernatesSettingsThatThePageForbids_areForbidden() throws IOException {
        String forbidden = page("docs/settings.md");
        forbidden = forbidden.substring(forbidden.indexOf("## Of Hibernate's own"), forbidden.indexOf("## Missing"));
        List<String> names = all("`(hibernate\\.[a-z._]+)`", forbidden);
        assertThat(names).hasSize(6);
        for (String name : names) {
            List<String> problems = new ArrayList<>();
            HibernateSettings.check(Map.of(name, "something"), problems);
            assertThat(problems).as(name).hasSize(1);
        }
    }

    private static Settings read(Map<String, ?> settings) {
        List<String> problems = new ArrayList<>();
        Settings read = new SettingsReader(settings, problems).read();
        assertThat(problems).isEmpty();
        return read;
    }

    // ---- examples

    @Test
    void propertiesOfThePages_areAccepted() throws IOException {
        for (String name : List.of("README.md", "docs/getting-started.md")) {
            List<String> fences = fences(page(name), "properties");
            assertThat(fences).as(name).hasSize(1);
            Properties properties = new Properties();
            properties.load(new StringReader(fences.get(0)));
            Map<String, Object> settings = new TreeMap<>();
            properties.forEach((setting, value) -> settings.put(setting.toString(), value));
            assertThat(read(settings).sources()).hasSize(2);
        }
    }

    @Test
    void propertiesOfTheOtherPages_areSettings() throws IOException {
        for (Path page : pages()) {
            for (String fence : fences(Files.readString(page), "properties")) {
                assertThat(all(
                                "^(?!hibernate.shards.spring.|spring.)(\\S+)\\s*=",
                                fence)) // the starter's tests know those
                        .as(page.toString())
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(settings())
                                .anyMatch(setting -> name.equals(setting) || name.startsWith(setting + ".")));
            }
        }
    }

    @Test
    void persistenceXml_isAccepted() throws Exception {
        List<String> fences = fences(page("docs/getting-started.md"), "xml");
        assertThat(fences).hasSize(1);
        Element unit = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(fences.get(0))))
                .getDocumentElement();
        assertThat(unit.getElementsByTagName("provider").item(0).getTextContent())
                .isEqualTo(ShardedPersistenceProvider.class.getName());
        Map<String, Object> settings = new TreeMap<>();
        NodeList properties = unit.getElementsByTagName("property");
        for (int i = 0; i < properties.getLength(); i++) {
            Element property = (Element) properties.item(i);
            settings.put(property.getAttribute("name"), property.getAttribute("value"));
        }
        assertThat(read(settings).sources()).hasSize(2);
    }

    private static final String IMPORTS =
            """
            import io.hibernateshards.*;
            import io.hibernateshards.boot.*;
            import jakarta.persistence.*;
            import java.util.*;
            import java.util.stream.Stream;
            import static jakarta.persistence.FetchType.LAZY;
            """;

    /** Entities of one page. */
    private static String entities(String page) throws IOException {
        return IMPORTS + fences(page(page), "java").get(0).replace("public class", "class");
    }

    private static String method(String parameters, String body) {
        return IMPORTS + "public class Example { public static Object run(" + parameters + ") {\n" + body + "\n} }";
    }

    /** The class {@code Example} with all that it needs. */
    private Class<?> compile(String... sources) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> files = new ArrayList<>();
        for (String source : sources) {
            String name = source.contains("class Example") ? "Example" : "Entities" + files.size();
            files.add(new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
                @Override
                public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                    return source;
                }
            });
        }
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-d", directory.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        files)
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();
        return new URLClassLoader(
                        new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())
                .loadClass("Example");
    }

    private static Object run(Class<?> example, Object... arguments) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(example.getClassLoader());
        try {
            return example.getMethods()[0].invoke(null, arguments);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void readme_compiles() throws Exception {
        List<String> fences = fences(page("README.md"), "java");
        assertThat(fences).hasSize(2);
        compile(entities("README.md"), method("String password", fences.get(1) + "return factory;"));
    }

    @Test
    void gettingStarted_works() throws Exception {
        List<String> fences = fences(page("docs/getting-started.md"), "java");
        List<String> transactions = fences(page("docs/transactions.md"), "java");
        assertThat(fences).hasSize(3);
        assertThat(transactions).hasSizeGreaterThan(2);
        String body = fences.get(1) + "try (factory) {\n" + fences.get(2)
                + "try (var session = factory.openSession(); var entityManager = factory.createEntityManager()) {"
                + transactions.get(0) + "}" + transactions.get(1)
                + transactions.get(2).replace("ShardId.of(\"one\")", "factory.getTopology().shards().get(0)")
                + """
                return factory.fromTransaction(session -> List.of(
                        session.createQuery("select c.name || ' ' || p.article from Purchase p join p.customer c", String.class).list(),
                        session.createQuery("select c.code from Currency c", String.class).list()));
                }""";
        Class<?> example = compile(entities("docs/getting-started.md"), method("Map<String, Object> settings", body));
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            assertThat(run(example, cluster.settings())).isEqualTo(List.of(List.of("Ada lamp"), List.of("SEK")));
        }
    }

    @Test
    void replicas_work() throws Exception {
        List<String> fences = fences(page("docs/replicas.md"), "java");
        assertThat(fences).hasSize(2);
        Properties properties = new Properties();
        properties.load(
                new StringReader(fences(page("docs/replicas.md"), "properties").get(0)));
        Map<String, Object> settings = new TreeMap<>();
        properties.forEach((setting, value) -> settings.put(setting.toString(), value));
        assertThat(read(settings).sources()).hasSize(4);
        String body =
                """
                try (ShardedSessionFactory factory = new ShardedConfiguration().settings(settings)
                                .entities(Customer.class, Purchase.class, Currency.class)
                                .setting("hibernate.hbm2ddl.auto", "create").build();
                        ShardedSession written = factory.openSession(); ShardedSession other = factory.openSession();
                        var entityManager = factory.createEntityManager()) {
                    written.inTransaction(transaction -> written.persist(new Customer("Ada")));
                """
                        + fences.get(0)
                                .replace("session.setReadsOnly(", "other.setReadsOnly(")
                                .replace("session.createQuery(", "other.createQuery(")
                        + fences.get(1)
                                .replace("= session.", "= written.")
                                .replace("String written", "String token")
                                .replace("parse(written)", "parse(token)")
                        + "return other.createQuery(\"select c.name from Customer c\", String.class).list(); }";
        Class<?> example = compile(entities("docs/getting-started.md"), method("Map<String, Object> settings", body));
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            assertThat(run(example, cluster.settings())).isEqualTo(List.of("Ada"));
        }
    }

    @Test
    void hotKeys_compile() throws Exception {
        List<String> fences = fences(page("docs/operations.md"), "java");
        assertThat(fences).hasSize(1);
        compile(method("ShardedSessionFactory factory", fences.get(0) + "return factory;"));
    }

    @Test
    void cache_compiles() throws Exception {
        assertThat(fences(page("docs/cache.md"), "java")).hasSize(1);
        compile(entities("docs/cache.md"), method("Long id", "return id;"));
    }

    @Test
    void jta_compiles() throws Exception {
        String example = fences(page("docs/transactions.md"), "java").stream()
                .filter(fence -> fence.contains("UserTransaction"))
                .findFirst()
                .orElseThrow();
        compile(
                entities("docs/getting-started.md"),
                IMPORTS + example.replace("class Shop {", "public class Example {"));
    }

    @Test
    void nativeSql_works() throws Exception {
        List<String> fences = fences(page("docs/native-sql.md"), "java");
        assertThat(fences).hasSize(1);
        String body =
                """
                try (ShardedSessionFactory factory = new ShardedConfiguration().settings(settings)
                        .entities(Customer.class, Purchase.class, Currency.class)
                        .setting("hibernate.hbm2ddl.auto", "create").build()) {
                    Customer ada = new Customer("Ada");
                    factory.inTransaction(session -> {
                        session.persist(ada);
                        session.persist(new Purchase(ada, "lamp"));
                        session.persist(new Purchase(ada, "desk"));
                    });
                    Long customerId = ada.id;
                """
                        + fences.get(0) + "}";
        Class<?> example = compile(entities("docs/getting-started.md"), method("Map<String, Object> settings", body));
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            assertThat(run(example, cluster.settings())).isEqualTo("1 2");
        }
    }

    @Test
    void explain_saysWhatThePageShows() throws Exception {
        String page = page("docs/queries.md");
        List<String> fences = fences(page, "java");
        assertThat(fences).hasSize(1);
        String body =
                """
                try (ShardedSessionFactory factory = new ShardedConfiguration().settings(settings)
                        .entities(Country.class, City.class, FeatureCode.class)
                        .setting("hibernate.hbm2ddl.auto", "create").build();
                        ShardedSession session = factory.openSession()) {
                """
                        + fences.get(0) + "return query.explain(); }";
        Class<?> example = compile(entities("README.md"), method("Map<String, Object> settings", body));
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            Map<String, Object> settings = new TreeMap<>();
            settings.put(ShardSettings.SHARDS, "one,two");
            cluster.settings().forEach((name, value) -> {
                if (!name.equals(ShardSettings.SHARDS)) {
                    settings.put(name.replace(".shard0.", ".one.").replace(".shard1.", ".two."), value);
                }
            });
            assertThat(run(example, settings).toString().strip())
                    .isEqualTo(fences(page, "text").get(0).strip());
        }
    }

    @Test
    void paging_worksAsThePageShows() throws Exception {
        List<String> fences = fences(page("docs/paging.md"), "java");
        assertThat(fences).hasSize(3);
        String body =
                """
                try (ShardedSessionFactory factory = new ShardedConfiguration().settings(settings)
                        .entities(Country.class, City.class, FeatureCode.class)
                        .setting("hibernate.hbm2ddl.auto", "create").build();
                        ShardedSession session = factory.openSession()) {
                    for (int i = 0; i < 50; i++) {
                        Country country = new Country();
                        country.code = "C" + i;
                        City city = new City();
                        city.id = (long) i;
                        city.country = country;
                        city.population = i;
                        factory.inTransaction(one -> {
                            one.persist(country);
                            one.persist(city);
                        });
                    }
                    {
                """
                        + fences.get(0)
                        + "if (first.rows().size() != 20 || !first.next().isPresent()) { return null; } }\n"
                        + fences.get(1) + "{" + fences.get(2) + "return cities.size() + \" \" + missing; } }";
        Class<?> example = compile(entities("README.md"), method("Map<String, Object> settings", body));
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2)) {
            assertThat(run(example, cluster.settings())).isEqualTo("50 []");
        }
    }

    // ---- the pages themselves

    @Test
    void links_leadSomewhere() throws IOException {
        int links = 0;
        for (Path page : pages()) {
            for (String link : all("\\]\\(([^)\\s]+)\\)", Files.readString(page))) {
                if (!link.matches("https?:.*")) {
                    String file = link.replaceAll("#.*", "");
                    Path target = file.isEmpty() ? page : page.resolveSibling(file);
                    assertThat(target).as(page + ": " + link).exists();
                    if (link.contains("#")) {
                        assertThat(anchors(Files.readString(target)))
                                .as(page + ": " + link)
                                .contains(link.replaceAll(".*#", ""));
                    }
                    links++;
                }
            }
        }
        assertThat(links).isGreaterThan(15);
    }

    private static List<String> anchors(String page) {
        return all("^#+ (.*)$", page).stream()
                .map(title -> title.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void everyPage_isLinkedFromTheReadme() throws IOException {
        String readme = page("README.md");
        for (Path page : pages()) {
            String name = page.getFileName().toString();
            if (!name.equals("README.md") && !name.equals("CHANGELOG.md")) {
                assertThat(readme).contains("(docs/" + name + ")");
            }
        }
    }

    @Test
    void readme_isShortAndHasTwoCommands() throws IOException {
        String readme = page("README.md");
        assertThat(readme.lines().count()).isLessThan(200);
        assertThat(fences(readme, "sh")).hasSize(2).allMatch(command -> command.startsWith("mvn "));
    }
}
