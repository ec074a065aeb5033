package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.plan.PlacedBindings;
import io.hibernateshards.internal.plan.TreeCopyContext;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.target.Targeting;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.internal.ParameterMetadataImpl;
import org.hibernate.query.internal.SimpleHqlInterpretationImpl;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.insert.SqmInsertValuesStatement;

/**
 * A statement that changes rows of several shards. Each shard runs it for its own rows, and of an insert's values gets
 * those whose key is there. One shard after the other, always in the same order: two such statements that lock the same
 * rows cannot wait for each other in a circle, which no server would notice.
 */
final class BulkWrite {
    private final ShardedQueryImpl<?> query;
    private final ShardAccess access;

    BulkWrite(ShardedQueryImpl<?> query, ShardAccess access) {
        this.query = query;
        this.access = access;
    }

    /**
     * Runs it.
     *
     * @return how many rows were changed
     */
    int on(Target target, Targeting targeting) {
        SqmInsertValuesStatement<?> insert =
                query.getSqmStatement() instanceof SqmInsertValuesStatement<?> values ? values : null;
        List<ShardId> rows = insert == null ? null : targeting.rows(query.arguments());
        access.flushBefore(target, query.getHibernateFlushMode());
        int changed = 0;
        try {
            for (ShardId shard : target.shards()) {
                SharedSessionContractImplementor child = access.child(shard);
                changed += access.executeUpdate(
                        child,
                        one -> insert == null || rows == null
                                ? query.whole(one, -1).executeUpdate()
                                : part(insert, rows, shard, one).executeUpdate());
            }
        } catch (RuntimeException e) {
            access.markRollbackOnly(); // some shards have done their part
            throw e;
        }
        return changed;
    }

    private <T> ChildQuery<T> part(
            SqmInsertValuesStatement<T> insert,
            List<ShardId> rows,
            ShardId shard,
            SharedSessionContractImplementor child) {
        Instant time = query.time();
        SqmCopyContext context = time == null ? TreeCopyContext.empty() : TreeCopyContext.at(time);
        SqmInsertValuesStatement<T> part = insert.copyWithoutValues(context);
        part.values(IntStream.range(0, rows.size())
                .filter(row -> rows.get(row).equals(shard))
                .mapToObj(row -> insert.getValuesList().get(row).copy(context))
                .toList());
        DomainParameterXref parameters = DomainParameterXref.from(part);
        HqlInterpretation<T> interpretation = new SimpleHqlInterpretationImpl<>(
                part,
                parameters.hasParameters()
                        ? new ParameterMetadataImpl(parameters.getQueryParameters())
                        : ParameterMetadataImpl.EMPTY,
                parameters);
        return new ChildQuery<>(
                query.getQueryString(),
                part,
                interpretation,
                null,
                PlacedBindings.of(
                        query.getQueryParameterBindings(), PlacedBindings.originals(insert, parameters, context)),
                Options.partial(query.getQueryOptions(), -1, false),
                null,
                access,
                child);
    }
}
