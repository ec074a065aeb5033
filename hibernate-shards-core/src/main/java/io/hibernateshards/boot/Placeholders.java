package io.hibernateshards.boot;

import io.hibernateshards.ShardSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hibernate.internal.util.config.ConfigurationHelper;
import org.jspecify.annotations.Nullable;

/**
 * Resolves <code>${name}</code>. Hibernate's way takes a name without a value for an empty text, and an error of it shows
 * the whole setting, which may be a password.
 */
final class Placeholders {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");

    private Placeholders() {}

    /**
     * A copy of all settings: ours resolved from system properties and environment variables, Hibernate's as it does.
     *
     * @param problems takes a line for each setting with a name that has no value
     */
    static Map<String, Object> resolve(Map<String, Object> settings, List<String> problems) {
        Map<String, Object> resolved = new HashMap<>(settings);
        resolved.keySet().removeIf(name -> name.startsWith(ShardSettings.PREFIX));
        ConfigurationHelper.resolvePlaceHolders(resolved);
        settings.forEach((name, value) -> {
            if (name.startsWith(ShardSettings.PREFIX)) {
                resolved.put(name, value instanceof String text ? resolve(name, text, problems) : value);
            }
        });
        return resolved;
    }

    private static String resolve(String setting, String text, List<String> problems) {
        return PLACEHOLDER.matcher(text).replaceAll(found -> {
            String value = value(found.group(1));
            if (value == null) {
                problems.add(setting + ": "
                        + (Secret.isSecret(setting) ? "a placeholder in it" : found.group())
                        + " names neither a system property nor an environment variable");
            }
            return Matcher.quoteReplacement(Objects.requireNonNullElse(value, "?"));
        });
    }

    private static @Nullable String value(String name) {
        String property = name.isEmpty() ? null : System.getProperty(name);
        return property != null ? property : System.getenv(name);
    }
}
