package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.cluster.Shares;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.internal.topology.IdBits;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.Parameter;

/** A session factory on real servers, and what tests need to look behind it. */
@Shares(Shares.Kind.FACTORIES)
abstract class ShopTest {
    private static final AtomicLong NEXT = new AtomicLong();

    @Parameter
    ShopLayout shop;

    ShardedSessionFactory factory() {
        return shop.factory();
    }

    /** All tests of the layout share its servers. */
    @AfterEach
    void leavesNothingOnTheServers(TestInfo test) {
        shop.hygiene().assertClean(test.getDisplayName());
    }

    /** In a session and a transaction of its own. */
    void in(Consumer<ShardedSession> work) {
        from(session -> {
            work.accept(session);
            return null;
        });
    }

    ShardedSession open() {
        return factory().openSession();
    }

    <T> T from(Function<ShardedSession, T> work) {
        try (ShardedSession session = open()) {
            return session.fromTransaction(transaction -> work.apply(session));
        }
    }

    /** In a session of its own, without a transaction. */
    void reading(Consumer<ShardedSession> work) {
        try (ShardedSession session = factory().openSession()) {
            work.accept(session);
        }
    }

    // ---- places

    List<ShardId> shards() {
        return factory().getTopology().shards();
    }

    ShardId shard(int number) {
        return shards().get(number % shards().size());
    }

    /** An id of a customer who does not exist, on that shard. */
    long customerId(ShardId shard) {
        return customerId(bucketOf(shard));
    }

    static long customerId(int bucket) {
        long next = NEXT.getAndIncrement();
        return IdBits.timeBucket(1_000_000 + next / 32, bucket, 0, (int) (next % 32));
    }

    int bucketOf(ShardId shard) {
        while (true) {
            int bucket = ThreadLocalRandom.current().nextInt(Buckets.COUNT);
            if (factory().getTopology().shardOf(bucket).equals(shard)) {
                return bucket;
            }
        }
    }

    /** A new customer who is to live on that shard. */
    Customer customer(ShardId shard) {
        Customer customer = new Customer("name" + NEXT.incrementAndGet());
        customer.id = customerId(shard);
        customer.email = customer.id + "@example.org";
        return customer;
    }

    /** A customer who is stored on that shard. */
    Customer stored(ShardId shard) {
        Customer customer = customer(shard);
        in(session -> session.persist(customer));
        return customer;
    }

    /** A text that no other test uses as a key, of that shard. */
    String text(Class<?> entity, ShardId shard) {
        return Stream.generate(() -> UUID.randomUUID().toString())
                .filter(text -> factory().locate(entity, text).equals(shard))
                .findFirst()
                .orElseThrow();
    }

    static long number() {
        return NEXT.incrementAndGet();
    }

    // ---- what is stored, as plain JDBC sees it

    /** The number of rows of a query on each shard, in order. */
    List<Long> counts(String from) {
        List<Long> counts = new ArrayList<>();
        for (Shard shard : shop.cluster().shards()) {
            counts.add(count(shard, from));
        }
        return counts;
    }

    /** The number of rows of a query on one shard. */
    long rows(ShardId shard, String from) {
        return count(place(shard), from);
    }

    /** The shards that have rows of a query. */
    List<ShardId> placesOf(String from) {
        return shop.cluster().shards().stream()
                .filter(shard -> count(shard, from) > 0)
                .map(shard -> ShardId.of(shard.name()))
                .toList();
    }

    private static long count(Shard shard, String from) {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from " + from)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs SQL on one shard, past the session. */
    void sql(ShardId shard, String sql) {
        try (Connection connection = place(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether somebody else has locked the rows of a query on a shard. */
    boolean isLocked(ShardId shard, String from) {
        try (Connection connection = place(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("select 1 from " + from + " for update nowait");
            return false;
        } catch (SQLException e) {
            if (e.getSQLState().equals("55P03")) {
                return true;
            }
            throw new AssertionError(e);
        }
    }

    Shard place(ShardId shard) {
        return shop.cluster().shards().stream()
                .filter(one -> one.name().equals(shard.name()))
                .findFirst()
                .orElseThrow();
    }

    static void assertRefused(ThrowingCallable work, ShardErrorCode code, String... parts) {
        assertThatThrownBy(work).isInstanceOfSatisfying(ShardingException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            for (String part : parts) {
                assertThat(e).hasMessageContaining(part);
            }
        });
    }
}
