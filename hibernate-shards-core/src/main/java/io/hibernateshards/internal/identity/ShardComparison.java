package io.hibernateshards.internal.identity;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.internal.connection.Identities;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compares who the databases say they are with who the settings say they are. */
final class ShardComparison {
    private final Map<ShardId, Reading> readings;
    private final Set<String> adopt;
    private final List<String> findings = new ArrayList<>();
    private final Set<ShardId> adopted = new LinkedHashSet<>();
    private final @Nullable String cluster;

    /** Null too if shards belong to several clusters and none of these has most of them. */
    private final @Nullable RecordedTopology topology;

    /**
     * @param known the cluster if it is known already, else null
     * @param inForce its topology
     */
    ShardComparison(
            Map<ShardId, Reading> readings,
            Set<String> adopt,
            @Nullable String known,
            @Nullable RecordedTopology inForce) {
        this.readings = readings;
        this.adopt = adopt;
        sameTwice();
        cluster = known == null ? cluster() : known;
        topology = newest(inForce);
        readings.values().forEach(this::check);
    }

    List<String> findings() {
        return findings;
    }

    /** Shards whose record is to be replaced, as a setting says. */
    Set<ShardId> adopted() {
        return adopted;
    }

    /** The cluster of the shards; null if none is recorded. */
    @Nullable
    String clusterOrNull() {
        return cluster;
    }

    /** The newest topology of the cluster, with the names that adopted shards have now; null if none is recorded. */
    @Nullable
    RecordedTopology topology() {
        RecordedTopology known = topology;
        if (known == null) {
            return null;
        }
        Map<ShardId, ShardId> renamed = new HashMap<>();
        for (ShardId shard : adopted) {
            Reading reading = readings.get(shard);
            Claim claim = reading == null ? null : reading.claim();
            if (claim != null
                    && claim.cluster().equals(cluster)
                    && !claim.name().equals(shard.name())) {
                known.topology().shards().stream()
                        .filter(before -> before.name().equals(claim.name()))
                        .forEach(before -> renamed.put(before, shard));
            }
        }
        List<ShardId> names = known.topology().shards().stream()
                .map(shard -> renamed.getOrDefault(shard, shard))
                .toList();
        return renamed.isEmpty() || Set.copyOf(names).size() < names.size() ? known : renamed(known, names, renamed);
    }

    private static RecordedTopology renamed(
            RecordedTopology known, List<ShardId> names, Map<ShardId, ShardId> renamed) {
        int[] owners = new int[io.hibernateshards.Buckets.COUNT];
        for (int bucket = 0; bucket < owners.length; bucket++) {
            owners[bucket] = known.topology().indexOf(bucket);
        }
        Map<String, String> tables = new TreeMap<>(known.tables());
        renamed.forEach((before, now) -> known.tables().forEach((table, rule) -> {
            if (rule.equals("on " + before)) {
                tables.put(table, "on " + now);
            }
        }));
        ShardId catalog = known.catalogShard();
        return new RecordedTopology(
                known.cluster(),
                io.hibernateshards.Topology.of(known.version() + 1, names, owners),
                renamed.getOrDefault(catalog, catalog),
                known.assignment(),
                known.functions(),
                tables,
                known.pending());
    }

    private boolean isAdopted(Reading reading) {
        return adopt.contains(reading.token());
    }

    private void sameTwice() {
        Map<String, Reading> places = new LinkedHashMap<>();
        for (Reading reading : readings.values()) {
            Reading other = reading.identity().system() == 0
                    ? null
                    : places.putIfAbsent(
                            reading.identity().place() + " "
                                    + reading.identity().schema(),
                            reading);
            if (other != null) {
                findings.add(other.described() + " and " + reading.described() + " are one: both lead to "
                        + reading.identity().described()
                        + ", or to physical copies of it. Give each shard a database or a schema of its own"
                        + " (currentSchema in the URL)");
            }
        }
    }

    /** The one that most shards belong to. */
    private @Nullable String cluster() {
        Map<String, Integer> members = new TreeMap<>();
        Claim named = null;
        for (Reading reading : readings.values()) {
            Claim claim = reading.claim();
            if (claim != null && !isAdopted(reading)) {
                members.merge(claim.cluster(), 1, Integer::sum);
            } else if (claim != null) {
                named = claim;
            }
        }
        int most = members.values().stream().max(Comparator.naturalOrder()).orElse(0);
        List<String> largest = members.keySet().stream()
                .filter(one -> members.getOrDefault(one, 0) == most)
                .toList();
        if (most == 0) {
            return named == null ? null : named.cluster(); // all of them are adopted
        }
        return largest.get(0);
    }

    private @Nullable RecordedTopology newest(@Nullable RecordedTopology inForce) {
        RecordedTopology newest = inForce;
        Set<ShardId> pending = inForce == null ? null : new LinkedHashSet<>(inForce.pending());
        for (Reading reading : readings.values()) {
            RecordedTopology its = reading.topology();
            if (its == null || !its.cluster().equals(cluster)) {
                continue;
            }
            if (newest == null || its.version() > newest.version()) {
                newest = its;
            } else if (its.version() == newest.version()
                    && !RecordedTopology.sameOwners(its.topology(), newest.topology())) {
                findings.add(reading.described() + " has another topology of version " + its.version() + ", "
                        + its.topology() + ", than other shards of cluster " + cluster + ", " + newest.topology()
                        + ": delete the wrong one from the table topology of its catalog");
            }
            if (pending == null) {
                pending = new LinkedHashSet<>(its.pending());
            }
            pending.retainAll(its.pending()); // one catalog knows that it was reached
        }
        return newest == null || pending == null ? null : newest.withPending(pending);
    }

    private void check(Reading reading) {
        Claim claim = reading.claim();
        if (claim == null) {
            unrecorded(reading);
            return;
        }
        boolean foreign = !claim.cluster().equals(cluster);
        boolean other = !claim.name().equals(reading.shard().name());
        if (!foreign && !other && reading.identity().isWhereRecorded()) {
            return;
        }
        if (isAdopted(reading)) {
            adopted.add(reading.shard());
        } else if (foreign) {
            findings.add(reading.described() + " leads to " + reading.identity().described() + ", which is shard \""
                    + claim.name() + "\" of another cluster, " + claim.cluster() + "; the other shards are of cluster "
                    + cluster + ". Correct its URL. If two applications share these tables' schema on purpose, give"
                    + " one of them another " + ShardSettings.CATALOG_SCHEMA + ". If it is to become this shard, "
                    + adopting(reading));
        } else if (other) {
            findings.add(reading.described() + " leads to " + reading.identity().described() + ", which is shard \""
                    + claim.name() + "\": " + cureOfName(reading, claim));
        } else {
            findings.add(Identities.copied(reading.described(), reading.shard(), reading.identity(), claim));
        }
    }

    private String cureOfName(Reading reading, Claim claim) {
        Reading its = readings.values().stream()
                .filter(one -> one.shard().name().equals(claim.name()))
                .findFirst()
                .orElse(null);
        Claim back = its == null ? null : its.claim();
        if (back != null && back.name().equals(reading.shard().name())) {
            return "the URLs of the two are swapped; swap them back";
        }
        if (its != null && back != null && back.name().equals(claim.name())) {
            return "it is a copy of that shard, or the same URL. Correct the URL; if it is to become this shard, "
                    + adopting(reading);
        }
        return "correct its URL or its name; if that shard is called \"" + reading.shard() + "\" now, "
                + adopting(reading);
    }

    private static String adopting(Reading reading) {
        return "start once with " + ShardSettings.ADOPT + " = " + reading.token();
    }

    private void unrecorded(Reading reading) {
        RecordedTopology known = topology;
        ShardId shard = reading.shard();
        if (known == null
                || !known.topology().shards().contains(shard)
                || known.pending().contains(shard)) {
            return;
        }
        if (isAdopted(reading)) {
            adopted.add(shard);
        } else {
            findings.add(reading.described() + " leads to " + reading.identity().described()
                    + ", which has no record of being that shard, and the other shards know that it has one. Correct"
                    + " its URL or the schema (currentSchema); if the shard was moved there, " + adopting(reading));
        }
    }

    /** Those that have no record yet, or another one than they should. */
    static Set<ShardId> unrecorded(Collection<Reading> readings, String cluster) {
        Set<ShardId> without = new LinkedHashSet<>();
        for (Reading reading : readings) {
            Claim claim = reading.claim();
            if (claim == null
                    || !claim.cluster().equals(cluster)
                    || !claim.name().equals(reading.shard().name())
                    || !reading.identity().isWhereRecorded()) {
                without.add(reading.shard());
            }
        }
        return without;
    }
}
