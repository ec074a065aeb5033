package io.hibernateshards.internal.scatter;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.internal.scrollable.AbstractScrollableResults;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.jspecify.annotations.Nullable;

/**
 * For a query that may do without shards that cannot be reached: a leg that fails for that reason answers null, and its
 * shard is not asked again. Any other failure is the query's.
 */
final class PartialAccess implements ShardAccess {
    private final ShardAccess all;
    private final Target target;
    private final Map<ShardId, RuntimeException> missing = new ConcurrentHashMap<>();
    private @Nullable ShardId connecting;

    PartialAccess(ShardAccess all, Target target) {
        this.all = all;
        this.target = target;
    }

    /** The shards whose rows the answer lacks. */
    Set<ShardId> missing() {
        return Collections.unmodifiableSet(new TreeSet<>(missing.keySet()));
    }

    @Override
    public boolean isMissing(ShardId shard) {
        return missing.containsKey(shard);
    }

    @Override
    public SharedSessionContractImplementor connected(ShardId shard) {
        connecting = shard;
        RuntimeException known = missing.get(shard);
        if (known != null) {
            throw known;
        }
        return all.connected(shard);
    }

    @Override
    @SuppressWarnings("NullAway") // a leg of a missing shard answers null
    public <T extends @Nullable Object> List<T> inParallel(
            int count, IntFunction<? extends Callable<? extends T>> leg) {
        List<T> answers = all.inParallel(count, i -> {
            connecting = null;
            try {
                Callable<? extends T> made = leg.apply(i);
                ShardId shard = connecting;
                return () -> {
                    try {
                        return made.call();
                    } catch (RuntimeException e) {
                        miss(shard, e);
                        return null;
                    }
                };
            } catch (RuntimeException e) {
                miss(connecting, e);
                return () -> null;
            }
        });
        if (missing.size() == target.shards().size()) {
            throw Objects.requireNonNull(missing.get(target.shards().get(0)));
        }
        return answers;
    }

    private void miss(@Nullable ShardId shard, RuntimeException failure) {
        if (shard == null || !Unavailable.isReasonOf(failure)) {
            throw failure;
        }
        missing.putIfAbsent(shard, failure);
    }

    // ---- all else is the session's

    @Override
    public SharedSessionContractImplementor template() {
        return all.template();
    }

    @Override
    public SharedSessionContractImplementor child(ShardId shard) {
        return all.child(shard);
    }

    @Override
    public <T> T reading(@Nullable Consistency level, Supplier<T> work) {
        return all.reading(level, work);
    }

    @Override
    public <T extends @Nullable Object> T read(
            SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg) {
        return all.read(child, leg);
    }

    @Override
    public <T> T write(SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg) {
        return all.write(child, leg);
    }

    @Override
    public int executeUpdate(
            SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, Integer> leg) {
        return all.executeUpdate(child, leg);
    }

    @Override
    public boolean isObserved() {
        return all.isObserved();
    }

    @Override
    public <T> T observed(Operation operation, @Nullable String entityName, int shards, Supplier<T> work) {
        return all.observed(operation, entityName, shards, work);
    }

    @Override
    public void answered(Tier tier) {
        all.answered(tier);
    }

    @Override
    public <T> T apart(ShardId shard, Function<SharedSessionContractImplementor, T> work) {
        return all.apart(shard, work);
    }

    @Override
    public void makesTemporaryTables(ShardId shard) {
        all.makesTemporaryTables(shard);
    }

    @Override
    public ShardId gatherOn(List<ShardId> asked) {
        return all.gatherOn(asked);
    }

    @Override
    public void gathers(ShardId shard, boolean now) {
        all.gathers(shard, now);
    }

    @Override
    public <T> T cursor(SharedSessionContractImplementor child, Supplier<T> work) {
        return all.cursor(child, work);
    }

    @Override
    public <R> ScrollableResultsImplementor<R> openCursor(
            SharedSessionContractImplementor child, Supplier<ScrollableResultsImplementor<R>> open) {
        return all.openCursor(child, open);
    }

    @Override
    public <R> AbstractScrollableResults<R> rowsOf(ScrollableResultsImplementor<R> cursor) {
        return all.rowsOf(cursor);
    }

    @Override
    public SharedSessionContractImplementor anyChild() {
        return all.anyChild();
    }

    @Override
    public @Nullable ShardId scope() {
        return all.scope();
    }

    @Override
    public Target inScope(Target target, String what) {
        return all.inScope(target, what);
    }

    @Override
    public Router router() {
        return all.router();
    }

    @Override
    public @Nullable Target byLookup(LookupAttribute attribute, List<Object> values, @Nullable FlushMode mode) {
        return all.byLookup(attribute, values, mode);
    }

    @Override
    public boolean isReady(LookupAttribute attribute) {
        return all.isReady(attribute);
    }

    @Override
    public QueryPlans plans() {
        return all.plans();
    }

    @Override
    public void checkOpen() {
        all.checkOpen();
    }

    @Override
    public void flushBefore(Target asked, @Nullable FlushMode mode) {
        all.flushBefore(asked, mode);
    }

    @Override
    public @Nullable FlushMode flushMode() {
        return all.flushMode();
    }

    @Override
    public CacheMode cacheMode() {
        return all.cacheMode();
    }

    @Override
    public boolean readsOnlyEntities() {
        return all.readsOnlyEntities();
    }

    @Override
    public @Nullable ShardId attachedShard(Object entity) {
        return all.attachedShard(entity);
    }

    @Override
    public void beforeWrites(Target written, String statement) {
        all.beforeWrites(written, statement);
    }

    @Override
    public <T> T within(long millis, Supplier<String> what, Supplier<T> work) {
        return all.within(millis, what, work);
    }

    @Override
    public void markRollbackOnly() {
        all.markRollbackOnly();
    }
}
