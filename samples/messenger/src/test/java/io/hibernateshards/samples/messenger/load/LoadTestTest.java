package io.hibernateshards.samples.messenger.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.seed.Seeder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.junit.jupiter.api.Test;

class LoadTestTest {
    private static final int USERS = 400;

    @Test
    void load_isServedByBoth_andNothingIsLost() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 2, Collation.C, ServerOptions.FAST, 1);
                ShardedSessionFactory factory = new ShardedConfiguration()
                        .entities(Country.class, User.class, Conversation.class, Message.class, InboxEntry.class)
                        .settings(cluster.settings())
                        .setting("hibernate.hbm2ddl.auto", "create")
                        .build()) {
            seed(factory);
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            LoadTest.Options options = new LoadTest.Options(
                    2,
                    List.of(6),
                    2,
                    2,
                    1,
                    List.of(new Mix("messenger"), new Mix("users")),
                    true,
                    true,
                    System.getProperty("java.home") + "/bin/java",
                    List.of("-Xmx300m", "-XX:TieredStopAtLevel=1"));
            boolean fine = new LoadTest(
                            cluster,
                            cluster.settings(),
                            options,
                            new PrintStream(printed, true, StandardCharsets.UTF_8))
                    .run();
            assertThat(fine).as("%s", printed).isTrue();
            assertThat(printed.toString(StandardCharsets.UTF_8))
                    .containsPattern("\\| messenger \\| 6 \\| messenger \\| [1-9][0-9,]* \\| 100\\.00 \\| 0 \\| 0 \\|")
                    .containsPattern("\\| users \\| 6 \\| twin \\| [1-9][0-9,]* \\| 100\\.00 \\| 0 \\| 0 \\|")
                    .contains("Warm-up of the twin, users: CPU µs", "Standbys: in sync")
                    .containsPattern("messenger / twin \\| \\*\\*[0-9.]+\\*\\* \\([0-9.]+–[0-9.]+\\)");
            long users = sum(factory, "select count(*) from User");
            assertThat(users).isGreaterThan(USERS); // others have registered
            assertThat(sum(factory, "select sum(credits) from User")).isEqualTo(users * Seeder.CREDITS);
            assertThat(sum(factory, "select count(*) from InboxEntry"))
                    .isEqualTo(sum(factory, "select count(*) from Message"))
                    .isGreaterThan(20);
            assertThat(factory.getInDoubtBranches()).isEmpty();
        }
    }

    private static void seed(ShardedSessionFactory factory) {
        try (ProgressBar silent = new ProgressBarBuilder()
                .setConsumer(new DelegatingProgressBarConsumer(line -> {}))
                .build()) {
            Seeder seeder = new Seeder(factory, 1);
            seeder.users(USERS, 1, silent);
            List<Long> users = factory.fromSession(session ->
                    session.createQuery("select id from User", Long.class).list());
            seeder.conversations(users, 20, silent);
        }
    }

    private static long sum(ShardedSessionFactory factory, String hql) {
        return factory.fromSession(
                session -> session.createQuery(hql, Long.class).getSingleResult());
    }
}
