package io.hibernateshards.internal.session;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/**
 * The ordinary Hibernate sessions behind one sharded session, opened as they are needed, and the options that each of
 * them gets. Used by one thread at a time.
 */
final class ChildSessions<S extends SharedSessionContractImplementor> {
    private final Function<Branch<S>, S> opener;
    private final ShardedSessionFactoryImpl factory;
    private final @Nullable StatementInspector inspector;
    /** Read by legs that cancel others, while the caller opens more. */
    private final List<Branch<S>> open = new CopyOnWriteArrayList<>();

    private @Nullable Map<String, Consumer<S>> options;
    private @Nullable ShardedTransaction transaction;
    private boolean closed;

    ChildSessions(
            ShardedSessionFactoryImpl factory, @Nullable StatementInspector inspector, Function<Branch<S>, S> opener) {
        this.inspector = inspector;
        this.factory = factory;
        this.opener = opener;
    }

    /** What the application wants of statements that are no branch's. */
    StatementInspector inspector() {
        return sql -> {
            String inspected = inspector == null ? sql : inspector.inspect(sql);
            return inspected == null ? sql : inspected;
        };
    }

    void joinTo(ShardedTransaction logical) {
        transaction = logical;
    }

    /** The child of that shard, opened if need be. */
    S get(ShardId shard) {
        return branch(shard).session();
    }

    /** The branch of that shard, opened if need be. */
    Branch<S> branch(ShardId shard) {
        for (int i = 0; i < open.size(); i++) {
            Branch<S> branch = open.get(i);
            if (branch.shard().equals(shard)) {
                return branch;
            }
        }
        return open(shard);
    }

    /**
     * Writes on a shard. While cursors are open there outside a transaction, their connection has a transaction, so this
     * is done by a second child on another connection, where it commits by itself.
     */
    <T extends @Nullable Object> T write(ShardId shard, Function<Branch<S>, T> work) {
        Branch<S> branch = branch(shard);
        if (!branch.hasCursors()) {
            return work.apply(branch);
        }
        Branch<S> beside = newBranch(shard);
        try (S child = opener.apply(beside)) {
            applyOptions(child);
            beside.open(child);
            factory.pools().takingApart(shard, beside.held()::getPhysicalConnection);
            T result = work.apply(beside);
            child.getJdbcCoordinator().executeBatch();
            return result;
        }
    }

    private Branch<S> newBranch(ShardId shard) {
        return new Branch<>(
                shard,
                Objects.requireNonNull(transaction, "no logical transaction"),
                inspector,
                factory.inner().getSessionFactoryOptions().isCommentsEnabled());
    }

    private void applyOptions(S child) {
        if (options != null) {
            options.values().forEach(option -> option.accept(child));
        }
    }

    /** Has the child hold the connection of the JTA transaction, if there is one, before somebody asks it for any. */
    void use(ShardId shard) {
        ShardedTransaction logical = transaction;
        if (logical != null && logical.isGlobal()) {
            logical.using(branch(shard));
        }
    }

    private Branch<S> open(ShardId shard) {
        Branch<S> branch = newBranch(shard);
        S child = opener.apply(branch);
        applyOptions(child);
        branch.open(child);
        open.add(branch);
        return branch;
    }

    /** The branches in order of opening; not a copy. */
    List<Branch<S>> branches() {
        return open;
    }

    /** The only child, if exactly one is open. */
    @Nullable
    S only() {
        return open.size() == 1 ? open.get(0).session() : null;
    }

    /** Some child, for what every shard can answer: one that is open, else that of the next shard in turn. */
    S any() {
        return open.isEmpty() ? get(factory.nextShard()) : open.get(0).session();
    }

    /** Applies an option to every child, those still to be opened too; a later option of the same name replaces it. */
    void option(String name, Consumer<S> option) {
        if (options == null) {
            options = new LinkedHashMap<>();
        }
        options.remove(name);
        options.put(name, option);
        open.forEach(branch -> option.accept(branch.session()));
    }

    /** Takes an option back: from the open children by the given undo. */
    void dropOption(String name, Consumer<S> undo) {
        if (options != null) {
            options.remove(name);
        }
        open.forEach(branch -> undo.accept(branch.session()));
    }

    Set<ShardId> shards() {
        Set<ShardId> shards = new LinkedHashSet<>();
        open.forEach(branch -> shards.add(branch.shard()));
        return shards;
    }

    boolean isClosed() {
        return closed;
    }

    /** Closes all, the later ones also when an earlier one fails. */
    void close() {
        closed = true;
        RuntimeException failure = null;
        for (Branch<S> branch : open) {
            try {
                branch.session().close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
