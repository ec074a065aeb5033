package io.hibernateshards.spring.test;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What shards a test wants. Equal ones are one cluster of this JVM.
 *
 * @param names of the shards in order
 * @param replicas of each server
 * @param servers whether each shard is a server
 * @param owner whose alone they are; empty for anybody's
 */
record WantedShards(List<String> names, int replicas, boolean servers, String owner) {
    private static final Map<WantedShards, LocalCluster> RUNNING = new LinkedHashMap<>();

    WantedShards {
        names = List.copyOf(names);
        if (names.isEmpty() || replicas < 0) {
            throw new IllegalArgumentException(names.size() + " shards with " + replicas
                    + " replicas: want at least one shard, and no less than 0");
        }
    }

    /** As many as that, which are called as {@link LocalCluster} does. */
    static WantedShards of(int count) {
        return new WantedShards(
                IntStream.range(0, count).mapToObj(i -> "shard" + i).toList(), 0, false, "");
    }

    /** @param declaredOn the class that has the annotation */
    static WantedShards of(LocalShards wanted, String declaredOn) {
        List<String> names = wanted.names().length > 0 ? List.of(wanted.names()) : of(wanted.shards()).names;
        return new WantedShards(names, wanted.replicas(), wanted.servers(), wanted.own() ? declaredOn : "");
    }

    /** {@code name=value} of each. */
    static Map<String, String> settings(String... given) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String setting : given) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("@LocalShards: setting \"" + setting + "\": write name=value");
            }
            settings.put(
                    setting.substring(0, equals).strip(),
                    setting.substring(equals + 1).strip());
        }
        return settings;
    }

    boolean isOwn() {
        return !owner.isEmpty();
    }

    /** Starts them if they do not run yet. */
    LocalCluster cluster() {
        synchronized (RUNNING) {
            LocalCluster running = RUNNING.get(this);
            if (running == null) {
                running = start().named(names);
                if (RUNNING.isEmpty()) {
                    Runtime.getRuntime().addShutdownHook(new Thread(WantedShards::closeAll, "local shards"));
                }
                RUNNING.put(this, running);
            }
            return running;
        }
    }

    private LocalCluster start() {
        Layout layout = servers ? Layout.SERVERS : Layout.DATABASES;
        boolean mayBeShared = replicas == 0 && !(isOwn() && servers);
        return mayBeShared
                ? LocalCluster.shared(layout, names.size())
                : LocalCluster.start(layout, names.size(), Collation.C, ServerOptions.FAST, replicas);
    }

    void close() {
        synchronized (RUNNING) {
            LocalCluster running = RUNNING.remove(this);
            if (running != null) {
                running.close();
            }
        }
    }

    /** Clusters on shared servers end with these: only servers that were started for one cluster are left to stop. */
    private static void closeAll() {
        synchronized (RUNNING) {
            for (WantedShards wanted : new ArrayList<>(RUNNING.keySet())) {
                if (wanted.replicas > 0 || wanted.isOwn()) {
                    wanted.close();
                }
            }
        }
    }
}
