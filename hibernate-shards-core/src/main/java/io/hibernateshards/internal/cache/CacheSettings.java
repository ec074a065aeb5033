package io.hibernateshards.internal.cache;

import io.hibernateshards.HotEntity;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.internal.cache.RegionSettings.Life;
import io.hibernateshards.internal.cache.RegionSettings.Room;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is below {@link ShardSettings#CACHE}, checked. */
public final class CacheSettings {
    private static final String PREFIX = ShardSettings.CACHE + ".";
    private static final String REGION = "region.";
    private static final String MAX_ENTRIES = "max-entries";
    private static final String MAX_WEIGHT = "max-weight";
    private static final String AFTER_WRITE = "expire-after-write";
    private static final String AFTER_ACCESS = "expire-after-access";
    private static final String HOT_LIFE = "hot-life";
    private static final String LOAD_WAIT = "load-wait";
    private static final Set<String> OF_A_REGION = Set.of(MAX_ENTRIES, MAX_WEIGHT, AFTER_WRITE, AFTER_ACCESS, HOT_LIFE);
    private static final long LIFE = 300_000;

    /** By full name. */
    private final Map<String, String> settings = new TreeMap<>();

    private final List<String> problems;

    /** By region; those of all others by the empty name. */
    private final Map<String, Room> rooms = new HashMap<>();

    private final Map<String, Life> lives = new HashMap<>();
    private final Set<String> regions = new TreeSet<>();
    private final long loadWait;

    private CacheSettings(Map<String, ?> all, List<String> problems) {
        this.problems = problems;
        all.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && value != null) {
                settings.put(name, value.toString().trim());
            }
        });
        settings.keySet().forEach(this::region);
        level("", PREFIX);
        regions.forEach(region -> level(region, PREFIX + REGION + region + "."));
        loadWait = settings.containsKey(PREFIX + LOAD_WAIT) ? number(PREFIX + LOAD_WAIT, 0) : 1000;
    }

    /**
     * Reads them.
     *
     * @param all Hibernate's settings
     * @param problems takes a line for each problem; with any, the result must not be used
     */
    public static CacheSettings read(Map<String, ?> all, List<String> problems) {
        return new CacheSettings(all, problems);
    }

    private void region(String name) {
        String rest = name.substring(PREFIX.length());
        int dot = rest.lastIndexOf('.');
        if (rest.startsWith(REGION) && dot > REGION.length() && OF_A_REGION.contains(rest.substring(dot + 1))) {
            regions.add(rest.substring(REGION.length(), dot));
        } else if (!OF_A_REGION.contains(rest)
                && !rest.equals(LOAD_WAIT)
                && !name.equals(ShardSettings.CACHE_COHERENCE)) { // which is of shards
            problems.add(name + " there is no such setting; the class ShardSettings documents all of them");
        }
    }

    private void level(String region, String prefix) {
        if (settings.containsKey(prefix + MAX_ENTRIES) && settings.containsKey(prefix + MAX_WEIGHT)) {
            problems.add(prefix + MAX_WEIGHT + " and " + prefix + MAX_ENTRIES + " are both set: use one of them");
        } else if (settings.containsKey(prefix + MAX_ENTRIES)) {
            rooms.put(region, new Room(number(prefix + MAX_ENTRIES, 0), false));
        } else if (settings.containsKey(prefix + MAX_WEIGHT)) {
            rooms.put(region, new Room(number(prefix + MAX_WEIGHT, 0), true));
        }
        long hot = time(prefix + HOT_LIFE, 0);
        long write = time(prefix + AFTER_WRITE, hot > 0 ? Math.min(hot, LIFE) : 0);
        long access = time(prefix + AFTER_ACCESS, 0);
        if (hot > 0 && access > 0) {
            problems.add(prefix + HOT_LIFE + " and " + prefix + AFTER_ACCESS
                    + " are both set: use one of them, as each lets reads lengthen the life of an entry");
        } else if (hot > 0 && hot < write) {
            problems.add(prefix + HOT_LIFE + " is " + hot + ": use at least " + write + ", which entries live anyway");
        }
        if (hot > 0 || write > 0 || access > 0) {
            lives.put(region, new Life(write, access, hot));
        }
    }

    private long time(String name, long otherwise) {
        return settings.containsKey(name) ? number(name, 1) : otherwise;
    }

    private long number(String name, long least) {
        String text = settings.getOrDefault(name, "");
        try {
            int number = Integer.parseInt(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        problems.add(name + " is \"" + text + "\": use a whole number of at least " + least);
        return Math.max(1, least);
    }

    /** How long a session waits for another that loads the same, in milliseconds. */
    long loadWait() {
        return loadWait;
    }

    /** Those that have settings of their own. */
    Set<String> regions() {
        return regions;
    }

    /** What a region's own settings say goes before the annotation, and that before what is said for all. */
    RegionSettings of(String region, @Nullable HotEntity hot) {
        Room room = rooms.get(region);
        if (room == null && hot != null && hot.maxEntries() > 0) {
            room = new Room(hot.maxEntries(), false);
        }
        Life life = lives.get(region);
        if (life == null && hot != null) {
            life = new Life(hot.life() * 1000L, 0, hot.hotLife() * 1000L);
        }
        return new RegionSettings(
                room == null ? rooms.getOrDefault("", Room.USUAL) : room,
                life == null ? lives.getOrDefault("", Life.ENDLESS) : life);
    }
}
