package io.hibernateshards.internal.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.ClusterIdentity;
import io.hibernateshards.Patience;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardIdentity;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.CapturedLogs;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Relay;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shards on servers of their own, which have different system identifiers, and connections that reach another one. */
class SeveralServersTest {
    private Homes homes;

    @BeforeEach
    void fill() {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        homes = new Homes(LocalCluster.shared(Layout.SERVERS, 3));
        homes.fill();
    }

    @AfterEach
    void close() {
        if (homes != null) {
            homes.close();
        }
    }

    @Test
    void theIdentityOfTheCluster_isShown_andLogged() {
        ClusterIdentity identity;
        try (CapturedLogs logs = new CapturedLogs();
                ShardedSessionFactory factory = homes.start("west,east")) {
            identity = factory.getClusterIdentity();
            assertThat(logs.text()).contains(factory.getTopology() + "; " + identity);
        }
        assertThat(identity.cluster()).isEqualTo(homes.text("east", "select cluster from hibernate_shards.shard"));
        assertThat(identity.fingerprint())
                .isEqualTo(homes.text("west", "select fingerprint from hibernate_shards.topology"));
        assertThat(identity.catalogShard().name()).isEqualTo("east");
        assertThat(identity.shards()).extracting(shard -> shard.shard().name()).containsExactly("east", "west");
        for (ShardIdentity shard : identity.shards()) {
            String name = shard.shard().name();
            assertThat(shard.place()).isEqualTo(homes.place(homes.url(name)));
            assertThat(shard.database()).isEqualTo(Homes.database(homes.url(name)));
            assertThat(shard.schema()).isEqualTo("public");
            assertThat(shard.recorded()).isTrue();
            assertThat(identity.toString()).contains("\"" + name + "\" is schema \"public\" of", shard.place());
        }
        assertThat(identity.shards())
                .extracting(ShardIdentity::systemIdentifier)
                .doesNotHaveDuplicates();
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(factory.getClusterIdentity()).isEqualTo(identity);
        }
    }

    @Test
    void swappedServers_areRefused_byName() {
        String east = homes.urls.put("east", homes.url("west"));
        homes.urls.put("west", east);
        assertThat(refusal(() -> homes.start("east,west").close()))
                .hasMessageContaining("shard \"east\" (" + homes.address("east") + ")")
                .hasMessageContaining("which is shard \"west\"")
                .hasMessageContaining("shard \"west\" (" + homes.address("west") + ")")
                .hasMessageContaining("the URLs of the two are swapped; swap them back");
    }

    /** By a name in DNS, a balancer or a service that leads elsewhere now, where there is a database of that name. */
    @Test
    void aConnectionThatReachesAnotherServerUnderWay_isRefused_byName() {
        Shard west = homes.shard("west");
        String name = Homes.database(west.url());
        database("east", name, " template " + Homes.database(homes.shard("east").url()));
        database("north", name, "");
        try (Relay relay = new Relay(west)) {
            homes.urls.put("west", relay.url(west));
            try (ShardedSessionFactory factory = homes.start("east,west")) {
                assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);

                relay.leadTo(homes.shard("east"));
                assertThat(refusal(() -> ask(factory)))
                        .hasMessageContaining("HS-004 shard \"west\" (" + homes.address("west") + ")")
                        .hasMessageContaining("which is shard \"east\" of cluster")
                        .hasMessageContaining("and not shard \"west\"");

                relay.leadTo(homes.shard("north"));
                assertThat(refusalThatSays(factory, "has no record of being a shard"))
                        .hasMessageContaining("HS-004 shard \"west\" (" + homes.address("west") + ") was schema")
                        .hasMessageContaining(homes.place(west.url()))
                        .hasMessageContaining("and is now schema");

                relay.leadTo(west);
                assertThat(Patience.eventually(ShardErrorCode.IDENTITY, () -> {
                            Throwable cut = catchThrowable(() -> ask(factory));
                            if (cut instanceof ShardingException again) {
                                throw again;
                            }
                            return Homes.found(factory);
                        }))
                        .isEqualTo(Homes.ROWS);
            }
        } finally {
            for (String other : new String[] {"east", "north"}) {
                Homes.execute(admin(other), "drop database " + name + " with (force)");
            }
        }
    }

    private Shard admin(String server) {
        Shard any = homes.shard(server);
        return new Shard(
                "admin",
                any.url().replace("/" + Homes.database(any.url()), "/postgres"),
                any.user(),
                any.password(),
                any.replicas());
    }

    private void database(String server, String name, String template) {
        Homes.execute(admin(server), "create database " + name + template);
    }

    private static void ask(ShardedSessionFactory factory) {
        Homes.number(factory, "west", "select count(*) from Home");
    }

    /** Once the connections have gone that were cut. */
    private static ShardingException refusalThatSays(ShardedSessionFactory factory, String what) {
        ShardingException refusal = refusal(() -> ask(factory));
        long start = System.nanoTime();
        while (!String.valueOf(refusal.getMessage()).contains(what)) { // the last one is remembered for a moment
            assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
            refusal = refusal(() -> ask(factory));
        }
        return refusal;
    }

    private static ShardingException refusal(Runnable work) {
        Throwable failure = catchThrowable(work::run);
        for (int i = 0; i < 20 && !(failure instanceof ShardingException); i++) {
            failure = catchThrowable(work::run); // connections that were cut
        }
        assertThat(failure).isInstanceOf(ShardingException.class);
        ShardingException refusal = (ShardingException) failure;
        assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(ShardErrorCode.IDENTITY);
        return refusal;
    }
}
