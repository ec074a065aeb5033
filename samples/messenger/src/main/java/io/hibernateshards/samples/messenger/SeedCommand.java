package io.hibernateshards.samples.messenger;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.seed.Seeder;
import io.hibernateshards.samples.messenger.seed.Spread;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Starts servers, stores users, tells how fast and where, and stops the servers. */
@Command(name = "seed", mixinStandardHelpOptions = true, description = "Stores users and tells how fast.")
final class SeedCommand implements Runnable {
    private static final long SEED = 2024;

    @Mixin
    private ClusterOptions options = new ClusterOptions();

    @Override
    public void run() {
        try (LocalCluster cluster = options.start()) {
            seed(cluster, options);
        }
    }

    /** Creates the tables and stores the users. */
    static void seed(LocalCluster cluster, ClusterOptions options) {
        try (ShardedSessionFactory factory = factory(cluster)) {
            long start = System.nanoTime();
            try (ProgressBar progress = progress(options.users)) {
                new Seeder(factory, SEED).users(options.users, options.threads, progress);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("%,d users in %.1f s: %,.0f rows/s%n", options.users, seconds, options.users / seconds);
            System.out.println("Users per shard: " + Spread.of(factory, "users"));
        }
    }

    /** Hibernate alone, as the application is not needed yet. */
    private static ShardedSessionFactory factory(LocalCluster cluster) {
        return new ShardedConfiguration()
                .entities(Country.class, User.class, Conversation.class, Message.class, InboxEntry.class)
                .settings(ClusterOptions.settings(cluster))
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", 500)
                .build();
    }

    private static ProgressBar progress(int users) {
        return new ProgressBarBuilder()
                .setTaskName("Storing users")
                .setInitialMax(users)
                .setUnit(" rows", 1)
                .setStyle(ProgressBarStyle.ASCII)
                .setMaxRenderedLength(90)
                .showSpeed()
                .build();
    }
}
