package io.hibernateshards.spring.autoconfigure;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How settings are written, for names that lost dashes and capitals on their way, as in environment variables. */
enum KnownNames {
    OF_ALL(
            "username",
            "password",
            "assignment",
            "assignment.virtual-nodes",
            "adopt",
            "catalog.shard",
            "catalog.schema",
            "id.worker",
            "id.lease",
            "id.clock-wait",
            "guard.database",
            "transaction.mode",
            "transaction.recovery-interval",
            "transaction.decision-retention",
            "transaction.max-decisions",
            "transaction.lock-timeout",
            "consistency",
            "replica.probe-interval",
            "replica.max-wait",
            "jvms",
            "query.parallelism",
            "query.scatter",
            "query.max-shards",
            "query.max-rows",
            "query.max-time",
            "query.gather-limit",
            "query.inline-limit",
            "query.cursor-secret",
            "hot-keys.sample",
            "hot-keys.log-share",
            "hot-keys.log-ids",
            "cache.coherence",
            "observer",
            "cache.load-wait"),
    OF_A_SHARD("url", "username", "password", "weight", "buckets", "listen-url"),
    OF_A_POOL(
            "connection-init-sql",
            "connection-test-query",
            "connection-timeout",
            "idle-timeout",
            "keepalive-time",
            "leak-detection-threshold",
            "max-lifetime",
            "maximum-pool-size",
            "minimum-idle",
            "register-mbeans",
            "transaction-isolation",
            "validation-timeout"),
    OF_A_REGION("max-entries", "max-weight", "expire-after-write", "expire-after-access", "hot-life");

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> names;

    KnownNames(String... names) {
        this.names = List.of(names);
    }

    List<String> names() {
        return names;
    }

    /** Null if there is no such setting. */
    @Nullable
    String find(List<String> elements) {
        return find(names, elements);
    }

    /** The one among these that is written so, or would be but for dashes, dots and capitals. */
    static @Nullable String find(List<String> names, List<String> elements) {
        String written = String.join(".", elements);
        if (names.contains(written)) {
            return written;
        }
        String uniform = uniform(written);
        return names.stream()
                .filter(name -> uniform(name).equals(uniform))
                .findFirst()
                .orElse(null);
    }

    static String uniform(String name) {
        StringBuilder uniform = new StringBuilder();
        name.toLowerCase(Locale.ROOT).chars().filter(Character::isLetterOrDigit).forEach(c -> uniform.append((char) c));
        return uniform.toString();
    }
}
