package io.hibernateshards.spring;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardedSession;
import java.util.ArrayList;
import java.util.List;

/** What was accepted, and what sessions have written since. Sessions of several threads may be among them. */
final class CollectedTokens {
    private final List<ShardedSession> sessions = new ArrayList<>(2);
    private ConsistencyToken token;

    CollectedTokens(ConsistencyToken accepted) {
        token = accepted;
    }

    synchronized void opened(ShardedSession session) {
        takeClosed();
        if (!token.equals(ConsistencyToken.NONE)) {
            session.acceptConsistencyToken(token);
        }
        sessions.add(session);
    }

    synchronized ConsistencyToken token() {
        takeClosed();
        ConsistencyToken all = token;
        for (ShardedSession session : sessions) {
            all = all.merge(session.getConsistencyToken());
        }
        return all;
    }

    /** So that what opens many sessions does not keep them all. */
    private void takeClosed() {
        sessions.removeIf(session -> {
            if (mayStillCommit(session)) {
                return false;
            }
            token = token.merge(session.getConsistencyToken());
            return true;
        });
    }

    /** A JTA transaction may commit what a session wrote after that was closed. */
    private static boolean mayStillCommit(ShardedSession session) {
        try {
            return session.isOpen() || session.getTransaction().isActive();
        } catch (IllegalStateException hidden) { // by strict JPA compliance: nothing says that it has ended
            return true;
        }
    }
}
