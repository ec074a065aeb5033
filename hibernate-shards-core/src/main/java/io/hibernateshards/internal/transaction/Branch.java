package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/**
 * One shard's leg of a logical transaction: an ordinary Hibernate session, and whether it has written. It sees every
 * statement before it is prepared, so that no way to write can be overlooked.
 *
 * @param <S> {@code SessionImplementor} or {@code StatelessSessionImplementor}
 */
public final class Branch<S extends SharedSessionContractImplementor> implements StatementInspector {
    private static final long serialVersionUID = 1L;

    private final ShardId shard;
    private final transient ShardedTransaction transaction;
    private final transient @Nullable StatementInspector next;
    private final String comment;
    private transient @Nullable S session;

    /**
     * A branch whose session is still to be opened.
     *
     * @param next the application's own inspector, if any
     * @param comments whether statements are sent with a comment that names the shard
     */
    public Branch(ShardId shard, ShardedTransaction transaction, @Nullable StatementInspector next, boolean comments) {
        this.shard = shard;
        comment = comments ? "/* " + shard + " */ " : "";
        this.transaction = transaction;
        this.next = next;
    }

    /** Attaches the child session and begins its transaction if the logical one has begun. */
    public void open(S child) {
        session = child;
        transaction.join(this);
    }

    public ShardId shard() {
        return shard;
    }

    public S session() {
        S child = session;
        if (child == null) {
            throw new IllegalStateException("the branch of shard \"" + shard + "\" has no session yet");
        }
        return child;
    }

    @Override
    public String inspect(String sql) {
        String inspected = next == null ? sql : next.inspect(sql);
        String sent = inspected == null ? sql : inspected;
        if (SqlKind.mayWrite(sent)) {
            transaction.beforeWrite(this, sent);
        }
        return comment.isEmpty() ? sent : comment + sent;
    }

    @Override
    public String toString() {
        return shard.name();
    }
}
