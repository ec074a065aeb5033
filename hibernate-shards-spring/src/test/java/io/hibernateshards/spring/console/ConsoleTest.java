package io.hibernateshards.spring.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.mock.web.MockHttpServletRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who gets what from {@code /shards}. */
class ConsoleTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static LocalCluster cluster;
    private static ServletWebServerApplicationContext application;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        application = ConsoleApplication.start(cluster);
    }

    @AfterAll
    static void stop() {
        application.close();
        cluster.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:"
                + Objects.requireNonNull(application.getWebServer()).getPort() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void page_fromThisMachine_isGivenWithAStrictPolicy() throws Exception {
        HttpResponse<String> page = send(request("/shards"));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=utf-8");
        assertThat(page.headers().firstValue("Content-Security-Policy")).hasValueSatisfying(policy -> assertThat(policy)
                .contains("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'")
                .doesNotContain("unsafe"));
        assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(page.body()).doesNotContain("http:", "https:", "style=", "onclick");
    }

    @Test
    void data_isTheReport() throws Exception {
        JsonNode data = json(send(request("/shards/data.json")).body());
        assertThat(data.at("/report/topology/buckets").asInt()).isEqualTo(8192);
        assertThat(data.at("/report/shards/1/name").asString()).isEqualTo("shard1");
        assertThat(data.at("/activity/boundsMicros").isArray()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    void otherMethods_areRefused(String method) throws Exception {
        HttpResponse<String> answer = send(request("/shards/data.json").method(method, BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    /** The same report, as the documentation has it. */
    @Test
    void endpoint_hasTheShapeThatThePageOfTheManualShows() throws Exception {
        String manual = Files.readString(Path.of("../docs/operations.md"));
        String shown = manual.substring(manual.indexOf("```json\n") + 8);
        HttpResponse<String> answer = send(request("/actuator/shards"));
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode documented = json(shown.substring(0, shown.indexOf("```")));
        JsonNode given = json(answer.body());
        for (String part : List.of(
                "",
                "/topology",
                "/shards/0",
                "/shards/0/servers/0",
                "/shards/0/servers/0/pool",
                "/shards/0/tables/0")) {
            assertThat(given.at(part).propertyNames())
                    .as(part)
                    .isNotEmpty()
                    .containsExactlyElementsOf(documented.at(part).propertyNames());
        }
        assertThat(send(request("/actuator/shards").POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(405);
        assertThat(json(send(request("/actuator/health/shards")).body())
                        .at("/status")
                        .asString())
                .isEqualTo("UP");
    }

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }

    @Test
    void head_isAnswered() throws Exception {
        HttpResponse<String> answer = send(request("/shards/console.js").method("HEAD", BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For",
                "Forwarded",
                "X-Real-IP",
                "x-forwarded-proto",
                "X-Client-IP",
                "X-Cluster-Client-IP",
                "CF-Connecting-IP",
                "CF-Ray",
                "CDN-Loop",
                "Forwarded-For",
                "X-Forwarded",
                "X-Vercel-Forwarded-For",
                "X-Originating-IP",
                "X-Remote-Addr",
                "X-ProxyUser-Ip",
                "X-Proxy-Id",
                "X-Azure-ClientIP",
                "X-Envoy-External-Address",
                "X-Amzn-Trace-Id",
                "X-Varnish",
                "Via"
            })
    void throughAProxy_isRefused(String header) throws Exception {
        assertThat(send(request("/shards").header(header, "127.0.0.1")).statusCode())
                .isEqualTo(403);
    }

    @Test
    void data_thatAPageFromElsewhereAsksFor_isRefused() throws Exception {
        assertThat(send(request("/shards/data.json").header("Sec-Fetch-Site", "cross-site"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/shards/data.json").header("Sec-Fetch-Site", "same-origin"))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/shards/..%2fapplication.properties", "/shards/ConsoleServlet.class", "/shards/index.html"})
    void otherPaths_areNotThere(String path) throws Exception {
        assertThat(send(request(path)).statusCode()).isIn(400, 404);
    }

    @Test
    void slashAtTheEnd_leadsToThePage() throws Exception {
        HttpResponse<String> answer = send(request("/shards/"));
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location"))
                .hasValueSatisfying(location -> assertThat(location).endsWith("/shards"));
    }

    @Test
    void access_isLocalUnlessMoreIsSaid() {
        ConsoleAccess byDefault = new ConsoleAccess("", false);
        assertThat(byDefault.allows(from("127.0.0.1", "localhost"))).isTrue();
        assertThat(byDefault.allows(from("0:0:0:0:0:0:0:1", "[::1]"))).isTrue();
        assertThat(byDefault.allows(from("10.1.2.3", "localhost"))).isFalse();
        assertThat(byDefault.allows(from("127.0.0.1", "rebound.example"))).isFalse();
        assertThat(new ConsoleAccess("", true).allows(from("10.1.2.3", "shop.example")))
                .isTrue();
    }

    /** The sender that Tomcat's valve makes of a header; the end of the connection that is here cannot be made up. */
    @Test
    void access_isNotForSendersThatHeadersName() {
        ConsoleAccess byDefault = new ConsoleAccess("", false);
        MockHttpServletRequest remote = from("127.0.0.1", "localhost");
        remote.setLocalAddr("10.1.2.4");
        assertThat(byDefault.allows(remote)).isFalse();
        MockHttpServletRequest rewritten = from("127.0.0.1", "localhost");
        rewritten.setAttribute("org.apache.tomcat.request.forwarded", true);
        assertThat(byDefault.allows(rewritten)).isFalse();
        assertThat(byDefault.allows(from("", "localhost"))).isFalse();
    }

    /** Tomcat's valve does not tell whether it found a header; the filter leaves the headers where they can be seen. */
    @ParameterizedTest
    @CsvSource({"native, 403", "framework, 200"})
    void throughAProxyThatIsBelieved_isRefused(String strategy, int direct) throws Exception {
        try (ServletWebServerApplicationContext behind =
                ConsoleApplication.start(cluster, "server.forward-headers-strategy=" + strategy)) {
            URI page = URI.create("http://localhost:"
                    + Objects.requireNonNull(behind.getWebServer()).getPort() + "/shards");
            assertThat(send(HttpRequest.newBuilder(page)).statusCode()).isEqualTo(direct);
            for (String sender : List.of("127.0.0.1", "::1", "127.0.0.1, 10.1.2.3")) {
                assertThat(send(HttpRequest.newBuilder(page).header("X-Forwarded-For", sender))
                                .statusCode())
                        .as(sender)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void access_ofARole_isItsAlone() {
        ConsoleAccess operators = new ConsoleAccess("OPERATOR", true);
        MockHttpServletRequest somebody = from("127.0.0.1", "localhost");
        assertThat(operators.allows(somebody)).isFalse();
        MockHttpServletRequest operator = from("10.1.2.3", "shop.example");
        operator.addUserRole("OPERATOR");
        assertThat(operators.allows(operator)).isTrue();
    }

    private static MockHttpServletRequest from(String address, String host) {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/shards");
        request.setRemoteAddr(address);
        request.setServerName(host);
        return request;
    }
}
