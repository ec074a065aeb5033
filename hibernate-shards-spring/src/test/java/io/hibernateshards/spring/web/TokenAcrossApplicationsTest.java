package io.hibernateshards.spring.web;

import static io.hibernateshards.spring.Patience.eventually;
import static io.hibernateshards.spring.web.ForumApplication.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ServerStatus.Role;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import java.net.CookieManager;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client writes in one application and reads in another, whose replicas show nothing of it yet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenAcrossApplicationsTest {
    private static final String CARRIER = "hibernate.shards.spring.consistency-token.carrier=";
    private static final String HEADER = "X-Shards-Consistency";

    private final LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 2, Collation.C, ServerOptions.FAST, 1);
    private final ForumApplication inView =
            new ForumApplication(cluster, "spring.jpa.hibernate.ddl-auto=create", CARRIER + "header");
    private final ForumApplication notInView =
            new ForumApplication(cluster, "spring.jpa.open-in-view=false", CARRIER + "header");
    private final ForumApplication withCookies = new ForumApplication(cluster, CARRIER + "cookie");
    private final ForumApplication withOtherCookies =
            new ForumApplication(cluster, "spring.jpa.open-in-view=false", CARRIER + "cookie");
    private final List<ForumApplication> applications = List.of(inView, notInView, withCookies, withOtherCookies);

    TokenAcrossApplicationsTest() {
        cluster.awaitReplicas(0); // has the tables
        for (ForumApplication application : applications) {
            eventually(() -> application.factory.getServers().stream()
                    .allMatch(server -> server.role() != Role.UNUSED && server.available()));
        }
        cluster.replica(0, 0).pauseReplay();
    }

    @AfterAll
    void close() {
        applications.forEach(ForumApplication::close);
        cluster.close();
    }

    /** One after the other, until both shards have had some; by the thread of the request, or by another one. */
    @ParameterizedTest
    @CsvSource({"'', true", "'', false", "/later, true", "/later, false"})
    void header_ofTheAnswer_isWhatTheNextRequestReads(String when, boolean openInView) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        ForumApplication writer = openInView ? inView : notInView;
        ForumApplication reader = openInView ? notInView : inView;
        for (int i = 0; i < 4; i++) {
            String topic = "/topics/header" + when.length() + openInView + i;
            HttpResponse<String> written = send(client, writer.post(when + topic, "[\"one\", \"two\"]"));
            assertThat(written.statusCode()).isEqualTo(204);
            String token = written.headers().firstValue(HEADER).orElseThrow();

            assertThat(send(client, reader.request(topic + "/size")).statusCode())
                    .as("the replica, which lags")
                    .isEqualTo(404);
            HttpResponse<String> read =
                    send(client, reader.request(topic + "/size").header(HEADER, token));
            assertThat(read.body()).isEqualTo("2");
            assertThat(read.headers().firstValue(HEADER)).as("nothing new").isEmpty();
        }
    }

    @Test
    void cookie_isKeptByTheClient_forAllApplications() throws Exception {
        HttpClient browser =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        HttpClient forgetful = HttpClient.newHttpClient();
        for (int i = 0; i < 4; i++) {
            String topic = "/topics/cookie" + i;
            assertThat(send(browser, withCookies.post(topic, "[\"one\"]")).statusCode())
                    .isEqualTo(204);
            assertThat(send(forgetful, withOtherCookies.request(topic + "/size"))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(send(browser, withOtherCookies.request(topic + "/size")).body())
                    .isEqualTo("1");
        }
    }
}
