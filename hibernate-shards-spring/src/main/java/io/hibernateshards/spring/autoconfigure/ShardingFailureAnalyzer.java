package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;

/** Tells at a failed start what was seen, which property to change, and where it is set. */
final class ShardingFailureAnalyzer extends AbstractFailureAnalyzer<ShardingException> {
    private static final Pattern SETTING =
            Pattern.compile("(?m)^\\s*(?:HS-\\d+ )?(hibernate\\.shards\\.[A-Za-z0-9_.-]*[A-Za-z0-9_-])");

    private final ShardProperties properties;

    ShardingFailureAnalyzer(Environment environment) {
        properties = ShardProperties.of(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ShardingException cause) {
        String message = String.valueOf(cause.getMessage());
        return new FailureAnalysis(cause.code().title() + ".\n\n" + message, action(cause.code(), message), cause);
    }

    private String action(ShardErrorCode code, String message) {
        StringBuilder action = new StringBuilder(
                switch (code) {
                    case CONFIGURATION ->
                        "Correct each of these properties; the message says what is expected. Settings are described in"
                                + " docs/settings.md, and those of the starter in docs/spring-boot.md.";
                    case SHARD_UNAVAILABLE ->
                        "See that the server runs and that hibernate.shards.shard.<name>.url, .username and .password are"
                                + " right. One shard that answers is enough; to start without any, see \"Of Hibernate's"
                                + " own\" in docs/settings.md.";
                    default -> code.advice();
                });
        for (String setting : settings(message)) {
            Origin origin = properties.origin(setting);
            if (origin != null) {
                action.append("\n  ").append(setting).append(" is set in ").append(origin);
            }
        }
        return action.toString();
    }

    private static Set<String> settings(String message) {
        Set<String> settings = new LinkedHashSet<>();
        Matcher matcher = SETTING.matcher(message);
        while (matcher.find()) {
            settings.add(matcher.group(1));
        }
        return settings;
    }
}
