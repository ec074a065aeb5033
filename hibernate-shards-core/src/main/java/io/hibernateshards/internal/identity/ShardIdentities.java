package io.hibernateshards.internal.identity;

import io.hibernateshards.ClusterIdentity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardIdentity;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.Identities;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.ServerCheck;
import io.hibernateshards.internal.connection.ServerIdentity;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import io.hibernateshards.internal.schema.ShardSchemas;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares identity and topology of all shards with the settings at start, records both where they are missing, and checks
 * a shard that was down then when its first connection opens.
 *
 * <p>Each catalog holds who its shard is, and a copy of the topology. They are written one shard after the other: the first
 * one names the others as pending, so that whoever finds some of them completes the rest. The copy with the highest version
 * counts. JVMs that start at the same time take turns by a lock on the first shard by name, and compare what they find then.
 */
public final class ShardIdentities {
    private static final Logger LOG = LoggerFactory.getLogger(ShardIdentities.class);

    private static final String READ_ONLY = "25006";
    private static final String NO_PRIVILEGE = "42501";

    /** Findings of one kind: more would be more of the same. */
    private static final int EXAMPLES = 12;

    /** How long server processes take to see that their client has gone. */
    private static final long LEAVING_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How often others may record something in between. */
    private static final int ATTEMPTS = 5;

    private final ShardConnectionProvider connections;
    private final Map<ShardId, JdbcCatalog> catalogs;
    private final ShardSchemas schemas;
    private final Declared declared;
    private final Set<String> adopt;
    private final List<String> readOnly;
    private final ShardReadings reader;
    private final TopologyTables tables;

    /** What was found or recorded; null if no shard could be reached. */
    private volatile @Nullable RecordedTopology inForce;

    private Topology topology;
    private ShardId catalogShard;
    private boolean creating;

    /**
     * @param catalogs one on each shard
     * @param adopt databases that replace a shard, and a topology that replaces the recorded one
     * @param readOnly what is wrong with shards of which nothing can be written, if there are some
     */
    public ShardIdentities(
            ShardConnectionProvider connections,
            Map<ShardId, JdbcCatalog> catalogs,
            ShardSchemas schemas,
            Declared declared,
            Set<String> adopt,
            List<String> readOnly) {
        this.readOnly = List.copyOf(readOnly);
        this.connections = connections;
        this.catalogs = Map.copyOf(catalogs);
        this.schemas = schemas;
        this.declared = declared;
        this.adopt = adopt;
        topology = declared.topology();
        catalogShard = declared.catalogShard();
        tables = new TopologyTables(catalogs.values().iterator().next().schema());
        reader = new ShardReadings(connections, catalogs, tables, ConcurrentHashMap.newKeySet());
        schemas.onReplaced(tables::replaced);
    }

    /** What is to be recorded. */
    private record Decision(
            RecordedTopology target, Set<ShardId> claims, Set<ShardId> copies, Map<ShardId, Reading> readings) {
        boolean writes() {
            return !claims.isEmpty() || !copies.isEmpty();
        }
    }

    /**
     * Compares, and records what is missing. Shards that are down are left for later.
     *
     * @param createsAll whether all tables will be dropped and made, so that nothing is left that could be misplaced; then
     *     {@link #created} is to be called once they are there
     * @throws ShardingException with all that contradicts
     */
    public synchronized void start(boolean createsAll) {
        Map<ShardId, Reading> readings = reader.all();
        if (readings.isEmpty()) {
            if (!createsAll) {
                hiddenRows(topology);
            }
            activate(Map.of());
            return;
        }
        if (createsAll) {
            creating = true;
            beforeCreation(readings);
            return;
        }
        Decision decision = decide(readings);
        hiddenRows(decision.target().topology());
        if (decision.writes()) {
            decision = record(readings.keySet(), this::decide);
        }
        use(decision);
    }

    /**
     * The rows are all that can be compared where the user may not read the catalog. To be called before {@link #activate}: new
     * connections of these shards would wait for the end of the start then.
     */
    private void hiddenRows(Topology where) {
        List<String> findings = new ArrayList<>();
        for (ShardId shard : new TreeSet<>(reader.hidden())) {
            findings.addAll(onShard(shard, connection -> schemas.misplaced(shard, connection, where, null)));
        }
        refuseIf(findings, false);
    }

    /** Records identity and topology after all tables were made. */
    public synchronized void created() {
        if (!creating) {
            return;
        }
        creating = false;
        Set<ShardId> reachable = reader.all().keySet();
        use(record(reachable, this::anew));
    }

    /** The topology in force. */
    public synchronized Topology topology() {
        return topology;
    }

    /** The shard with worker numbers and directories. */
    public synchronized ShardId catalogShard() {
        return catalogShard;
    }

    /** The cluster and the shards that have been checked. Waits for nobody. */
    public ClusterIdentity identity() {
        RecordedTopology known = inForce;
        Map<ShardId, ServerIdentity> accepted = connections.identities().accepted();
        Topology order = known == null ? declared.topology() : known.topology();
        return new ClusterIdentity(
                known == null ? null : known.cluster(),
                known == null ? declared.fingerprint() : known.fingerprint(),
                known == null ? declared.catalogShard() : known.catalogShard(),
                order.shards().stream()
                        .flatMap(shard -> Stream.ofNullable(accepted.get(shard)).map(found -> shown(shard, found)))
                        .toList());
    }

    private static ShardIdentity shown(ShardId shard, ServerIdentity found) {
        return new ShardIdentity(
                shard, found.system(), found.database(), found.databaseName(), found.schema(), found.claim() != null);
    }

    private void use(Decision decision) {
        RecordedTopology target = decision.target();
        inForce = target;
        topology = target.topology();
        catalogShard = target.catalogShard();
        Map<ShardId, ServerIdentity> accepted = new LinkedHashMap<>();
        decision.readings().forEach((shard, reading) -> {
            accepted.put(shard, claimed(reading, target.cluster()));
            if (reading.identity().standby()) {
                LOG.warn(
                        "{} is a standby: what is read from it may be old, and writes fail. Correct its URL, or promote it",
                        reading.described());
            }
        });
        activate(accepted);
        LOG.info("{}; {}", topology, identity());
        if (!topology.shards().equals(declared.topology().shards())) {
            LOG.info(
                    "{} names the shards in another order than the databases have them, which makes no difference",
                    ShardSettings.SHARDS);
        }
    }

    private static ServerIdentity claimed(Reading reading, String cluster) {
        ServerIdentity found = reading.identity();
        return new ServerIdentity(
                found.system(),
                found.database(),
                found.databaseName(),
                found.schema(),
                found.schemaId(),
                found.standby(),
                false,
                found.standby() && found.claim() == null ? null : claim(reading, cluster));
    }

    private static Claim claim(Reading reading, String cluster) {
        return new Claim(
                cluster,
                reading.shard().name(),
                reading.identity().system(),
                reading.identity().database(),
                reading.identity().schemaId());
    }

    private void activate(Map<ShardId, ServerIdentity> accepted) {
        connections.identities().accept(accepted, this::join);
    }

    // ---- comparing

    private Decision decide(Map<ShardId, Reading> readings) {
        ShardComparison shards = new ShardComparison(readings, adopt, null, null);
        List<String> findings = new ArrayList<>(shards.findings());
        findings.addAll(severalDatabases(readings.keySet()));
        if (findings.isEmpty()) {
            findings.addAll(sharedTables(identities(readings), schemas::mapped));
        }
        return decide(readings, shards, findings);
    }

    /**
     * Looks for tables that two shards of one database have in common, once those are there that will be.
     *
     * @throws ShardingException if there are some
     */
    public synchronized void compareTables() {
        Map<ShardId, ServerIdentity> known = connections.identities().accepted();
        List<String> findings = sharedTables(known, schemas::resolved);
        if (!findings.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.IDENTITY,
                    "rows of these shards would be read and written twice:\n  " + String.join("\n  ", findings));
        }
    }

    private interface Resolving {
        Map<String, String> on(Connection connection, Collection<String> tables) throws SQLException;
    }

    private List<String> sharedTables(Map<ShardId, ServerIdentity> shards, Resolving resolving) {
        Map<String, List<ShardId>> databases = new TreeMap<>();
        new TreeMap<>(shards).forEach((shard, identity) -> {
            if (identity.system() != 0) {
                databases
                        .computeIfAbsent(identity.place(), first -> new ArrayList<>())
                        .add(shard);
            }
        });
        List<String> findings = new ArrayList<>();
        for (List<ShardId> together : databases.values()) {
            Map<String, ShardId> users = new TreeMap<>();
            for (ShardId shard : together.size() > 1 ? together : List.<ShardId>of()) {
                Map<String, String> places = onShard(
                        shard,
                        connection -> resolving.on(connection, declared.tables().keySet()));
                places.forEach((table, place) -> {
                    ShardId other = users.putIfAbsent(place, shard);
                    if (other != null && findings.size() < EXAMPLES) {
                        findings.add(described(other) + " and " + described(shard) + " have one table " + table
                                + ". Remove the schema from its mapping, or the schema that the shards share from their"
                                + " search paths (currentSchema in the URL), or give each shard a database of its own");
                    }
                });
            }
        }
        return findings;
    }

    private String described(ShardId shard) {
        return Reading.described(
                shard, connections.servers(shard).primary().source().address());
    }

    private static Map<ShardId, ServerIdentity> identities(Map<ShardId, Reading> readings) {
        Map<ShardId, ServerIdentity> identities = new LinkedHashMap<>();
        readings.forEach((shard, reading) -> identities.put(shard, reading.identity()));
        return identities;
    }

    /** Connections of one shard that lead to several databases, by a balancer or a URL with several hosts. */
    private List<String> severalDatabases(Collection<ShardId> shards) {
        Identities identities = connections.identities();
        return shards.stream()
                .filter(shard -> identities.observed(shard).size() > 1)
                .map(shard -> "shard \"" + shard + "\": its URL leads now to one and now to another database, "
                        + identities.observed(shard).stream()
                                .map(ServerIdentity::described)
                                .collect(Collectors.joining(" and "))
                        + ". Give it the URL of one primary")
                .toList();
    }

    private Decision decide(Map<ShardId, Reading> readings, ShardComparison shards, List<String> findings) {
        RecordedTopology known = shards.topology();
        boolean identified = findings.isEmpty();
        if (known == null) {
            refuseIf(findings, true);
            return fresh(readings);
        }
        TopologyComparison comparison = TopologyComparison.of(known, declared);
        RecordedTopology target = comparison.next();
        boolean replaces = false;
        if (identified && !comparison.findings().isEmpty()) {
            RecordedTopology replaced = replaced(readings, known, findings);
            if (replaced == null) {
                findings.addAll(comparison.findings());
            } else {
                target = replaced;
                replaces = true;
            }
        } else {
            findings.addAll(comparison.findings());
        }
        Set<ShardId> claims = ShardComparison.unrecorded(readings.values(), known.cluster());
        if (findings.isEmpty()) {
            findings.addAll(misplaced(readings, replaces ? readings.keySet() : claims, target.topology(), null));
            findings.addAll(otherRules(readings, comparison, target));
        }
        if (!findings.isEmpty()) {
            if (identified) {
                findings.add("If all rows were moved to where the settings place them, start once with "
                        + ShardSettings.ADOPT + " = topology@" + declared.fingerprint());
            }
            refuseIf(findings, !identified);
        }
        return decision(readings, known, target, claims);
    }

    private static Decision decision(
            Map<ShardId, Reading> readings,
            @Nullable RecordedTopology known,
            RecordedTopology target,
            Set<ShardId> claims) {
        Set<ShardId> writable = new LinkedHashSet<>(readings.keySet());
        readings.values().stream()
                .filter(reading -> reading.identity().standby())
                .forEach(reading -> {
                    if (writable.remove(reading.shard()) && claims.contains(reading.shard())) {
                        LOG.warn(
                                "{} is a standby: its identity is recorded once the application starts with its primary",
                                reading.described());
                    }
                });
        Set<ShardId> pending = new LinkedHashSet<>(target.pending());
        target.topology().shards().stream()
                .filter(shard -> !readings.containsKey(shard)
                        && (known == null || !known.topology().shards().contains(shard)))
                .forEach(pending::add);
        pending.removeAll(writable);
        RecordedTopology complete = target.withPending(pending);
        Set<ShardId> copies = new LinkedHashSet<>(writable);
        copies.removeIf(shard -> {
            Reading reading = readings.get(shard);
            RecordedTopology its = reading == null ? null : reading.topology();
            return its != null && isCopy(its, complete);
        });
        Set<ShardId> own = new LinkedHashSet<>(claims);
        own.retainAll(writable);
        return new Decision(complete, own, copies, readings);
    }

    private static boolean isCopy(RecordedTopology its, RecordedTopology target) {
        return its.cluster().equals(target.cluster())
                && its.version() == target.version()
                && its.topology().shards().equals(target.topology().shards())
                && its.catalogShard().equals(target.catalogShard())
                && its.assignment().equals(target.assignment())
                && its.functions().equals(target.functions())
                && its.tables().equals(target.tables())
                && its.pending().equals(target.pending());
    }

    /** Databases that have no records: empty, or those of a version before there were any. */
    private Decision fresh(Map<ShardId, Reading> readings) {
        List<String> findings = new ArrayList<>(misplaced(readings, readings.keySet(), declared.topology(), null));
        declared.tables().forEach((table, rule) -> {
            if (rule.startsWith("on ")) {
                findings.addAll(elsewhere(readings, table, declared.topology()));
            }
        });
        if (!findings.isEmpty()) {
            findings.add("Give the settings that the rows were stored with: names of the shards in the same order,"
                    + " assignment, pins, bucket functions and URLs. The databases have no record of them yet");
            refuseIf(findings, false);
        }
        return decision(readings, null, declaredAs(newCluster(), 1), readings.keySet());
    }

    private RecordedTopology declaredAs(String cluster, long version) {
        return new RecordedTopology(
                cluster,
                RecordedTopology.copy(version, declared.topology().shards(), declared.topology()),
                declared.catalogShard(),
                declared.assignment(),
                declared.functions(),
                declared.tables(),
                Set.of());
    }

    private static String newCluster() {
        return new BigInteger(60, new SecureRandom()).toString(36);
    }

    /** The topology of the settings, if it may take the place of another one; else null. */
    private @Nullable RecordedTopology replaced(
            Map<ShardId, Reading> readings, RecordedTopology known, List<String> findings) {
        boolean asked = adopt.contains("topology@" + declared.fingerprint());
        if (!readings.keySet().containsAll(declared.topology().shards())) {
            if (asked) {
                findings.add("a topology is adopted only while all shards can be reached; " + missing(readings));
            }
            return null;
        }
        if (!asked && !mayBeReplaced(readings, known, findings)) {
            return null;
        }
        LOG.warn(
                "the topology of the settings replaces {}, {}",
                known.topology(),
                asked ? "as " + ShardSettings.ADOPT + " says" : "as there are no rows");
        RecordedTopology now = declaredAs(known.cluster(), known.version() + 1);
        return new RecordedTopology(
                now.cluster(),
                now.topology(),
                now.catalogShard(),
                now.assignment(),
                now.functions(),
                merged(known.tables(), declared.tables()),
                Set.of());
    }

    /** Only if nobody has stored a row by it, nor may any more. */
    private boolean mayBeReplaced(Map<ShardId, Reading> readings, RecordedTopology known, List<String> findings) {
        boolean allSeen = known.topology().shards().stream()
                .allMatch(shard -> readings.containsKey(shard)
                        || known.topology().bucketsOf(shard).size() == 0);
        if (!allSeen || !withRows(readings, known).isEmpty()) {
            return false;
        }
        List<String> others = inUse(readings);
        findings.addAll(others);
        return others.isEmpty();
    }

    /** Other JVMs have read the recorded topology, and go on by it. Those that have just stopped may still be seen. */
    private List<String> inUse(Map<ShardId, Reading> readings) {
        Set<String> others = others(readings.keySet());
        long end = System.nanoTime() + LEAVING_NANOS;
        while (!others.isEmpty()
                && System.nanoTime() - end < 0
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(PAUSE_NANOS);
            others = others(readings.keySet());
        }
        return others.isEmpty()
                ? List.of()
                : List.of("other JVMs are connected, " + others + ", and would go on placing rows as the databases say:"
                        + " stop them first");
    }

    private Set<String> others(Set<ShardId> shards) {
        Set<String> others = new TreeSet<>();
        shards.forEach(
                shard -> others.addAll(onShard(shard, connection -> connections.otherClients(shard, connection))));
        return others;
    }

    private static Map<String, String> merged(Map<String, String> one, Map<String, String> other) {
        Map<String, String> merged = new TreeMap<>(one);
        merged.putAll(other);
        return merged;
    }

    private String missing(Map<ShardId, Reading> readings) {
        return declared.topology().shards().stream()
                .filter(shard -> !readings.containsKey(shard))
                .map(shard -> "shard \"" + shard + "\" is down")
                .collect(Collectors.joining(", "));
    }

    private Set<String> withRows(Map<ShardId, Reading> readings, RecordedTopology known) {
        Set<String> with = new TreeSet<>();
        Collection<String> all = new TreeSet<>();
        merged(known.tables(), declared.tables()).forEach((table, rule) -> {
            if (!rule.equals(Declared.EVERYWHERE)) {
                all.add(table);
            }
        });
        readings.keySet().forEach(shard -> with.addAll(rows(shard, all)));
        return with;
    }

    private List<String> rows(ShardId shard, Collection<String> names) {
        return onShard(shard, connection -> schemas.withRows(connection, names));
    }

    /** A table that another rule places is all right if its rows are where the new rule says. */
    private List<String> otherRules(
            Map<ShardId, Reading> readings, TopologyComparison comparison, RecordedTopology target) {
        List<String> findings = new ArrayList<>();
        for (String table : comparison.otherRules()) {
            List<String> elsewhere = elsewhere(readings, table, target.topology());
            if (!elsewhere.isEmpty()) {
                findings.add(comparison.rules(table));
                findings.addAll(elsewhere);
            }
        }
        return findings;
    }

    private List<String> elsewhere(Map<ShardId, Reading> readings, String table, Topology where) {
        String rule = String.valueOf(declared.tables().get(table));
        if (rule.equals(Declared.EVERYWHERE)) {
            Map<ShardId, String> copies = new LinkedHashMap<>();
            readings.keySet()
                    .forEach(shard ->
                            copies.put(shard, onShard(shard, connection -> schemas.contents(connection, table))));
            return Set.copyOf(copies.values()).size() < 2
                    ? List.of()
                    : List.of("table " + table + " is not the same on all shards: " + copies);
        }
        if (!rule.startsWith("on ")) {
            return misplaced(readings, readings.keySet(), where, Set.of(table));
        }
        return readings.keySet().stream()
                .filter(shard -> !rule.equals("on " + shard)
                        && !rows(shard, List.of(table)).isEmpty())
                .map(shard -> "table " + table + " belongs " + rule + ", and has rows on shard \"" + shard + "\"")
                .toList();
    }

    private List<String> misplaced(
            Map<ShardId, Reading> readings, Set<ShardId> of, Topology where, @Nullable Set<String> names) {
        List<String> lines = new ArrayList<>();
        for (ShardId shard : of) {
            if (readings.containsKey(shard) && lines.size() < EXAMPLES) {
                lines.addAll(onShard(shard, connection -> schemas.misplaced(shard, connection, where, names)));
            }
        }
        return lines;
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T onShard(ShardId shard, Work<T> work) {
        try (Connection connection = connections.primaryConnection(shard)) {
            connection.setAutoCommit(true);
            return work.on(connection);
        } catch (SQLException e) {
            throw new ShardingException(
                    ShardErrorCode.SCHEMA,
                    "rows of shard \"" + shard + "\" cannot be compared with the topology: " + e.getMessage(),
                    e);
        }
    }

    private static void refuseIf(List<String> findings, boolean identity) {
        if (findings.isEmpty()) {
            return;
        }
        throw new ShardingException(
                identity ? ShardErrorCode.IDENTITY : ShardErrorCode.TOPOLOGY,
                (identity
                                ? "the databases are not the shards that the settings say"
                                : "the settings place rows elsewhere")
                        + "; nothing was changed:\n  " + String.join("\n  ", findings)
                        + "\ndocs/operations.md says what to do about each of these");
    }

    // ---- all tables made anew

    private void beforeCreation(Map<ShardId, Reading> readings) {
        ShardComparison shards = new ShardComparison(readings, adopt, null, null);
        List<String> findings = new ArrayList<>(severalDatabases(readings.keySet()));
        shards.findings().stream().filter(line -> line.contains(" are one: ")).forEach(findings::add);
        if (findings.isEmpty()) {
            findings.addAll(sharedTables(identities(readings), schemas::mapped));
        }
        RecordedTopology known = shards.topology();
        boolean same = shards.findings().isEmpty()
                && (known == null
                        || TopologyComparison.of(known, declared).findings().isEmpty());
        if (!same) {
            for (Reading reading : readings.values()) {
                RecordedTopology its = reading.topology();
                if (its != null) {
                    Set<String> others = new TreeSet<>(its.tables().keySet());
                    others.removeIf(
                            table -> Declared.EVERYWHERE.equals(its.tables().get(table)));
                    others.removeAll(declared.tables().keySet());
                    List<String> rows = rows(reading.shard(), others);
                    if (!rows.isEmpty()) {
                        findings.add(reading.described() + " is shard \"" + reading.claimedName() + "\" of cluster "
                                + its.cluster() + ", with rows in tables that this application does not have, "
                                + rows + ": creating its tables anew would make these rows unusable. Correct the URL,"
                                + " or drop those tables first");
                    }
                }
            }
        }
        if (!same && known != null) {
            findings.addAll(inUse(readings));
        }
        refuseIf(findings, true);
        if (same && known != null) {
            topology = TopologyComparison.of(known, declared).next().topology();
        }
    }

    /** The topology of the settings, whatever was recorded. */
    private Decision anew(Map<ShardId, Reading> readings) {
        ShardComparison shards = new ShardComparison(readings, Set.of(), null, null);
        RecordedTopology known = shards.topology();
        if (known == null || !shards.findings().isEmpty()) {
            return decision(readings, null, declaredAs(newCluster(), 1), readings.keySet());
        }
        TopologyComparison comparison = TopologyComparison.of(known, declared);
        RecordedTopology target =
                comparison.findings().isEmpty() ? comparison.next() : declaredAs(known.cluster(), known.version() + 1);
        return decision(readings, known, target, ShardComparison.unrecorded(readings.values(), known.cluster()));
    }

    // ---- recording

    private interface Deciding {
        Decision on(Map<ShardId, Reading> readings);
    }

    private Decision record(Set<ShardId> reachable, Deciding deciding) {
        ServerCheck.refuse(readOnly);
        for (ShardId shard : reachable) {
            if (!connections.servers(shard).primary().isStandby()) {
                write(shard, connection -> {
                    tables.create(connection);
                    return true;
                });
            }
        }
        ShardId first = reachable.stream().sorted().findFirst().orElseThrow();
        for (int attempt = 1; ; attempt++) {
            try {
                return write(first, connection -> {
                    tables.lock(connection);
                    Decision decision = deciding.on(reader.all());
                    write(decision);
                    return decision;
                });
            } catch (RecordedMeanwhile e) {
                if (attempt == ATTEMPTS) {
                    throw e.refusal();
                }
                LOG.debug("{}: compared anew", e.getMessage());
            }
        }
    }

    /** Somebody else, who does not use the same first shard, has recorded something since it was read. */
    private static final class RecordedMeanwhile extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RecordedMeanwhile(ShardId shard) {
            super("shard \"" + shard + "\": another JVM has recorded identity or topology meanwhile");
        }

        ShardingException refusal() {
            return new ShardingException(
                    ShardErrorCode.TOPOLOGY,
                    getMessage() + ", again and again: start one JVM after the other, with the same settings",
                    this);
        }
    }

    private static void ifUnchanged(ShardId shard, boolean written) {
        if (!written) {
            throw new RecordedMeanwhile(shard);
        }
    }

    /** On one shard after the other; until all are written each names the others as pending. */
    private void write(Decision decision) {
        RecordedTopology target = decision.target();
        Set<ShardId> open = new LinkedHashSet<>(target.pending());
        open.addAll(decision.claims());
        Set<ShardId> all = new LinkedHashSet<>(decision.copies());
        all.addAll(decision.claims());
        for (ShardId shard : all) {
            Reading reading = decision.readings().get(shard);
            if (reading != null) {
                write(shard, connection -> {
                    if (decision.claims().contains(shard)) {
                        ifUnchanged(
                                shard, tables.write(connection, reading.identity(), claim(reading, target.cluster())));
                        tables.forgetOthers(connection);
                    }
                    ifUnchanged(shard, tables.write(connection, target.withPending(open)));
                    return true;
                });
            }
        }
        if (!open.equals(target.pending())) {
            for (ShardId shard : all) {
                write(shard, connection -> {
                    ifUnchanged(shard, tables.write(connection, target));
                    return true;
                });
            }
        }
    }

    private <T> T write(ShardId shard, Work<T> work) {
        JdbcCatalog catalog = catalogs.get(shard);
        if (catalog == null) {
            throw new IllegalStateException("no catalog of shard " + shard);
        }
        return catalog.inTransaction(connection -> {
            try {
                return work.on(connection);
            } catch (SQLException e) {
                throw notWritten(shard, e);
            }
        });
    }

    private RuntimeException notWritten(ShardId shard, SQLException e) {
        String sql = String.join(";\n", tables.ddl()) + ";";
        String cure = NO_PRIVILEGE.equals(e.getSQLState())
                ? ". Have an administrator run there, and grant select, insert and update on both tables to the"
                        + " application's user:\n" + sql
                : READ_ONLY.equals(e.getSQLState()) ? ": give the URL of its primary" : "";
        return new ShardingException(
                ShardErrorCode.SCHEMA,
                "identity and topology of shard \"" + shard + "\" cannot be recorded: " + e.getMessage() + cure,
                e);
    }

    // ---- a shard that was down at start

    private synchronized @Nullable ServerIdentity join(ShardId shard, Connection connection, ServerIdentity found)
            throws SQLException {
        ServerIdentity seen = found;
        for (int attempt = 1; !seen.hidden(); attempt++) {
            try {
                return join(connection, reader.of(shard, connection, seen));
            } catch (RecordedMeanwhile e) {
                if (attempt == ATTEMPTS) {
                    throw e.refusal();
                }
                seen = connections.identities().identify(connection);
            }
        }
        return null; // the start has warned of it
    }

    private @Nullable ServerIdentity join(Connection connection, Reading reading) throws SQLException {
        ShardId shard = reading.shard();
        RecordedTopology known = inForce;
        if (known == null && reading.topology() == null) {
            LOG.warn("{} has no record of who it is; the next start writes it", reading.described());
            return null;
        }
        Map<ShardId, Reading> readings = Map.of(shard, reading);
        ShardComparison shards = new ShardComparison(readings, adopt, known == null ? null : known.cluster(), known);
        List<String> findings = new ArrayList<>(shards.findings());
        sameAsAnother(reading, findings);
        RecordedTopology newest = shards.topology();
        if (newest == null) {
            throw new IllegalStateException("no topology for " + shard);
        }
        refuseIf(findings, true);
        TopologyComparison comparison = TopologyComparison.of(newest, declared);
        findings.addAll(comparison.findings());
        if (!RecordedTopology.sameOwners(newest.topology(), topology)
                || !newest.catalogShard().equals(catalogShard)) {
            findings.add("shard \"" + shard + "\" has topology " + newest.version() + ", and this JVM started with "
                    + topology + ": start it again");
        }
        Set<ShardId> claims = ShardComparison.unrecorded(readings.values(), newest.cluster());
        if (findings.isEmpty() && !claims.isEmpty()) {
            findings.addAll(schemas.misplaced(shard, connection, topology, null));
        }
        refuseIf(findings, false);
        Decision decision = decision(readings, newest, comparison.next(), claims);
        if (decision.writes()) {
            write(connection, decision);
        }
        inForce = decision.target();
        return claimed(reading, newest.cluster());
    }

    private void sameAsAnother(Reading reading, List<String> findings) {
        connections.identities().accepted().forEach((other, identity) -> {
            if (!other.equals(reading.shard())
                    && identity.system() != 0
                    && identity.isSamePlaceAs(reading.identity())) {
                findings.add(reading.described() + " and shard \"" + other + "\" are one: both lead to "
                        + identity.described() + ". Give each a database or a schema of its own");
            }
        });
    }

    private void write(Connection connection, Decision decision) throws SQLException {
        connection.setAutoCommit(false);
        try {
            tables.createAll(connection);
            for (Reading reading : decision.readings().values()) {
                if (decision.claims().contains(reading.shard())) {
                    Claim claim = claim(reading, decision.target().cluster());
                    ifUnchanged(reading.shard(), tables.write(connection, reading.identity(), claim));
                }
                ifUnchanged(reading.shard(), tables.write(connection, decision.target()));
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }
}
