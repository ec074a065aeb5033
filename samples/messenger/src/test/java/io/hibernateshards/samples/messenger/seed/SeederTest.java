package io.hibernateshards.samples.messenger.seed;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.User;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SeederTest {
    private static final int USERS = 20_000;

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void seed() {
        cluster = LocalCluster.start(Layout.DATABASES, 4);
        factory = new ShardedConfiguration()
                .entities(Country.class, User.class, Conversation.class, Message.class, InboxEntry.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", 500)
                .build();
        try (ProgressBar silent = new ProgressBarBuilder()
                .setConsumer(new DelegatingProgressBarConsumer(line -> {}))
                .build()) {
            new Seeder(factory, 1).users(USERS, 2, silent);
            assertThat(silent.getCurrent()).isEqualTo(USERS);
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    /** By chance a shard has 1.2 per cent more or less than the mean, of so few; six per cent are five times that. */
    @Test
    void users_spreadEvenly() {
        Spread spread = Spread.of(factory, "users");
        assertThat(spread.total()).isEqualTo(USERS);
        assertThat(spread.rows()).hasSize(4);
        assertThat(spread.deviation()).as("%s", spread).isBetween(0.0, 0.06);
    }

    @Test
    void users_liveWhereTheirIdsTell() {
        try (ShardedSession session = factory.openSession()) {
            for (ShardId shard : factory.getTopology().shards()) {
                List<User> users = session.createNativeQuery("select * from users limit 100", User.class)
                        .setHint(ShardHints.SHARD, shard.name())
                        .list();
                assertThat(users).hasSize(100).allSatisfy(user -> assertThat(factory.locate(User.class, user.getId()))
                        .isEqualTo(shard));
            }
        }
    }

    @Test
    void countries_areOnEveryShard() {
        Spread spread = Spread.of(factory, "country");
        assertThat(spread.rows().values()).containsOnly((long) Locale.getISOCountries().length);
        assertThat(factory.getReferenceData().check(Country.class)).isEmpty();
    }

    @Test
    void users_haveAllTheCreditsThatWereGiven() {
        long credits = factory.fromSession(session ->
                session.createQuery("select sum(credits) from User", Long.class).getSingleResult());
        assertThat(credits).isEqualTo(USERS * Seeder.CREDITS);
    }

    @Test
    void names_areTheSameForTheSameSeed() {
        Names names = new Names(7);
        Names again = new Names(7);
        Names others = new Names(8);
        assertThat(tenOf(names)).isEqualTo(tenOf(again)).isNotEqualTo(tenOf(others));
    }

    private static List<String> tenOf(Names names) {
        SplittableRandom random = new SplittableRandom(1);
        return Stream.generate(() -> names.next(random)).limit(10).toList();
    }
}
