package io.hibernateshards.samples.messenger;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.samples.messenger.Api.Answer;
import io.hibernateshards.samples.messenger.seed.Seeder;
import jakarta.persistence.EntityManagerFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Standbys that lag do not show: clients that keep cookies see what they wrote. */
class ConsistencyCookieTest {
    @Test
    void inbox_readFromALaggingStandby_hasWhatTheClientHasJustSent() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 2, Collation.C, ServerOptions.FAST, 1)) {
            Map<String, Object> properties = new TreeMap<>(ClusterOptions.settings(cluster));
            properties.put("server.port", 0);
            try (ConfigurableApplicationContext context = new SpringApplicationBuilder(MessengerApplication.class)
                    .properties(properties)
                    .run()) {
                ShardedSessionFactory factory =
                        context.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class);
                new Seeder(factory, 1).countries();
                cluster.awaitReplicas(0);
                cluster.replica(0, 0).pauseReplay();
                Api api = Api.withCookies(context.getEnvironment().getRequiredProperty("local.server.port"));

                Answer user = api.post("/users", Map.of("name", "Ada Lovelace", "country", "GB"));
                assertThat(user.header("Set-Cookie"))
                        .startsWith("shards-consistency=shard")
                        .contains("HttpOnly", "SameSite=Lax");
                String sender = user.text("id");
                String reader = api.post("/users", Map.of("name", "Charles Babbage", "country", "GB"))
                        .text("id");
                Answer conversation = api.post(
                        "/conversations", Map.of("owner", sender, "subject", "Engines", "members", List.of(reader)));
                Answer message = api.post(
                        "/conversations/" + conversation.text("id") + "/messages",
                        Map.of("sender", sender, "text", "Hello"));
                assertThat(message.status()).as("%s", message).isEqualTo(201);

                Answer inbox = api.get("/users/" + reader + "/inbox");
                assertThat(inbox.body().get("items")).as("%s", inbox).hasSize(1);
                assertThat(inbox.header("Set-Cookie")).as("nothing new").isEmpty();
            }
        }
    }
}
