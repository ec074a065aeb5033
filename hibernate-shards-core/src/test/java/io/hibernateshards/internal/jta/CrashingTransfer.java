package io.hibernateshards.internal.jta;

import io.hibernateshards.Killed;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.internal.jta.Tills.Till;
import jakarta.transaction.TransactionManager;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.transaction.xa.Xid;

/**
 * A JVM that transfers between two shards once, and kills itself meanwhile. Arguments: when ({@code prepared} or {@code
 * decided}), the directory of the transaction manager's log, the two accounts, and the settings of the shards.
 */
final class CrashingTransfer {
    private CrashingTransfer() {}

    public static void main(String[] arguments) throws Exception {
        boolean decided = arguments[0].equals("decided");
        TransactionManager manager = Narayana.start(Path.of(arguments[1]));
        Map<String, String> shards = new TreeMap<>();
        for (int i = 4; i < arguments.length; i += 2) {
            shards.put(arguments[i], arguments[i + 1]);
        }
        try (ShardedSessionFactory factory = Tills.factory(shards, "two-phase", "none");
                ShardedSession session = factory.openSession()) {
            Killer.armed = true;
            manager.begin();
            if (decided) {
                manager.getTransaction().enlistResource(new Killer(true)); // committed before the shards are
            }
            session.find(Till.class, arguments[2]).coins -= 3;
            session.find(Till.class, arguments[3]).coins += 3;
            session.flush();
            if (!decided) {
                manager.getTransaction().enlistResource(new Killer(false)); // prepared after the shards are
            }
            manager.commit();
        }
    }

    /** In the transaction manager's log too, where it kills nobody any more. */
    static final class Killer extends Participant implements Serializable {
        private static final long serialVersionUID = 1L;

        static volatile boolean armed;

        private final boolean committing;

        Killer(boolean committing) {
            this.committing = committing;
        }

        private static void kill() {
            if (armed) {
                Killed.now();
            }
        }

        @Override
        public int prepare(Xid xid) {
            if (!committing) {
                kill();
            }
            return XA_OK;
        }

        @Override
        public void commit(Xid xid, boolean onePhase) {
            kill();
        }
    }
}
