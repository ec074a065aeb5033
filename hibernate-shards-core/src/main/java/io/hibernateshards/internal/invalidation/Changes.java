package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one transaction has changed on one shard. Not safe for use by several threads. */
final class Changes {
    /** More of one region, and it is all of it. */
    private static final int MOST_KEYS = 20_000;

    /** So that a few always go into a message. */
    private static final int LONGEST_KEY = 1000;

    private final ShardId shard;
    private final Map<String, Map<String, Set<String>>> keys = new LinkedHashMap<>();
    private final Set<String> regions = new LinkedHashSet<>();
    private final Set<String> tables = new LinkedHashSet<>();
    private int count;
    private boolean late;

    Changes(ShardId shard) {
        this.shard = shard;
    }

    ShardId shard() {
        return shard;
    }

    /** They are to be published after the commit, as nothing has taken them along. */
    void late() {
        late = true;
    }

    boolean isLate() {
        return late;
    }

    void key(String region, Object key) {
        if (regions.contains(region)) {
            return;
        }
        KeyText text = KeyText.of(key, shard);
        if (text == null || text.role().length() + text.id().length() > LONGEST_KEY || count >= MOST_KEYS) {
            region(region);
            return;
        }
        if (keys.computeIfAbsent(region, name -> new LinkedHashMap<>(2))
                .computeIfAbsent(text.role(), role -> new LinkedHashSet<>())
                .add(text.id())) {
            count++;
        }
    }

    void region(String region) {
        if (regions.add(region)) {
            Map<String, Set<String>> single = keys.remove(region);
            if (single != null) {
                count -= single.values().stream().mapToInt(Set::size).sum();
            }
        }
    }

    void tables(String[] changed) {
        tables.addAll(List.of(changed));
    }

    /**
     * What to publish.
     *
     * @param longest the most characters of one
     */
    List<String> messages(String sender, int longest) {
        Writer writer = new Writer(sender, longest);
        regions.forEach(region -> writer.add(Message.REGION + SafeText.of(region)));
        keys.forEach((region, roles) -> roles.forEach((role, ids) -> {
            writer.begin(Message.ROLE + SafeText.of(region) + "," + role);
            ids.forEach(id -> writer.add(Message.KEY + id));
        }));
        writer.begin("");
        tables.forEach(table -> writer.add(Message.TABLE + SafeText.of(table)));
        return writer.messages();
    }

    /** Fills message after message. */
    private static final class Writer {
        private final String sender;
        private final int longest;
        private final List<String> done = new ArrayList<>(1);
        private final StringBuilder text = new StringBuilder();
        private String role = "";
        private boolean begun = true;

        Writer(String sender, int longest) {
            this.sender = sender;
            this.longest = longest;
        }

        /** Of what the next are the keys. */
        void begin(String token) {
            role = token;
            begun = role.isEmpty();
        }

        void add(String token) {
            int more = token.length() + 1 + (begun ? 0 : role.length() + 1);
            if (text.length() > 0 && text.length() + more > longest) {
                done.add(text.toString());
                text.setLength(0);
                begun = role.isEmpty();
            }
            if (text.length() == 0) {
                text.append(sender);
            }
            if (!begun) {
                text.append(' ').append(role);
                begun = true;
            }
            text.append(' ').append(token);
        }

        List<String> messages() {
            if (text.length() > 0) {
                done.add(text.toString());
                text.setLength(0);
            }
            return List.copyOf(done);
        }
    }
}
