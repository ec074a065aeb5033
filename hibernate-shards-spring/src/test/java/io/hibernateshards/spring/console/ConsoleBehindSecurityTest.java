package io.hibernateshards.spring.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spring.actuate.Person;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Spring Security says who gets as far as the console, which then says who may see it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleBehindSecurityTest {
    /** As Boot secures an application that says nothing. */
    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EntityScan(basePackageClasses = Person.class)
    static class Secured {}

    /** Leaves the console to itself, as the manual says for roles. */
    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EntityScan(basePackageClasses = Person.class)
    static class WithRoles {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/shards/**")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .httpBasic(withDefaults())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("ada")
                            .password("{noop}secret")
                            .roles("OPERATOR")
                            .build(),
                    User.withUsername("bob")
                            .password("{noop}secret")
                            .roles("USER")
                            .build());
        }
    }

    private final HttpClient client = HttpClient.newHttpClient();
    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2);
    private final ServletWebServerApplicationContext secured = ConsoleApplication.start(
            Secured.class, cluster, "spring.security.user.name=ada", "spring.security.user.password=secret");
    private final ServletWebServerApplicationContext withRoles =
            ConsoleApplication.start(WithRoles.class, cluster, "hibernate.shards.spring.console.role=OPERATOR");

    @AfterAll
    void close() {
        secured.close();
        withRoles.close();
        cluster.close();
    }

    private static HttpRequest.Builder request(ServletWebServerApplicationContext application, String path) {
        int port = Objects.requireNonNull(application.getWebServer()).getPort();
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private static HttpRequest.Builder as(String user, HttpRequest.Builder request) {
        String credentials = Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8));
        return request.header("Authorization", "Basic " + credentials);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private int status(HttpRequest.Builder request) throws IOException, InterruptedException {
        return send(request).statusCode();
    }

    @Test
    void whoIsNotKnown_seesNothing() throws Exception {
        for (String path : new String[] {"/shards", "/shards/data.json", "/shards/console.js", "/actuator/shards"}) {
            assertThat(status(request(secured, path))).as(path).isEqualTo(401);
        }
    }

    @Test
    void whoIsKnown_seesConsoleAndEndpoint_fromThisMachine() throws Exception {
        for (String path : new String[] {"/shards", "/shards/data.json", "/shards/console.js", "/actuator/shards"}) {
            assertThat(status(as("ada", request(secured, path)))).as(path).isEqualTo(200);
        }
        assertThat(status(as("ada", request(secured, "/shards")).header("X-Forwarded-For", "127.0.0.1")))
                .as("through a proxy")
                .isEqualTo(403);
    }

    @Test
    void headers_areThoseOfTheConsole_eachOnce() throws Exception {
        HttpResponse<String> page = send(as("ada", request(secured, "/shards")));
        assertThat(page.headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("default-src 'none'");
        assertThat(page.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(page.headers().allValues("X-Frame-Options")).containsExactly("DENY");
        assertThat(page.headers().allValues("X-Content-Type-Options")).containsExactly("nosniff");
    }

    @Test
    void whatWouldWrite_isRefused() throws Exception {
        for (ServletWebServerApplicationContext application :
                new ServletWebServerApplicationContext[] {secured, withRoles}) {
            for (String path : new String[] {"/shards", "/actuator/shards"}) {
                assertThat(status(as("ada", request(application, path)).POST(BodyPublishers.noBody())))
                        .as("no token against forgery")
                        .isIn(401, 403);
            }
        }
        assertThat(status(as("ada", request(secured, "/shards")).method("OPTIONS", BodyPublishers.noBody())))
                .as("what Spring Security lets through")
                .isEqualTo(405);
    }

    @Test
    void role_isAskedOfSpringSecurity() throws Exception {
        assertThat(status(as("ada", request(withRoles, "/shards")))).isEqualTo(200);
        assertThat(status(as("ada", request(withRoles, "/shards/data.json")).header("X-Forwarded-For", "10.1.2.3")))
                .as("from anywhere")
                .isEqualTo(200);
        assertThat(status(as("bob", request(withRoles, "/shards")))).isEqualTo(403);
        assertThat(status(as("bob", request(withRoles, "/shards/data.json")))).isEqualTo(403);
        assertThat(status(request(withRoles, "/shards"))).as("nobody").isEqualTo(403);
    }
}
