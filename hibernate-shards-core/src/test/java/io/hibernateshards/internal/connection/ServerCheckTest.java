package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ServerCheck.Facts;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is said of servers that tests cannot start, and of URLs that lead nowhere. */
class ServerCheckTest {
    @Test
    void aServerThatIsTooOld_isNamed() {
        assertThat(new Facts(140_005, "14.5", "UTF8", true, false, true, 0).problems())
                .containsExactly("runs PostgreSQL 14.5: upgrade it to 15 or newer");
        assertThat(new Facts(150_000, "15.0", "UTF8", true, false, true, 0).problems())
                .isEmpty();
    }

    @Test
    void severalHosts_needAPrimary() {
        assertThat(UrlParameters.problems(shard("", "jdbc:postgresql://a,b/geo?password=secret")))
                .containsExactly("has several hosts, of which any may be connected to: add targetServerType=primary");
        assertThat(UrlParameters.problems(shard("", "jdbc:postgresql://a,b/geo?targetServerType=primary")))
                .isEmpty();
    }

    @Test
    void aReplica_isNoPrimary() {
        assertThat(UrlParameters.problems(shard("r0", "jdbc:postgresql://a/geo?targetServerType=primary")))
                .containsExactly("targetServerType = primary does not connect to a replica: remove it");
        assertThat(UrlParameters.problems(shard("r0", "jdbc:postgresql://a,b/geo?targetServerType=secondary")))
                .isEmpty();
    }

    @Test
    void aSocketTimeout_isLongerThanWaitsForLocks() {
        ShardSource five = shard("", "jdbc:postgresql://a/geo?socketTimeout=5");
        assertThat(UrlParameters.warnings(five, 4000)).isEmpty();
        assertThat(UrlParameters.warnings(five, 10_000))
                .singleElement()
                .asString()
                .contains("socketTimeout = 5 s");
        assertThat(UrlParameters.warnings(five, 0)).hasSize(1);
    }

    private static ShardSource shard(String replica, String url) {
        return new ShardSource(ShardId.of("east"), replica, 1, url, null, null, Map.of());
    }
}
