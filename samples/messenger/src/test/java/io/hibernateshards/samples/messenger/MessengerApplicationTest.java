package io.hibernateshards.samples.messenger;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.samples.messenger.Api.Answer;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.seed.Seeder;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Every route, over four shards. */
class MessengerApplicationTest {
    private static final int CONCURRENCY = 3;
    private static final int QUEUE = 2;

    private static LocalCluster cluster;
    private static ConfigurableApplicationContext context;
    private static ShardedSessionFactory factory;
    private static Api api;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.start(Layout.DATABASES, 4);
        Map<String, Object> properties = new TreeMap<>(ClusterOptions.settings(cluster));
        properties.put("server.port", 0);
        context = new SpringApplicationBuilder(MessengerApplication.class)
                .properties(properties)
                .run(
                        "--server.tomcat.threads.max=" + CONCURRENCY,
                        "--server.tomcat.threads.min-spare=" + CONCURRENCY,
                        "--messenger.overload.queue=" + QUEUE);
        factory = context.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class);
        new Seeder(factory, 1).countries();
        api = new Api(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        context.close();
        cluster.close();
    }

    private static String register(String name) throws Exception {
        Answer answer = api.post("/users", Map.of("name", name, "country", "SE"));
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.text("id");
    }

    private static ShardId shardOf(String user) {
        return factory.locate(User.class, Long.valueOf(user));
    }

    /** So many users, no two next to each other on the same shard. */
    private static List<String> apart(int count) throws Exception {
        List<String> users = new ArrayList<>();
        while (users.size() < count) {
            String user = register("Apart " + users.size());
            if (users.isEmpty() || !shardOf(user).equals(shardOf(users.get(users.size() - 1)))) {
                users.add(user);
            }
        }
        return users;
    }

    private static String begin(String owner, List<String> members) throws Exception {
        Answer answer = api.post("/conversations", Map.of("owner", owner, "subject", "Lunch", "members", members));
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.text("id");
    }

    private static String say(String conversation, String sender, String text) throws Exception {
        Answer answer =
                api.post("/conversations/" + conversation + "/messages", Map.of("sender", sender, "text", text));
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.text("id");
    }

    private static long credits(String user) throws Exception {
        return api.get("/users/" + user).body().get("credits").asLong();
    }

    /** A field of all items, page by page. */
    private static List<String> pages(String path, String next, String field) throws Exception {
        List<String> all = new ArrayList<>();
        Answer page = api.get(path);
        while (true) {
            assertThat(page.status()).as("%s", page).isEqualTo(200);
            page.body().get("items").forEach(item -> all.add(item.get(field).asString()));
            if (!page.body().has("next")) {
                return all;
            }
            page = api.get(path + "&" + next + "=" + page.text("next"));
        }
    }

    private static List<String> invalid(Answer answer) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        return StreamSupport.stream(answer.body().get("errors").spliterator(), false)
                .map(error -> error.get("field").asString())
                .sorted()
                .toList();
    }

    private static void isProblem(Answer answer, int status, String detail) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.text("detail")).isEqualTo(detail);
    }

    @Test
    void register_tellsWhereTheUserIs() throws Exception {
        Answer registered = api.post("/users", Map.of("name", "Ada Lovelace", "country", "GB"));
        assertThat(registered.status()).isEqualTo(201);
        Answer profile = api.get(registered.header("Location"));
        assertThat(profile.status()).isEqualTo(200);
        assertThat(profile.body()).isEqualTo(registered.body());
        assertThat(profile.text("name")).isEqualTo("Ada Lovelace");
        assertThat(profile.text("countryName")).isEqualTo("United Kingdom");
    }

    @Test
    void register_withMistakes_namesThem() throws Exception {
        assertThat(invalid(api.post("/users", Map.of("name", " ", "country", "Sweden"))))
                .containsExactly("country", "name");
        isProblem(api.post("/users", Map.of("name", "Ada", "country", "XX")), 404, "There is no country XX");
    }

    @Test
    void rename_isSeenAtOnce() throws Exception {
        String user = "/users/" + register("Old Name");
        api.get(user);
        assertThat(api.patch(user, Map.of("name", "New Name")).text("name")).isEqualTo("New Name");
        assertThat(api.get(user).text("name")).isEqualTo("New Name");
        isProblem(api.patch("/users/1", Map.of("name", "Nobody")), 404, "There is no user 1");
        assertThat(api.patch(user, Map.of("name", " ")).status()).isEqualTo(400);
    }

    @Test
    void profile_ofNobody_isNotFound() throws Exception {
        isProblem(api.get("/users/4711"), 404, "There is no user 4711");
        assertThat(api.get("/users/ada").status()).isEqualTo(400);
    }

    @Test
    void search_mergesAllShards() throws Exception {
        List<String> names = new ArrayList<>();
        TreeSet<String> shards = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            names.add("Zoë " + (char) ('A' + i * 7 % 26) + i);
            shards.add(shardOf(register(names.get(i))).name());
        }
        assertThat(shards).hasSizeGreaterThan(1);
        Collections.sort(names);
        assertThat(pages("/users?name=Zo%C3%AB&size=7", "page", "name")).isEqualTo(names);
    }

    @Test
    void search_withMistakes_namesThem() throws Exception {
        assertThat(invalid(api.get("/users?name=Z&size=1000"))).containsExactly("name", "size");
    }

    @Test
    void inbox_hasTheMessagesOfAllConversationsInPages() throws Exception {
        List<String> users = apart(3);
        String reader = users.get(1);
        String first = begin(users.get(0), List.of(reader));
        String second = begin(users.get(2), List.of(reader, users.get(0)));
        List<String> posted = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            posted.add(say(first, users.get(0), "First " + i));
            posted.add(say(second, users.get(i % 2 == 0 ? 2 : 0), "Second " + i));
            say(second, reader, "My own " + i);
        }
        Collections.reverse(posted);
        assertThat(pages("/users/" + reader + "/inbox?size=5", "before", "message"))
                .isEqualTo(posted);
        assertThat(pages("/users/" + reader + "/inbox?size=24", "before", "message"))
                .isEqualTo(posted);
        assertThat(pages("/users/" + reader + "/inbox?size=100", "before", "message"))
                .isEqualTo(posted);
        isProblem(api.get("/users/1/inbox"), 404, "There is no user 1");
        assertThat(invalid(api.get("/users/" + reader + "/inbox?size=0"))).containsExactly("size");
    }

    @Test
    void messages_areThoseOfTheConversationInPages() throws Exception {
        List<String> users = apart(2);
        String conversation = begin(users.get(0), List.of(users.get(1)));
        assertThat(pages("/conversations/" + conversation + "/messages?size=4", "before", "id"))
                .isEmpty();
        List<String> posted = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            posted.add(say(conversation, users.get(i % 2), "Hello " + i));
        }
        Collections.reverse(posted);
        assertThat(pages("/conversations/" + conversation + "/messages?size=4", "before", "id"))
                .isEqualTo(posted);
        isProblem(api.get("/conversations/1/messages"), 404, "There is no conversation 1");
    }

    @Test
    void post_ofAStranger_isRefused() throws Exception {
        List<String> users = apart(3);
        String conversation = begin(users.get(0), List.of(users.get(1)));
        String path = "/conversations/" + conversation + "/messages";
        isProblem(
                api.post(path, Map.of("sender", users.get(2), "text", "Hi")),
                422,
                "User " + users.get(2) + " does not take part in conversation " + conversation);
        assertThat(invalid(api.post(path, Map.of("sender", users.get(0), "text", "x".repeat(2001)))))
                .containsExactly("text");
        assertThat(pages(path + "?size=5", "before", "id")).isEmpty();
    }

    @Test
    void begin_withNobody_isRefused() throws Exception {
        String owner = register("Alone");
        Map<String, Object> nobody = Map.of("owner", owner, "subject", "Monologue", "members", List.of());
        assertThat(invalid(api.post("/conversations", nobody))).containsExactly("members");
        Map<String, Object> unknown = Map.of("owner", owner, "subject", "Ghost", "members", List.of("4711"));
        isProblem(api.post("/conversations", unknown), 404, "There is no user 4711");
    }

    @Test
    void transfer_betweenShards_changesBothOrNone() throws Exception {
        List<String> users = apart(2);
        Map<String, Object> possible = Map.of("from", users.get(0), "to", users.get(1), "amount", 300);
        Answer paid = api.post("/transfers", possible);
        assertThat(paid.status()).as("%s", paid).isEqualTo(200);
        assertThat(paid.body().get("credits").asLong()).isEqualTo(700);
        assertThat(List.of(credits(users.get(0)), credits(users.get(1)))).containsExactly(700L, 1300L);
        Map<String, Object> tooMuch = Map.of("from", users.get(0), "to", users.get(1), "amount", 701);
        isProblem(api.post("/transfers", tooMuch), 422, "User " + users.get(0) + " has 700 credits and cannot pay 701");
        assertThat(List.of(credits(users.get(0)), credits(users.get(1)))).containsExactly(700L, 1300L);
        assertThat(factory.getInDoubtBranches()).isEmpty();
    }

    @Test
    void transfer_withMistakes_namesThem() throws Exception {
        assertThat(invalid(api.post("/transfers", Map.of("from", "1", "to", "1", "amount", 0))))
                .containsExactly("amount", "betweenTwo");
    }

    @Test
    void pagesOfOperators_areServed() throws Exception {
        assertThat(api.get("/actuator/health").text("status")).isEqualTo("UP");
        assertThat(api.get("/actuator/shards").status()).isEqualTo(200);
        Answer console = api.get("/shards");
        assertThat(console.status()).isEqualTo(200);
        assertThat(console.response().body()).contains("<html");
    }

    @Test
    void countries_areListed() throws Exception {
        Answer countries = api.get("/countries");
        assertThat(countries.status()).isEqualTo(200);
        assertThat(countries.body().size()).isGreaterThan(200);
    }

    /** Requests that wait for a locked row take all threads; of the others that come, some are told to come again. */
    @Test
    void overload_isAnswered503() throws Exception {
        List<String> users = apart(2);
        int shard = factory.getTopology().shards().indexOf(shardOf(users.get(0)));
        Map<String, Object> transfer = Map.of("from", users.get(0), "to", users.get(1), "amount", 1);
        ExecutorService clients = Executors.newCachedThreadPool();
        List<Future<Answer>> transfers = new ArrayList<>();
        List<Future<Answer>> others = new ArrayList<>();
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select from users where id = " + users.get(0) + " for update");
            for (int i = 0; i < CONCURRENCY; i++) {
                transfers.add(clients.submit(() -> api.post("/transfers", transfer)));
            }
            await(() -> threads().getActiveCount() == CONCURRENCY);
            for (int i = 0; i < QUEUE + 2 * CONCURRENCY; i++) { // the threads may look at the queue at the same time
                others.add(clients.submit(() -> api.get("/countries")));
            }
            await(() -> threads().getQueue().size() == others.size());
            connection.rollback();
            for (Future<Answer> one : transfers) {
                assertThat(one.get().status()).isEqualTo(200);
            }
            assertThat(credits(users.get(0))).isEqualTo(1000 - CONCURRENCY);
            int refused = 0;
            for (Future<Answer> one : others) {
                Answer answer = one.get();
                if (answer.status() != 200) {
                    isProblem(answer, 503, "Too many requests; try again");
                    assertThat(answer.header("Retry-After")).isEqualTo("1");
                    refused++;
                }
            }
            assertThat(refused).isBetween(1, others.size() - 1);
        } finally {
            clients.shutdownNow();
        }
    }

    private static ThreadPoolExecutor threads() {
        TomcatWebServer server =
                (TomcatWebServer) requireNonNull(((WebServerApplicationContext) context).getWebServer());
        return (ThreadPoolExecutor)
                server.getTomcat().getConnector().getProtocolHandler().getExecutor();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waits").isLessThan(TimeUnit.MINUTES.toNanos(1));
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void openApi_listsAllRoutes() throws Exception {
        List<String> paths =
                new ArrayList<>(api.get("/v3/api-docs").body().get("paths").propertyNames());
        assertThat(paths)
                .containsExactlyInAnyOrder(
                        "/users",
                        "/users/{id}",
                        "/users/{id}/inbox",
                        "/countries",
                        "/conversations",
                        "/conversations/{id}/messages",
                        "/transfers");
        assertThat(api.get("/swagger-ui/index.html").status()).isEqualTo(200);
    }
}
