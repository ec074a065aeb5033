package io.hibernateshards.cluster;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that is already there; its URL may carry {@code user} and {@code password}. */
final class GivenServer extends PostgresServer {
    private final String url;

    GivenServer(String url) {
        super("primary");
        if (!url.startsWith("jdbc:postgresql://")) {
            throw new IllegalArgumentException(
                    "shards.postgres: \"" + url.replaceFirst("password=[^&]*", "password=...")
                            + "\" is neither embedded, testcontainers nor a PostgreSQL JDBC URL");
        }
        this.url = url;
    }

    @Override
    String adminUrl() {
        return url;
    }

    @Override
    String user() {
        return parameter("user", System.getProperty("user.name"));
    }

    @Override
    String password() {
        return parameter("password", "");
    }

    private String parameter(String name, String other) {
        Matcher matcher = Pattern.compile("[?&]" + name + "=([^&]*)").matcher(url);
        return matcher.find() ? matcher.group(1) : other;
    }

    @Override
    public void close() {
        dropDatabases(); // the server is not ours to stop
    }
}
