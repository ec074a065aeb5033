package io.hibernateshards.samples.messenger;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.samples.messenger.Api.Answer;
import io.hibernateshards.samples.messenger.seed.Seeder;
import io.hibernateshards.samples.twin.TwinApplication;
import jakarta.persistence.EntityManagerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The twin reads what the messenger writes, and the other way round: only then is a comparison worth anything. */
class TwinTest {
    @Test
    void bothAnswerAlike() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 4);
                ConfigurableApplicationContext messenger =
                        run(MessengerApplication.class, new TreeMap<>(cluster.settings()));
                ConfigurableApplicationContext twin = run(TwinApplication.class, servers(cluster))) {
            new Seeder(messenger.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class), 1)
                    .countries();
            compare(api(messenger), api(twin));
        }
    }

    private static void compare(Api messenger, Api twin) throws Exception {
        List<String> users = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            users.add((i % 2 == 0 ? messenger : twin)
                    .post("/users", Map.of("name", "Twin " + i, "country", "FR"))
                    .text("id"));
        }
        for (Api api : List.of(messenger, twin)) {
            Answer renamed = api.patch("/users/" + users.get(0), Map.of("name", "Twin of " + users.get(1)));
            assertThat(renamed.text("name")).isEqualTo("Twin of " + users.get(1));
        }
        for (int i = 1; i < users.size(); i++) { // some on the same shard, some not
            talk(messenger, twin, users.get(0), users.get(i));
        }
        List<String> paths = new ArrayList<>(
                List.of("/countries", "/users?name=Twin", "/users?name=Nobody", "/users?name=Twin&size=4"));
        for (String user : users) {
            paths.addAll(List.of("/users/" + user, "/users/" + user + "/inbox", "/users/" + user + "/inbox?size=2"));
        }
        for (String path : paths) {
            Answer expected = messenger.get(path);
            assertThat(expected.status()).isEqualTo(200);
            assertThat(twin.get(path).body()).as(path).isEqualTo(expected.body());
        }
        assertThat(twin.get("/users/1").status()).isEqualTo(404);
        assertThat(messenger.get("/users/" + users.get(0)).text("credits")).isEqualTo("990");
    }

    private static void talk(Api messenger, Api twin, String owner, String other) throws Exception {
        String conversation = begin(messenger, owner, other);
        assertThat(begin(twin, owner, other)).isNotEqualTo(conversation);
        String path = "/conversations/" + conversation + "/messages";
        for (Api api : List.of(messenger, twin, messenger, twin)) {
            for (String sender : List.of(owner, other)) {
                Answer posted = api.post(path, Map.of("sender", sender, "text", "Hello"));
                assertThat(posted.status()).as("%s", posted).isEqualTo(201);
            }
        }
        Answer expected = messenger.get(path + "?size=5");
        assertThat(expected.body().get("items").size()).isEqualTo(5);
        assertThat(twin.get(path + "?size=5").body()).isEqualTo(expected.body());
        for (Api api : List.of(messenger, twin)) {
            Answer paid = api.post("/transfers", Map.of("from", owner, "to", other, "amount", 1));
            assertThat(paid.status()).as("%s", paid).isEqualTo(200);
        }
    }

    private static String begin(Api api, String owner, String other) throws Exception {
        Answer begun =
                api.post("/conversations", Map.of("owner", owner, "subject", "Twins", "members", List.of(other)));
        assertThat(begun.status()).as("%s", begun).isEqualTo(201);
        assertThat(begun.body().get("members").toString()).contains(owner, other);
        return begun.text("id");
    }

    private static ConfigurableApplicationContext run(Class<?> application, Map<String, Object> properties) {
        properties.put("server.port", 0);
        return new SpringApplicationBuilder(application)
                .properties(properties)
                .run("--spring.jpa.properties.hibernate.cache.use_second_level_cache=false", "--twin.cache=false");
    }

    private static Map<String, Object> servers(LocalCluster cluster) {
        Map<String, Object> properties = new TreeMap<>();
        for (int i = 0; i < cluster.shards().size(); i++) {
            Shard shard = cluster.shards().get(i);
            properties.put("twin.servers[" + i + "].url", shard.url());
            properties.put("twin.servers[" + i + "].username", shard.user());
            properties.put("twin.servers[" + i + "].password", shard.password());
        }
        return properties;
    }

    private static Api api(ConfigurableApplicationContext context) {
        return new Api(context.getEnvironment().getRequiredProperty("local.server.port"));
    }
}
