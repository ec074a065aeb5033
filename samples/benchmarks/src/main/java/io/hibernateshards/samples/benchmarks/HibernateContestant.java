package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Plain Hibernate with a session factory a shard, routed by hand. Its page merges whole entities of every shard. */
final class HibernateContestant implements Contestant {
    private final Topology topology;
    private final Ids ids;
    private final Pools pools;
    private final List<PlainHibernate> shards;

    HibernateContestant(LocalCluster cluster, Topology topology, Ids ids) {
        this(cluster, topology, ids, Collections.nCopies(cluster.shards().size(), Map.of()));
    }

    /** @param settings those of each shard's factory */
    HibernateContestant(LocalCluster cluster, Topology topology, Ids ids, List<Map<String, Object>> settings) {
        this.topology = topology;
        this.ids = ids;
        pools = new Pools(cluster);
        shards = IntStream.range(0, settings.size())
                .mapToObj(shard -> new PlainHibernate(pools.inOrder().get(shard), settings.get(shard)))
                .toList();
    }

    private PlainHibernate route(long id) {
        return shards.get(topology.indexOf(Ids.bucket(id)));
    }

    @Override
    public long find(long id) {
        return route(id).find(id).getScore();
    }

    @Override
    public long byKey(long id) {
        return route(id).byKey(id).getScore();
    }

    @Override
    public long page(int offset) {
        List<PlainAccount> page = shards.parallelStream()
                .flatMap(shard -> shard.page(0, offset + 20).stream())
                .sorted(Comparator.comparingLong(PlainAccount::getScore)
                        .reversed()
                        .thenComparing(PlainAccount::getId))
                .skip(offset)
                .limit(20)
                .toList();
        return page.get(page.size() - 1).getId();
    }

    @Override
    public long groups(long least) {
        return Group.digest(Group.merged(
                shards.parallelStream().map(shard -> shard.groups(least)).toList()));
    }

    @Override
    public long insert(int n) {
        int bucket = ThreadLocalRandom.current().nextInt(8192);
        long id = ids.next(bucket, topology.indexOf(bucket));
        route(id).insert(new PlainAccount(id, "owner " + n, "inserted", n, n % 1000));
        return id;
    }

    @Override
    public long update(long id, int n) {
        return route(id).update(id, n);
    }

    @Override
    public long transfer(long from, long to, long amount) {
        throw new UnsupportedOperationException("two factories know no common transaction");
    }

    @Override
    public void close() {
        shards.forEach(PlainHibernate::close);
        pools.close();
    }
}
