package io.hibernateshards.spring.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the setting that a property means: {@code HIBERNATE_SHARDS_SHARD_EUWEST_POOL_MAXIMUMPOOLSIZE} is {@code
 * hibernate.shards.shard.eu-west.pool.maximum-pool-size} if there is a shard {@code eu-west}. What it does not know it
 * leaves as it is written, for the core to refuse by name.
 *
 * @param shards their names, as {@code hibernate.shards.shards} has them
 */
record SettingNames(List<String> shards) {
    /** Elements and result without {@code hibernate.shards}. */
    String of(List<String> elements) {
        List<String> rest = elements.subList(1, elements.size());
        return switch (rest.isEmpty() ? "" : KnownNames.uniform(elements.get(0))) {
            case "shard" -> "shard." + ofShard(rest);
            case "pool" -> "pool." + orWritten(KnownNames.OF_A_POOL.find(rest), rest);
            case "pin" -> "pin." + String.join("-", rest);
            case "function" -> "function." + String.join(".", rest);
            case "cache" -> ofCache(elements);
            default -> orWritten(KnownNames.OF_ALL.find(elements), elements);
        };
    }

    private String ofShard(List<String> elements) {
        for (int end = elements.size() - 1; end > 0; end--) {
            String shard = KnownNames.find(shards, elements.subList(0, end));
            if (shard != null) {
                return shard + "." + ofServer(elements.subList(end, elements.size()));
            }
        }
        return String.join(".", elements);
    }

    private static String ofServer(List<String> elements) {
        if (KnownNames.uniform(elements.get(0)).equals("replica")) {
            for (int end = 2; end < elements.size(); end++) {
                String setting = setting(elements.subList(end, elements.size()));
                if (setting != null) {
                    return "replica." + String.join("-", elements.subList(1, end)) + "." + setting;
                }
            }
        }
        return orWritten(setting(elements), elements);
    }

    private static @Nullable String setting(List<String> elements) {
        if (elements.size() > 1 && elements.get(0).equals("pool")) {
            List<String> property = elements.subList(1, elements.size());
            return "pool." + orWritten(KnownNames.OF_A_POOL.find(property), property);
        }
        return KnownNames.OF_A_SHARD.find(elements);
    }

    private static String ofCache(List<String> elements) {
        List<String> rest = elements.subList(1, elements.size());
        if (KnownNames.uniform(rest.get(0)).equals("region")) {
            for (int end = 2; end < rest.size(); end++) {
                String setting = KnownNames.OF_A_REGION.find(rest.subList(end, rest.size()));
                if (setting != null) {
                    return "cache.region." + String.join(".", rest.subList(1, end)) + "." + setting;
                }
            }
        }
        String ofEach = KnownNames.OF_A_REGION.find(rest);
        return ofEach != null ? "cache." + ofEach : orWritten(KnownNames.OF_ALL.find(elements), elements);
    }

    private static String orWritten(@Nullable String known, List<String> elements) {
        return known != null ? known : String.join(".", elements);
    }
}
