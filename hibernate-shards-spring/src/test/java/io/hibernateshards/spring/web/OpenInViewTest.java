package io.hibernateshards.spring.web;

import static io.hibernateshards.spring.Patience.eventually;
import static io.hibernateshards.spring.web.ForumApplication.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A session that lives as long as its request. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenInViewTest {
    private static final int MORE_THAN_THE_POOL_HOLDS = 6;

    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 3);
    private final HttpClient client = HttpClient.newHttpClient();
    private final ForumApplication application = new ForumApplication(
            cluster,
            "spring.jpa.hibernate.ddl-auto=create",
            "spring.jpa.open-in-view=true",
            "hibernate.shards.pool.maximum-pool-size=2");

    @BeforeAll
    void fill() throws Exception {
        for (int i = 0; i < 8; i++) {
            send(client, application.post("/topics/t" + i, "[\"first of %1$d\", \"second of %1$d\"]".formatted(i)));
        }
    }

    @AfterAll
    void close() {
        application.close();
        cluster.close();
    }

    private void noConnectionIsInUse() {
        eventually(() -> application.factory.getServers().stream().allMatch(server -> server.activeConnections() == 0));
    }

    @Test
    void lazyAssociation_isLoaded_whileTheAnswerIsRendered() throws Exception {
        HttpResponse<String> answer = send(client, application.request("/topics/t3"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"name\":\"t3\",\"replies\":[{\"text\":\"first of 3\"},{\"text\":\"second of 3\"}]}");
        noConnectionIsInUse();
    }

    @Test
    void lazyAssociations_ofSeveralShards_areLoaded() throws Exception {
        for (int i = 0; i < MORE_THAN_THE_POOL_HOLDS; i++) {
            String answer = send(client, application.request("/topics")).body();
            for (int topic = 0; topic < 8; topic++) {
                assertThat(answer).contains("{\"text\":\"second of " + topic + "\"}");
            }
        }
        assertThat(application.factory.getServers())
                .as("all were asked")
                .extracting(ServerStatus::idleConnections)
                .doesNotContain(0);
        noConnectionIsInUse();
    }

    @Test
    void withoutIt_theAssociationIsNotThere() throws Exception {
        try (ForumApplication without = new ForumApplication(cluster, "spring.jpa.open-in-view=false")) {
            assertThat(send(client, without.request("/topics/t3")).statusCode()).isEqualTo(500);
        }
    }

    @Test
    void renderingThatFails_givesConnectionsBack() throws Exception {
        send(client, application.post("/topics/broken", "[\"" + Reply.UNREADABLE + "\"]"));
        for (int i = 0; i < MORE_THAN_THE_POOL_HOLDS; i++) {
            assertThat(send(client, application.request("/topics/broken")).statusCode())
                    .isEqualTo(500);
        }
        noConnectionIsInUse();
    }
}
