package io.hibernateshards.internal.reference;

import io.hibernateshards.ReferenceDifference;
import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The copies of one reference entity's rows on all shards, side by side, while nobody changes them. */
public final class ReferenceComparison {
    private final String root;
    private final List<ReferenceTable> tables;
    private final Copies copies;
    private final Map<ReferenceTable, Map<ShardId, Map<String, String>>> digests = new LinkedHashMap<>();

    /**
     * Reads digests of all rows.
     *
     * @param root the reference entity, the root of its inheritance tree
     * @param changes of the same transaction, in which this makes others wait
     */
    public ReferenceComparison(String root, ReferenceTables tables, ReferenceChanges changes, Copies copies) {
        this.root = root;
        this.tables = tables.of(root);
        this.copies = copies;
        changes.lock();
        for (ReferenceTable table : this.tables) {
            Map<ShardId, Map<String, String>> byShard = new LinkedHashMap<>();
            for (ShardId shard : copies.shards()) {
                byShard.put(shard, new Rows(copies.child(shard)).digests(table));
            }
            digests.put(table, byShard);
        }
    }

    /** By table, and then by id. */
    public List<ReferenceDifference> differences() {
        List<ReferenceDifference> found = new ArrayList<>();
        digests.forEach((table, byShard) -> {
            Set<String> ids = new TreeSet<>();
            byShard.values().forEach(digest -> ids.addAll(digest.keySet()));
            for (String id : ids) {
                difference(table, id, byShard, found);
            }
        });
        return List.copyOf(found);
    }

    private void difference(
            ReferenceTable table,
            String id,
            Map<ShardId, Map<String, String>> byShard,
            Collection<ReferenceDifference> found) {
        Map<String, List<ShardId>> equal = new LinkedHashMap<>();
        List<ShardId> missing = new ArrayList<>();
        byShard.forEach((shard, digest) -> {
            String state = digest.get(id);
            (state == null ? missing : equal.computeIfAbsent(state, key -> new ArrayList<>())).add(shard);
        });
        if (equal.size() > 1 || !missing.isEmpty()) {
            List<List<ShardId>> groups = equal.values().stream()
                    .map(List::copyOf)
                    .sorted(Comparator.comparingInt(group -> -group.size()))
                    .toList();
            found.add(new ReferenceDifference(root, table.name(), id, groups, List.copyOf(missing)));
        }
    }

    /**
     * Makes all copies what they are on one shard.
     *
     * @return how many ids differed, those of each shard counted
     */
    public int mend(ShardId right) {
        int mended = 0;
        for (ShardId shard : copies.shards()) {
            Set<String> ids = new LinkedHashSet<>();
            digests.forEach((table, byShard) -> {
                Map<String, String> wanted = Objects.requireNonNull(byShard.get(right));
                Map<String, String> there = Objects.requireNonNull(byShard.get(shard));
                wanted.keySet().stream()
                        .filter(id -> !Objects.equals(wanted.get(id), there.get(id)))
                        .forEach(ids::add);
                there.keySet().stream().filter(id -> !wanted.containsKey(id)).forEach(ids::add);
            });
            if (!ids.isEmpty()) {
                Part part = new Part(tables, Keys.ofJson(ids.toString()));
                new Transfer(copies.child(right), List.of(part)).to(copies.child(shard));
                mended += ids.size();
            }
        }
        return mended;
    }
}
