package io.hibernateshards.internal.jta;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.jta.Tills.Till;
import io.hibernateshards.internal.transaction.Relay;
import jakarta.transaction.TransactionManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JVM is killed while Narayana commits in it, and Narayana's recovery, in another, finishes what it left. */
class JtaRecoveryTest {
    @Test
    void whatAKilledJvmLeft_isFinishedByTheManagersRecovery() throws Exception {
        try (Tills tills = new Tills(LocalCluster.shared(Layout.DATABASES, 2))) {
            tills.fill();
            kill(tills, "prepared");
            assertThat(tills.prepared()).containsExactly(1, 1);
            assertThat(tills.factory.recoverTransactions()).as("not ours").isZero();
            assertThat(tills.prepared()).containsExactly(1, 1);
            Narayana.start();
            Narayana.recover(tills.factory);
            assertThat(tills.prepared()).containsExactly(0, 0);
            assertThat(tills.coins()).as("never decided").containsExactly(10, 10);

            kill(tills, "decided");
            assertThat(tills.prepared()).containsExactly(1, 1);
            Narayana.recover(tills.factory);
            assertThat(tills.prepared()).containsExactly(0, 0);
            assertThat(tills.coins()).as("decided").containsExactly(7, 13);
        }
    }

    @Test
    void shardWhoseConnectionBreaksBeforeItCommits_isCommittedOnAnother() throws Exception {
        TransactionManager manager = Narayana.start();
        try (Tills tills = new Tills(LocalCluster.shared(Layout.DATABASES, 2))) {
            tills.fill();
            transfer(
                    manager,
                    tills,
                    () -> tills.execute(
                            1,
                            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                                    + " where datname = current_database() and pid <> pg_backend_pid()"));
            assertThat(tills.prepared()).containsExactly(0, 0);
            assertThat(tills.coins()).containsExactly(7, 13);
        }
    }

    @Test
    void shardThatIsLostBeforeItCommits_keepsTheBranchesAfterIt_andIsToldByTheManagersRecovery() throws Exception {
        TransactionManager manager = Narayana.start();
        LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2);
        List<Relay> relays = cluster.shards().stream().map(Relay::new).toList();
        try (Tills tills = new Tills(cluster, Relay.settings(cluster, relays))) {
            tills.fill();
            transfer(manager, tills, relays.get(1)::refuse);
            assertThat(tills.prepared())
                    .as("what locked first is committed last")
                    .containsExactly(1, 1);
            assertThat(tills.coins()).containsExactly(10, 10);
            relays.get(1).admit();
            Narayana.recover(tills.factory);
            assertThat(tills.prepared()).containsExactly(0, 0);
            assertThat(tills.coins()).containsExactly(7, 13);
        } finally {
            relays.forEach(Relay::close);
        }
    }

    private static void transfer(TransactionManager manager, Tills tills, Runnable whenCommitting) throws Exception {
        manager.begin();
        manager.getTransaction().enlistResource(new Watcher(() -> {}, whenCommitting));
        try (ShardedSession session = tills.factory.openSession()) {
            session.find(Till.class, tills.names.get(0)).coins -= 3;
            session.find(Till.class, tills.names.get(1)).coins += 3;
            manager.commit();
        }
    }

    private static void kill(Tills tills, String when) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CrashingTransfer.class.getName(),
                when,
                Narayana.log().toAbsolutePath().toString(),
                tills.names.get(0),
                tills.names.get(1)));
        tills.cluster.settings().forEach((setting, value) -> {
            command.add(setting);
            command.add(value);
        });
        Process jvm = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(jvm.waitFor()).as("killed when %s", when).isEqualTo(137);
        } finally {
            jvm.destroyForcibly();
        }
    }
}
