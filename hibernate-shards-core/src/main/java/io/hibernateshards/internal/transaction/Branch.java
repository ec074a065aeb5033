package io.hibernateshards.internal.transaction;

import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ReadLease;
import io.hibernateshards.internal.connection.Shutdown;
import io.hibernateshards.internal.connection.Work;
import io.hibernateshards.internal.observe.PendingLeg;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.FlushMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.spi.EventSource;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * One shard's leg of a logical transaction: an ordinary Hibernate session, and whether it has written. It sees every
 * statement before it is prepared, so that no way to write can be overlooked.
 *
 * <p>Outside a transaction each statement commits by itself, as on an ordinary pool: that saves the round trip which would
 * end the transaction of each read, and a write is not lost. Pools give connections that do not, so that Hibernate need
 * not have one as soon as a transaction begins.
 *
 * @param <S> {@code SessionImplementor} or {@code StatelessSessionImplementor}
 */
public final class Branch<S extends SharedSessionContractImplementor> implements StatementInspector {
    private static final long serialVersionUID = 1L;

    private static final String NUMBERED = "select pg_current_xact_id_if_assigned() is not null";

    private final ShardId shard;
    private final transient ShardedTransaction transaction;
    private final transient @Nullable StatementInspector next;
    private final String comment;
    private transient @Nullable S session;
    private boolean cursor;
    private transient @Nullable CursorTransaction cursors;
    private transient @Nullable LoneWrites alone;
    private transient @Nullable JointCommit joint;
    private volatile boolean temporaryTables;
    private transient @Nullable ReadLease lease;
    private boolean asked;
    private boolean isolated;
    private boolean flushed;
    private boolean passesFlush;
    private boolean completed;
    private boolean postponed;

    /** Whether it was sent a select that locks, which has its transaction numbered as a write does. */
    private boolean locked;

    /** Whether it was sent a select that calls functions, which may have written or locked. */
    private boolean called;

    private boolean drewSequence;
    private boolean gathering;
    private boolean openBeforeWork;

    /** Its place among the branches in the order in which they may have locked first; 0 if it has not. */
    private int place;

    private transient @Nullable PendingLeg leg;
    private transient volatile @Nullable Connection used;

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

    /** The branch that a child session is the leg of, or null for a session that was not opened by ours. */
    public static @Nullable Branch<?> of(SharedSessionContractImplementor child) {
        return child.getJdbcSessionContext().getStatementInspector() instanceof Branch<?> branch ? branch : null;
    }

    public ShardedTransaction transaction() {
        return transaction;
    }

    /** To be told when temporary tables are made or used in the transaction: PostgreSQL does not prepare it then. */
    public void usesTemporaryTables() {
        temporaryTables = true;
    }

    /** Rows are gathered in it from now on, or no longer; what is done meanwhile is rolled back to a savepoint. */
    public void gathers(boolean now) {
        temporaryTables |= now;
        gathering = now;
    }

    public boolean hasTemporaryTables() {
        return temporaryTables;
    }

    /** Its transaction begins. */
    public void begins() {
        temporaryTables = false;
        asked = false;
        isolated = false;
        flushed = false;
        completed = false;
        postponed = false;
        locked = false;
        called = false;
        drewSequence = false;
        place = 0;
    }

    // ---- before it ends

    /** All that its session has to write was sent, together with what the others had, and it is about to commit. */
    void flushed() {
        flushed = true;
    }

    /** Whether the flush that comes now would be the second in a row. */
    public boolean takeFlushed() {
        boolean repeated = passesFlush;
        passesFlush = false;
        return repeated;
    }

    /**
     * Has its session do, once in a transaction, all that Hibernate does before it commits a connection: the flush, unless all
     * branches have just been flushed together, the callbacks of its actions, and the interceptor's.
     */
    public void beforeCompletion() {
        if (completed) {
            return;
        }
        completed = true;
        S child = session();
        passesFlush = flushed && child.getHibernateFlushMode() != FlushMode.MANUAL;
        try {
            child.beforeTransactionCompletion();
        } finally {
            passesFlush = false;
        }
    }

    /** Sends the statements of a batch that is not full. */
    void sendBatch() {
        session().getJdbcCoordinator().executeBatch();
    }

    boolean isCompleted() {
        return completed;
    }

    /** Whether its session has queued something since its last flush began, which is not left to the next flush. */
    public boolean isFlushDue() {
        return !postponed
                && session instanceof EventSource child
                && child.getActionQueue().hasAnyQueuedActions();
    }

    /** A flush begins: it sends what an earlier one had left. */
    public void flushing() {
        postponed = false;
    }

    /** Leaves what is queued now to the next flush, as Hibernate leaves what is written once a flush is done. */
    void postpone() {
        postponed = true;
    }

    public boolean isPostponed() {
        return postponed;
    }

    /** Has Hibernate commit the child: the commit of its connection is what all the branches do together. */
    void commitIn(JointCommit all) {
        joint = all;
        try {
            session().getTransaction().commit();
        } finally {
            joint = null;
        }
    }

    boolean isJoined() {
        return joint != null;
    }

    /**
     * Called by the child's coordinator once all is done that is to be done before completion.
     *
     * @return what has become of it
     */
    TransactionStatus commitJointly(JdbcResourceTransaction connection) {
        JointCommit all = joint;
        if (all == null) {
            throw new IllegalStateException("shard \"" + shard + "\" is not being committed with others");
        }
        return all.committing(this, connection);
    }

    /** Whether it has written in the transaction: it was sent a statement that may, or its server says so. */
    public boolean hasWritten() {
        return transaction.hasWritten(this);
    }

    /**
     * Commits its own connection, with what is to go along.
     *
     * @throws ShardingException if its session only reads, and a function or a view that it called has written
     */
    void commit(JdbcResourceTransaction connection) {
        if (transaction.branches().readRoute() == null) {
            transaction.riders().commit(this, connection);
        } else if (!commitUnwritten(connection)) {
            throw wroteWhileReading();
        }
    }

    /**
     * Commits its own connection unless it has written by the server's account, in the round trip of the commit. Where that
     * account is blurred by something else that has a transaction numbered, the statements count.
     *
     * @return whether it was committed; if not, nothing of it has ended
     */
    boolean commitUnwritten(JdbcResourceTransaction connection) {
        if (!isNumberedAnyway()) {
            return transaction.riders().commitUnwritten(this, connection);
        }
        transaction.riders().commit(this, connection);
        return true;
    }

    // ---- locks, and writes that no statement shows

    /** Whether it may hold locks, or may have written by a function. */
    public boolean mayHoldLocks() {
        return locked || called;
    }

    /** Whether it was sent a select that calls functions: these may have written, and locked what is no row. */
    public boolean hasCalledFunctions() {
        return called;
    }

    /**
     * Whether something that is no write has its transaction numbered: row locks, temporary tables or a sequence. What else
     * it may have done is then known by the statements alone.
     */
    public boolean isNumberedAnyway() {
        return locked || temporaryTables || drewSequence;
    }

    /** Its place among the branches in the order in which they may have locked first; 0 if it has not. */
    int place() {
        return place;
    }

    void place(int next) {
        if (place == 0) {
            place = next;
        }
    }

    /**
     * Whether a function that it called has written, by its server's account. Shows also that its locks are still there.
     *
     * @throws ShardingException if its transaction is lost, and its locks with it
     */
    public boolean checkWritten() {
        SQLException failure = null;
        try {
            TransactionState state = held().isPhysicallyConnected() ? stateOf(connection()) : TransactionState.IDLE;
            if (state == TransactionState.IDLE && !locked) {
                return false; // it was sent nothing after all
            }
            if (state != TransactionState.IDLE && state != TransactionState.FAILED) {
                return isNumbered() && called;
            }
        } catch (SQLException e) {
            failure = e;
        }
        throw lockLost(failure);
    }

    /** Whether it has written, by its server's account, though it was sent nothing but plain selects: by a view, say. */
    boolean checkNumbered() {
        if (isNumberedAnyway() || !held().isPhysicallyConnected()) {
            return false;
        }
        try {
            return stateOf(connection()) == TransactionState.OPEN && isNumbered();
        } catch (SQLException e) {
            throw converted(e, "could not commit");
        }
    }

    private boolean isNumbered() throws SQLException {
        return isNumbered(connection());
    }

    /** Whether the server has numbered a connection's transaction, as it does before anything in it is to last. */
    public static boolean isNumbered(Connection connection) throws SQLException {
        return "t".equals(CommitRiders.last(connection, NUMBERED));
    }

    /** The error of a branch whose transaction ended before the commit. */
    ShardingException lockLost(@Nullable Exception failure) {
        return new ShardingException(
                ShardErrorCode.LOCK_LOST,
                "shard \"" + shard + "\" ended its part of the transaction before the commit"
                        + (failure == null ? "" : ": " + failure.getMessage())
                        + ". Its locks are lost, so others may have changed what they protect, and the transaction is"
                        + " rolled back on all shards. Repeat it; if it was idle for too long, look at"
                        + " idle_in_transaction_session_timeout of that server",
                failure);
    }

    /**
     * The error of a branch that would be committed though what it has done is lost.
     *
     * @param byApplication whether the application has ended its transaction; else one of its statements has failed
     */
    public static ShardingException ended(ShardId shard, boolean byApplication) {
        return new ShardingException(
                ShardErrorCode.BRANCH_ENDED,
                "shard \"" + shard + "\": "
                        + (byApplication
                                ? "SQL of the application has ended its part of the transaction before the commit. What was"
                                        + " not committed by that is rolled back on all shards: leave the end to the"
                                        + " transaction, and use savepoints"
                                : "a statement of the transaction has failed, so PostgreSQL stores nothing of it. The"
                                        + " transaction is rolled back on all shards: roll back after an error, or to a"
                                        + " savepoint before it"));
    }

    /** The error of a session that only reads. */
    public ShardingException wroteWhileReading() {
        return new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                "shard \"" + shard
                        + "\": a function or a view that a select used has written, but the session only reads."
                        + " Nothing of it is stored: open another session, or call setReadsOnly(false) before the"
                        + " transaction");
    }

    /** Its connection has committed, at a position in the write-ahead log if that is known. */
    void committed(@Nullable Position position) {
        transaction.branches().committed(shard, position);
    }

    /** Its connection has committed, but broke before it could tell the position: that is asked when it is needed. */
    void committedUnheard() {
        if (transaction.riders().asks(shard)) {
            transaction.branches().wroteUnasked(shard);
        }
    }

    /** Takes its session's connection, if it has none, and notes that a statement is about to be sent on it. */
    public void useConnection() {
        if (session != null) {
            Connection now = connection();
            if (now != used) {
                used = now;
            }
        }
    }

    /**
     * The connection that the last statement was sent on, for who wants to cancel that; it may have been given back. Null
     * before the first one. May be called by any thread.
     */
    public @Nullable Connection usedConnection() {
        return used;
    }

    /** The driver's connection; null if none is held, or it is another driver's. */
    @Nullable
    BaseConnection server() {
        try {
            Connection held = held().isPhysicallyConnected() ? connection() : null;
            return held != null && held.isWrapperFor(BaseConnection.class) ? held.unwrap(BaseConnection.class) : null;
        } catch (SQLException e) {
            return null; // closed by its pool
        }
    }

    /**
     * Makes sure, without a round trip, that its connection is one of the shard's primary: what is committed on a server that
     * another one has replaced is lost.
     *
     * @throws ShardingException if this JVM knows of another primary; nothing has been sent then
     */
    void checkPrimary() {
        if (lease == null && held().isPhysicallyConnected()) {
            transaction.catalog(shard).checkPrimary(connection());
        }
    }

    Connection connection() {
        return session().getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
    }

    /** Does the work of a leg, which is told when its server is asked; null if nobody wants to know of it. */
    public <T extends @Nullable Object, E extends Exception> T observed(@Nullable PendingLeg own, Work<T, E> work)
            throws E {
        if (own == null) {
            return work.run();
        }
        PendingLeg outer = leg;
        leg = own;
        Throwable failure = null;
        try {
            own.begins();
            return work.run();
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            leg = outer;
            own.ended(failure);
        }
    }

    private void asks() {
        if (leg != null) {
            leg.asks();
        }
    }

    @Override
    public String inspect(String sql) {
        asks();
        String inspected = next == null ? sql : next.inspect(sql);
        String sent = inspected == null ? sql : inspected;
        transaction.using(this);
        boolean write = SqlKind.mayWrite(sent);
        ReadRoute route = transaction.branches().readRoute();
        boolean locks = write || SqlKind.locks(sent);
        if (route != null && locks) {
            throw readsOnly(sent);
        }
        connect(route);
        if (locks) {
            checkAlone(sent);
        }
        asked = true;
        if (write) {
            checkPrimary();
            temporaryTables |= SqlKind.makesTemporaryTable(sent);
            transaction.beforeWrite(this, sent);
        }
        isolate();
        if (!write) {
            reads(sent, locks);
        }
        if (locks) {
            transaction.beforeLock(this, sent);
        }
        commitByItself();
        useConnection();
        if (write || locks || called) {
            watchAlone();
        }
        return comment.isEmpty() ? sent : comment + sent;
    }

    /** Outside a transaction: notices if nobody answers what is about to be sent. */
    private void watchAlone() {
        if (session == null || session.isTransactionInProgress()) {
            return;
        }
        LoneWrites watching = alone;
        if (watching == null) {
            watching = new LoneWrites(this);
            session.getEventListenerManager().addListener(watching);
            alone = watching;
        }
        watching.sent(server());
    }

    /** Notes what a statement that reads may leave: it ends with the transaction, so outside of one nothing is left. */
    private void reads(String sql, boolean locks) {
        if (gathering) {
            return; // it is rolled back to a savepoint
        }
        locked |= locks;
        switch (SqlKind.calls(sql)) {
            case NOTHING -> {}
            case SEQUENCE -> drewSequence = true;
            case FUNCTIONS -> {
                called = true;
                transaction.beforeCall(this, sql);
            }
        }
    }

    // ---- isolation

    /** Whether its transaction is to have a level of its own, of which the server has not been told yet. */
    public boolean isToBeIsolated() {
        return transaction.isolation() != Connection.TRANSACTION_NONE && !isolated && transaction.isActive();
    }

    /**
     * Tells the server within the transaction, as it forgets that with it: the level of a connection would have to be set back,
     * by one more round trip.
     */
    private void isolate() {
        if (!isToBeIsolated() || session == null) {
            return;
        }
        commitByItself();
        Connection connection = connection();
        try (Statement statement = connection.createStatement()) {
            if (stateOf(connection) == TransactionState.OPEN) {
                throw new ShardingException(
                        ShardErrorCode.OPERATION_REFUSED,
                        "shard \"" + shard
                                + "\" has had a statement or open rows since before the transaction was given"
                                + " an isolation level, so it cannot have that: close streams and scrolls before the"
                                + " transaction begins");
            }
            statement.execute(
                    "set transaction isolation level " + ShardedTransaction.nameOfIsolation(transaction.isolation()));
            isolated = true;
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": its transaction could not be given an isolation level");
        }
    }

    /** Whether its server would hear of a commit: not if all that was read was cached, and nothing is flushed. */
    boolean maySend() {
        return held().isPhysicallyConnected() || session().getHibernateFlushMode() != FlushMode.MANUAL;
    }

    /** Whether the server was sent something in the transaction that is open on its connection. */
    boolean hasStarted() {
        try {
            return asked || held().isPhysicallyConnected() && !isIdle(connection());
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": its connection does not tell whether it was used");
        }
    }

    /** The error that Hibernate makes of the driver's. */
    RuntimeException converted(SQLException e, String message) {
        return session().getJdbcServices().getSqlExceptionHelper().convert(e, message);
    }

    // ---- reading from replicas

    /** Has it hold a connection of a server where it may do what it is about to. */
    public void connect() {
        connect(transaction.branches().readRoute());
        isolate();
    }

    /** The same, for statements that it will not see. */
    public void reads() {
        asks();
        connect();
        commitByItself();
        useConnection();
    }

    private void connect(@Nullable ReadRoute route) {
        if (session != null) {
            if (route != null) {
                route.connect(this);
            } else if (lease != null) {
                disconnect(); // else it would write where it has read
            }
        }
    }

    /** Its session's connection, which it may not hold now. */
    public LogicalConnectionImplementor held() {
        return session().getJdbcCoordinator().getLogicalConnection();
    }

    /** What its connection was lent for, while it reads. */
    public @Nullable ReadLease lease() {
        return lease;
    }

    /** Whether a read, if it were sent now, would be the first statement of its transaction, or a transaction by itself. */
    public boolean isFirstOfTransaction() {
        return !asked || !transaction.isActive();
    }

    /** Its server is lost: the next statement is to go to another. */
    public void readElsewhere() {
        ReadLease lost = lease;
        if (lost != null) {
            lost.server().lost();
        }
        disconnect();
        transaction.beginAgain(this);
    }

    /** It is to hold this connection. */
    public void lent(ReadLease chosen) {
        lease = chosen;
    }

    /** Whether a transaction is open on its connection, for a cursor or because the session has one that has read there. */
    public boolean isBusy() {
        try {
            return !isFirstOfTransaction() || !isIdle(connection());
        } catch (SQLException e) {
            return false;
        }
    }

    /** Gives its connection back. */
    public void disconnect() {
        lease = null;
        if (held().isPhysicallyConnected()) {
            held().manualDisconnect();
        }
    }

    private ShardingException readsOnly(String sql) {
        return new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                "shard \"" + shard + "\" was about to be sent "
                        + transaction.branches().describeWrite(sql)
                        + ", but the session only reads. Nothing of it was sent: open another session, or call"
                        + " setReadsOnly(false) before the transaction");
    }

    /** The transaction has begun, perhaps while a connection is still held: it must not commit by itself any more. */
    void begun() {
        if (cursors != null) {
            cursors.join();
        }
        commitByItself();
    }

    // ---- cursors outside a transaction

    /** Whether cursors are open that were opened outside a transaction: then no other statement commits by itself. */
    public boolean hasCursors() {
        return cursors != null && cursors.isOpen();
    }

    /**
     * Opens a cursor in a child. Outside a transaction too, rows are read from the server as they are needed; what writes
     * or locks rows is read at once instead, and committed.
     */
    public static <R> ScrollableResultsImplementor<R> openCursor(
            SharedSessionContractImplementor child, Supplier<ScrollableResultsImplementor<R>> open) {
        Branch<?> branch = of(child);
        return branch == null || child.isTransactionInProgress()
                ? open.get()
                : branch.kept(kept -> kept.add(open.get()));
    }

    /**
     * Works with a child whose statements are within one transaction of the server meanwhile. Outside a transaction of the
     * session it is rolled back afterwards, and closes the cursors that are open.
     */
    public static <T> T cursor(SharedSessionContractImplementor child, Supplier<T> work) {
        Branch<?> branch = of(child);
        return branch == null || child.isTransactionInProgress()
                ? work.get()
                : branch.kept(kept -> {
                    kept.beginScratch();
                    branch.commitByItself();
                    return work.get();
                });
    }

    private <T> T kept(Function<CursorTransaction, T> work) {
        CursorTransaction kept = cursors;
        if (kept == null) {
            kept = new CursorTransaction(this);
            session().getEventListenerManager().addListener(kept);
            cursors = kept;
        }
        cursor = true;
        try {
            return work.apply(kept);
        } finally {
            cursor = false;
            kept.endIfUnused();
        }
    }

    /**
     * Refuses a write outside a transaction which would not be one by itself: it would be stored late, or never.
     *
     * @throws ShardingException if cursors are open, or the application has begun a transaction on the connection
     */
    private void checkAlone(String sql) {
        cursor = false; // rows that are written or locked are read at once: a cursor's transaction would hold them back
        if (session == null || session.isTransactionInProgress() || !held().isPhysicallyConnected()) {
            return;
        }
        try {
            if (hasCursors() || isInTransaction(connection())) {
                throw new ShardingException(
                        ShardErrorCode.OPERATION_REFUSED,
                        "shard \"" + shard + "\" was about to be sent "
                                + transaction.branches().describeWrite(sql)
                                + " outside a transaction, but "
                                + (hasCursors()
                                        ? "a stream or scroll that was opened outside a transaction is still open there"
                                        : "a transaction that the session did not begin is open on its connection")
                                + ". Nothing of it was sent: end that first, or begin a transaction of the session before"
                                + " both");
            }
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": its connection does not tell whether it is in a transaction");
        }
    }

    /** Notes, before work has the connection in its hands, whether the transaction is open on it. */
    public void beforeWork() {
        try {
            openBeforeWork = session().isTransactionInProgress()
                    && held().isPhysicallyConnected()
                    && isInTransaction(connection());
        } catch (SQLException e) {
            openBeforeWork = false; // a broken one is not used
        }
    }

    /**
     * Leaves the connection as it was before work that had it in its hands. Outside a transaction nothing may stay open on
     * it; within one it does not commit by itself.
     *
     * @param returned whether the work has returned normally
     * @throws ShardingException if it has written in a transaction that it did not end, or has ended this branch of a
     *     transaction over several shards
     */
    public void afterWork(boolean returned) {
        if (alone != null) {
            alone.look();
        }
        if (!held().isPhysicallyConnected() || transaction.isGlobal()) {
            return;
        }
        try {
            Connection connection = connection();
            if (connection.isClosed()) {
                return;
            }
            boolean alone = !session().isTransactionInProgress();
            boolean ended = !alone && openBeforeWork && isIdle(connection) && transaction.usesOthers(this);
            boolean wrote = false;
            if (alone && !hasCursors() && isInTransaction(connection)) {
                wrote = returned && hasWritten(connection);
                connection.rollback();
            }
            if (connection.getAutoCommit() != alone && !isInTransaction(connection)) {
                connection.setAutoCommit(alone);
            }
            if (ended) {
                transaction.markRollbackOnly();
                throw new ShardingException(
                        ShardErrorCode.BRANCH_ENDED,
                        "work on the connection of shard \"" + shard
                                + "\" has committed or rolled back that shard's part of a transaction over several shards,"
                                + " which will be rolled back on the others: leave the end to the transaction, and use"
                                + " savepoints");
            }
            if (wrote) {
                throw new ShardingException(
                        ShardErrorCode.OPERATION_REFUSED,
                        "work on the connection of shard \"" + shard
                                + "\" has begun a transaction, written in it and not ended it. What it wrote was rolled"
                                + " back: commit before the work returns, or do it in a transaction of the session");
            }
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": could not restore its connection after work on it");
        }
    }

    private static boolean hasWritten(Connection connection) throws SQLException {
        if (stateOf(connection) == TransactionState.FAILED) {
            return false; // the work has had the server's error
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_current_xact_id_if_assigned() is not null")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private void commitByItself() {
        S child = session;
        if (child == null) {
            return;
        }
        LogicalConnectionImplementor held = child.getJdbcCoordinator().getLogicalConnection();
        boolean inTransaction = child.isTransactionInProgress();
        boolean alone = !cursor && !inTransaction;
        if (inTransaction && !held.isPhysicallyConnected()) {
            return;
        }
        try {
            Connection connection = held.getPhysicalConnection();
            if (connection.isClosed()) {
                throw lost();
            }
            if (connection.getAutoCommit() != alone && (!alone || isIdle(connection))) {
                connection.setAutoCommit(alone);
            }
            if (cursor && !inTransaction && cursors != null) {
                cursors.keptBy(connection);
            }
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": could not tell its connection whether to commit by itself");
        }
    }

    /**
     * Makes sure that the last statement of its transaction was answered.
     *
     * @throws ShardingException if the connection broke, or the server gave the transaction up
     */
    public void checkUnbroken() {
        if (!session().isTransactionInProgress() || !held().isPhysicallyConnected()) {
            return;
        }
        try {
            Connection connection = connection();
            if (connection.isClosed() || stateOf(connection) == TransactionState.FAILED) {
                throw lost();
            }
        } catch (SQLException e) {
            throw converted(e, "shard \"" + shard + "\": its connection does not tell whether it is whole");
        }
    }

    /** The pool has closed it, as an earlier statement found it broken; its driver's error for that has no code. */
    private ShardingException lost() {
        if (transaction.shutdown().hasBegun()) {
            return Shutdown.error(null);
        }
        return new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                "shard \"" + shard + "\": its connection broke earlier in this transaction, and what was done on it is"
                        + " lost. Roll the transaction back, and repeat it in another session");
    }

    /** Whether the driver says so; one that says nothing is taken to be in none. */
    private static boolean isInTransaction(Connection connection) throws SQLException {
        TransactionState state = stateOf(connection);
        return state == TransactionState.OPEN || state == TransactionState.FAILED;
    }

    /** While a cursor is open or rows are gathered, the connection is within a transaction that this would commit. */
    private static boolean isIdle(Connection connection) throws SQLException {
        return stateOf(connection) == TransactionState.IDLE;
    }

    /** What the driver knows of the transaction of a connection; null if the driver is another. */
    static @Nullable TransactionState stateOf(Connection connection) throws SQLException {
        return connection.isWrapperFor(BaseConnection.class)
                ? connection.unwrap(BaseConnection.class).getTransactionState()
                : null;
    }

    @Override
    public String toString() {
        return shard.name();
    }
}
