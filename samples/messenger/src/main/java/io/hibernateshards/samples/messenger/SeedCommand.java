package io.hibernateshards.samples.messenger;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.seed.Seeder;
import io.hibernateshards.samples.messenger.seed.Spread;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
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
        try (ShardedSessionFactory factory = factory(cluster, "create")) {
            long start = System.nanoTime();
            try (ProgressBar progress = progress("Storing users", options.users)) {
                new Seeder(factory, SEED).users(options.users, options.threads, progress);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("%,d users in %.1f s: %,.0f rows/s%n", options.users, seconds, options.users / seconds);
            System.out.println("Users per shard: " + Spread.of(factory, "users"));
        }
    }

    /** Stores conversations between users, for clients to talk in. */
    static void converse(LocalCluster cluster, int conversations) throws SQLException {
        List<Long> users = new ArrayList<>();
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("select id from users limit 20000")) {
                while (rows.next()) {
                    users.add(rows.getLong(1));
                }
            }
        }
        try (ShardedSessionFactory factory = factory(cluster, "none");
                ProgressBar progress = progress("Conversations", conversations)) {
            new Seeder(factory, SEED).conversations(users, conversations, progress);
        }
    }

    /** Hibernate alone, as the application is not needed yet. */
    static ShardedSessionFactory factory(LocalCluster cluster, String tables) {
        return new ShardedConfiguration()
                .entities(Country.class, User.class, Conversation.class, Message.class, InboxEntry.class)
                .settings(ClusterOptions.settings(cluster))
                .setting("hibernate.hbm2ddl.auto", tables)
                .setting("hibernate.jdbc.batch_size", 500)
                .build();
    }

    private static ProgressBar progress(String task, int rows) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(rows)
                .setUnit(" rows", 1)
                .setStyle(ProgressBarStyle.ASCII)
                .setMaxRenderedLength(90)
                .showSpeed()
                .build();
    }
}
