package io.hibernateshards.oracle;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.List;
import org.hibernate.Session;

/** Puts questions to both sides, in a session each. */
final class Asking implements AutoCloseable {
    /** An answer in words, or what was thrown. */
    record Answer(List<String> rows, Throwable error) {
        boolean isRefusal() {
            return error instanceof ShardingException e
                    && (e.code() == ShardErrorCode.QUERY_REFUSED || e.code() == ShardErrorCode.OPERATION_REFUSED);
        }

        @Override
        public String toString() {
            return error == null ? String.join("\n  ", rows) : error.toString();
        }
    }

    private final Session sharded;
    private final Session plain;
    private final Tally tally;

    Asking(Sides sides, Tally tally) {
        this.tally = tally;
        sharded = sides.sharded.openSession();
        plain = sides.plain.openSession();
        sharded.beginTransaction();
        plain.beginTransaction();
    }

    void ask(Question question) {
        Answer right = answer(question, plain);
        Answer got = answer(question, sharded);
        tally.asked();
        if (right.error == null && got.isRefusal()) {
            tally.refused(got.error);
        } else if (right.error != null && got.error != null) {
            tally.invalid(question, right.error);
        } else if (right.error != null || got.error != null || !got.rows.equals(right.rows)) {
            throw new Difference(question, right, got);
        }
    }

    private Answer answer(Question question, Session session) {
        try {
            List<String> rows = question.comparable(question.ask(session));
            session.clear();
            return new Answer(rows, null);
        } catch (RuntimeException | AssertionError e) {
            restart(session);
            return new Answer(List.of(), e);
        }
    }

    /** After an error PostgreSQL wants the transaction to be over. */
    private static void restart(Session session) {
        session.clear();
        session.getTransaction().rollback();
        session.beginTransaction();
    }

    @Override
    public void close() {
        for (Session session : List.of(sharded, plain)) {
            session.getTransaction().rollback();
            session.close();
        }
    }

    /** The sides do not agree. */
    static final class Difference extends AssertionError {
        private static final long serialVersionUID = 1L;

        final transient Question question;

        Difference(Question question, Answer right, Answer got) {
            super(question + "\nexpected\n  " + right + "\nbut was\n  " + got);
            this.question = question;
            if (got.error != null) {
                initCause(got.error);
            }
        }
    }
}
