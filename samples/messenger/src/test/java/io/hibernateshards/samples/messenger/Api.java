package io.hibernateshards.samples.messenger;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the application, as anybody could write one. */
final class Api {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client;
    private final String base;

    Api(String port) {
        this(HttpClient.newHttpClient(), port);
    }

    private Api(HttpClient client, String port) {
        this.client = client;
        base = "http://localhost:" + port;
    }

    /** As a browser does. */
    static Api withCookies(String port) {
        return new Api(
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build(), port);
    }

    /** What came back: {@code null} for a body that is not JSON. */
    record Answer(int status, JsonNode body, HttpResponse<String> response) {
        String text(String field) {
            return body.get(field).asString();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path)).build());
    }

    Answer post(String path, Map<String, ?> body) throws IOException, InterruptedException {
        return send("POST", path, body);
    }

    Answer patch(String path, Map<String, ?> body) throws IOException, InterruptedException {
        return send("PATCH", path, body);
    }

    private Answer send(String method, String path, Map<String, ?> body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build());
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Answer(response.statusCode(), JSON.readTree(json ? response.body() : "null"), response);
    }
}
