package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What recovery says of a branch of which nobody knows any more what it has changed. */
class LostBranchTest {
    private static final ShardId SECOND = ShardId.of("shard0");

    @Test
    void aBranchThatRecoveryCommits_isToldInTheSameBreath() throws SQLException {
        List<String> lost = new CopyOnWriteArrayList<>();
        try (Purses purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
                Connection listener = purses.cluster.shards().get(0).connect()) {
            purses.fill(10);
            try (Statement listen = listener.createStatement()) {
                listen.execute("listen lost");
            }
            try (ShardedSession session = purses.factory.openSession()) {
                CommitRiders riders = ((ShardedTransaction) session.getTransaction()).riders();
                riders.setStatements(new CommitRiders.Statements() {
                    @Override
                    public String of(Branch<?> branch) {
                        return "select pg_notify('lost', 'its own')";
                    }

                    @Override
                    public String ofLost(ShardId shard) {
                        return "select pg_notify('lost', 'anything of " + shard + "')";
                    }

                    @Override
                    public void lost(ShardId shard, boolean told) {
                        lost.add(shard + " " + told);
                    }
                });
                TwoPhase.observer = (step, transaction, shard) -> {
                    if (step == Step.DECIDED) {
                        throw new IllegalStateException("left to recovery");
                    }
                };
                try {
                    session.inTransaction(
                            transaction -> purses.names.forEach(name -> session.find(Purse.class, name).coins++));
                } finally {
                    TwoPhase.observer = Step.Observer.NONE;
                }
            }
            assertThat(lost).isEmpty();
            assertThat(heard(listener)).isEmpty();

            purses.factory.recoverTransactions();

            assertThat(purses.coins()).containsExactly(11, 11);
            assertThat(lost).containsExactly(SECOND + " true");
            assertThat(heard(listener)).containsExactly("anything of " + SECOND);
        }
    }

    private static List<String> heard(Connection listener) throws SQLException {
        try (Statement ask = listener.createStatement()) {
            ask.execute("select 1"); // what was sent before is delivered before this is answered
        }
        List<String> heard = new ArrayList<>();
        PGNotification[] some = listener.unwrap(PGConnection.class).getNotifications();
        for (PGNotification one : some == null ? new PGNotification[0] : some) {
            heard.add(one.getParameter());
        }
        return heard;
    }
}
