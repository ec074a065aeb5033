package io.hibernateshards.boot;

import io.hibernateshards.ShardSettings;
import java.util.Map;

/**
 * A setting that Hibernate must keep among its own, which it logs and gives out by {@code getProperties()}, and that
 * nobody may read there.
 */
record Secret(String value) {
    static boolean isPassword(String name) {
        return name.startsWith(ShardSettings.PREFIX) && name.endsWith("password");
    }

    /** A password, or a URL, which may have one among its parameters. */
    static boolean isSecret(String name) {
        return isPassword(name)
                || name.equals(ShardSettings.QUERY_CURSOR_SECRET)
                || name.startsWith(ShardSettings.SHARD + ".")
                        && (name.endsWith(".url") || name.endsWith(".listen-url"));
    }

    /** Puts all that nobody may read out of sight. */
    static void hide(Map<String, Object> settings) {
        settings.replaceAll((name, value) ->
                value != null && !(value instanceof Secret) && isSecret(name) ? new Secret(value.toString()) : value);
    }

    @Override
    public String toString() {
        return "****";
    }
}
