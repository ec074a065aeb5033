package io.hibernateshards.internal.sql;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.gather.UniqueSql;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.scatter.Options;
import io.hibernateshards.internal.scatter.QueryBudget;
import io.hibernateshards.internal.scatter.QueryHints;
import io.hibernateshards.internal.scatter.ShardAccess;
import io.hibernateshards.internal.transaction.SqlKind;
import io.hibernateshards.spi.ShardObserver.Operation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.ScrollMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.jpa.SpecHints;
import org.hibernate.query.ResultListTransformer;
import org.hibernate.query.named.NamedResultSetMappingMemento;
import org.hibernate.query.results.ResultBuilder;
import org.hibernate.query.results.ResultBuilderBasicValued;
import org.hibernate.query.results.ResultBuilderInstantiationValued;
import org.hibernate.query.results.internal.ResultSetMappingImpl;
import org.hibernate.query.results.internal.dynamic.DynamicResultBuilderEntityStandard;
import org.hibernate.query.spi.Limit;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.spi.NonSelectQueryPlan;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.query.spi.SelectQueryPlan;
import org.hibernate.query.sql.internal.NativeNonSelectQueryPlanImpl;
import org.hibernate.query.sql.internal.NativeQueryImpl;
import org.hibernate.query.sql.internal.SQLQueryParser;
import org.hibernate.query.sql.spi.NamedNativeQueryMemento;
import org.hibernate.query.sql.spi.NativeQueryImplementor;
import org.hibernate.query.sql.spi.NativeSelectQueryPlan;
import org.hibernate.sql.exec.internal.BaseExecutionContext;
import org.hibernate.sql.exec.internal.JdbcParameterBindingsImpl;
import org.hibernate.sql.exec.spi.JdbcParameterBinder;
import org.jspecify.annotations.Nullable;

/**
 * SQL over shards. Keeps what the application sets, as Hibernate's own query does; when it is run, its hints tell where.
 */
public final class ShardedNativeQuery<R> extends NativeQueryImpl<R> {
    private static final String COMMENT = "dynamic native SQL query"; // Hibernate's

    private final String sql;
    private final ShardAccess access;

    /** Made when it is first needed, for the constructor of the class above sets the hints of a named query. */
    private @Nullable QueryHints hints;

    /** Without a value here, for the constructor of the class above may set it. */
    private boolean entities;

    private boolean unique;

    /** What Hibernate rounds to seconds; without a value here for the same reason. */
    private @Nullable Long millis;

    /** Of SQL, with a result type if there is one. */
    public ShardedNativeQuery(String sql, @Nullable Class<R> resultType, ShardAccess access) {
        super(sql, resultType, access.template());
        this.sql = sql;
        this.access = access;
        comment();
    }

    /** Of SQL with a result set mapping. */
    public ShardedNativeQuery(
            String sql, NamedResultSetMappingMemento mapping, @Nullable Class<R> resultType, ShardAccess access) {
        super(sql, mapping, resultType, access.template());
        this.sql = sql;
        this.access = access;
        note(mapping);
        comment();
    }

    /** Of named SQL with a result type. */
    public ShardedNativeQuery(NamedNativeQueryMemento<?> memento, @Nullable Class<R> resultType, ShardAccess access) {
        super(memento, resultType, access.template());
        sql = memento.getOriginalSqlString();
        this.access = access;
        entities |= isEntity(memento.getResultType());
        note(memento.getResultMappingName());
        comment();
    }

    /** Of named SQL with another result set mapping. */
    public ShardedNativeQuery(NamedNativeQueryMemento<?> memento, String mapping, ShardAccess access) {
        super(memento, mapping, access.template());
        sql = memento.getOriginalSqlString();
        this.access = access;
        note(mapping);
        comment();
    }

    // ---- modes, which are those of the session unless the query has its own

    @Override
    public @Nullable FlushMode getHibernateFlushMode() {
        FlushMode own = getQueryOptions().getFlushMode();
        return own == null ? access.flushMode() : own;
    }

    @Override
    public CacheMode getCacheMode() {
        CacheMode own = getQueryOptions().getCacheMode();
        return own == null ? access.cacheMode() : own;
    }

    @Override
    public boolean isReadOnly() {
        Boolean own = getQueryOptions().isReadOnly();
        return own == null ? access.readsOnlyEntities() : own;
    }

    private void comment() {
        String comment = getComment();
        if (comment == null || comment.isEmpty()) {
            setComment(COMMENT);
        }
    }

    // ---- whether it yields entities

    private void note(@Nullable String mapping) {
        NamedResultSetMappingMemento known = mapping == null
                ? null
                : access.template()
                        .getFactory()
                        .getQueryEngine()
                        .getNamedObjectRepository()
                        .getResultSetMappingMemento(mapping);
        if (known != null) {
            note(known);
        }
    }

    private void note(NamedResultSetMappingMemento mapping) {
        ResultSetMappingImpl resolved = new ResultSetMappingImpl("", true);
        mapping.resolve(resolved, space -> {}, this);
        resolved.getResultBuilders().forEach(this::note);
    }

    private void note(ResultBuilder builder) {
        entities |=
                !(builder instanceof ResultBuilderBasicValued || builder instanceof ResultBuilderInstantiationValued);
    }

    private boolean isEntity(@Nullable Class<?> type) {
        return type != null
                && access.template().getFactory().getMappingMetamodel().isEntityClass(type);
    }

    @Override
    protected NativeQueryImplementor<R> registerBuilder(ResultBuilder builder) {
        note(builder);
        return super.registerBuilder(builder);
    }

    @Override
    public DynamicResultBuilderEntityStandard addRoot(String tableAlias, String entityName) {
        entities = true;
        return super.addRoot(tableAlias, entityName);
    }

    // ---- hints

    private QueryHints hints() {
        QueryHints known = hints;
        if (known == null) {
            known = new QueryHints();
            hints = known;
        }
        return known;
    }

    @Override
    public NativeQueryImplementor<R> setHint(String name, @Nullable Object value) {
        if (hints().set(name, value)) {
            return this;
        }
        NativeQueryImplementor<R> query = super.setHint(name, value);
        if (name.equals(SpecHints.HINT_SPEC_QUERY_TIMEOUT) && value != null) {
            millis = Long.valueOf(value.toString());
        }
        return query;
    }

    @Override
    public NativeQueryImplementor<R> setTimeout(int seconds) {
        millis = null;
        return super.setTimeout(seconds);
    }

    @Override
    protected void collectHints(Map<String, Object> all) {
        super.collectHints(all);
        hints().addTo(all);
    }

    // ---- where to

    /** The child that is to run it alone; null if every shard is. */
    private @Nullable SharedSessionContractImplementor single() {
        access.checkOpen();
        if (hints().partial()) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "SQL with the hint " + ShardHints.PARTIAL
                            + ": it could not tell which shards are missing. Instead: ask HQL.");
        }
        Target one = hints().one(access.router(), access.template());
        if (one != null) {
            return access.child(one.shards().get(0));
        }
        List<ShardId> shards = access.router().topology().shards();
        if (shards.size() == 1) {
            return access.child(shards.get(0));
        }
        if (hints().all() || hints().gather()) {
            return null;
        }
        ShardId scope = access.scope();
        if (scope != null) {
            return access.child(scope);
        }
        throw new ShardingException(
                ShardErrorCode.ROUTE_MISSING,
                "the query does not say which of the " + shards.size() + " shards it is for. Set one of the hints "
                        + ShardHints.KEY + ", " + ShardHints.SHARD + ", " + ShardHints.ALL + " and " + ShardHints.GATHER
                        + ", constants of ShardHints. Nothing was sent. SQL: " + sql);
    }

    // ---- the query on a child

    private ChildNativeQuery<R> on(SharedSessionContractImplementor child, MutableQueryOptions options) {
        return new ChildNativeQuery<>(sql, this, options, access, child);
    }

    private ChildNativeQuery<R> on(SharedSessionContractImplementor child) {
        return on(child, getQueryOptions());
    }

    /** As one of several, whose answers are put one after the other. */
    private ChildNativeQuery<R> part(SharedSessionContractImplementor child, int rows) {
        var options = Options.partial(getQueryOptions(), rows, true);
        options.setTupleTransformer(getQueryOptions().getTupleTransformer());
        return on(child, options);
    }

    @Override
    protected SelectQueryPlan<R> resolveSelectQueryPlan() {
        return super.resolveSelectQueryPlan();
    }

    @Override
    protected NativeSelectQueryPlan<Long> createCountQueryPlan() {
        return super.createCountQueryPlan();
    }

    /** Plans of counts are not kept, so that their SQL may be another each time. */
    @Override
    protected String expandParameterLists(int first) {
        String expanded = super.expandParameterLists(first);
        return unique ? UniqueSql.of(expanded) : expanded;
    }

    NonSelectQueryPlan updatePlan() {
        return new NativeNonSelectQueryPlanImpl(
                expandParameterLists(1), Set.copyOf(getSynchronizedQuerySpaces()), getParameterOccurrences());
    }

    // ---- running it

    @Override
    public List<R> list() {
        Consistency level = hints().consistency();
        return level == null ? rows() : access.reading(level, this::rows);
    }

    private List<R> rows() {
        SharedSessionContractImplementor child = single();
        return observed(
                child,
                () -> child != null ? access.read(child, reader -> on(reader).list()) : several());
    }

    /**
     * Runs it.
     *
     * @param child null for all shards
     */
    private <T> T observed(@Nullable SharedSessionContractImplementor child, Supplier<T> work) {
        return access.observed(
                Operation.NATIVE_QUERY,
                null,
                child != null ? 1 : access.router().topology().shards().size(),
                work);
    }

    private List<R> several() {
        return within(() -> hints().gather() ? gathered() : concatenated());
    }

    /** All that it takes to ask several shards, under one deadline. */
    private <T> T within(Supplier<T> work) {
        Integer seconds = getQueryOptions().getTimeout();
        long own = millis != null ? millis : seconds == null ? 0 : 1000L * seconds;
        long most = own > 0 ? own : budget().millis();
        return access.within(
                most,
                () -> "shards " + access.router().topology().shards() + " had " + most + " ms to answer together"
                        + (own > 0 ? "" : ", as " + ShardHints.MAX_TIME + " says") + ", and did not. SQL: " + sql,
                work);
    }

    private List<R> gathered() {
        int asked = depth();
        var options = Options.partial(getQueryOptions(), -1, true);
        Limit limit = getQueryOptions().getLimit();
        if (limit.getFirstRow() != null) {
            options.getLimit().setFirstRow(limit.getFirstRow());
        }
        if (limit.getMaxRows() != null) {
            options.getLimit().setMaxRows(limit.getMaxRows());
        } else if (asked >= 0) {
            options.getLimit().setMaxRows(asked);
        }
        options.setTupleTransformer(getQueryOptions().getTupleTransformer());
        // Hibernate keeps the plan, but adds this when it sends the statement
        options.addDatabaseHint(
                UniqueSql.of("hibernate-shards").replace("/*", "").replace("*/", ""));
        List<R> rows = gathering(child -> on(child, options).list());
        budget().checkRows(rows.size(), sql);
        return transformed(rows);
    }

    private <T> T gathering(GatheredSql.Ask<T> ask) {
        if (entities || isEntity(getResultType())) {
            throw notGathered("entities as its result", "select the ids, and find the entities by them");
        }
        if (SqlKind.mayWrite(sql)) {
            throw notGathered("a statement that writes", "run it on one shard by its key");
        }
        if (budget().gathered() == 0) {
            throw notGathered("the setting or hint " + ShardHints.GATHER_LIMIT + " of 0", "raise it, or ask HQL");
        }
        beforeAll(false);
        return new GatheredSql(sql, access, getQueryOptions().getTimeout())
                .run(this::withoutValues, budget().gathered(), ask);
    }

    private ShardingException notGathered(String what, String instead) {
        return new ShardingException(
                ShardErrorCode.QUERY_REFUSED,
                "SQL with the hint " + ShardHints.GATHER + " and " + what
                        + ": it reads copies of rows on one shard. Instead: " + instead + ". Nothing was sent. SQL: "
                        + sql);
    }

    /** Only the server's parser reads it. */
    private String withoutValues(SharedSessionContractImplementor child, Connection connection) throws SQLException {
        String expanded = new SQLQueryParser(expandParameterLists(1), null, child.getFactory()).process();
        List<JdbcParameterBinder> binders = new ArrayList<>();
        var bindings = new JdbcParameterBindingsImpl(
                getQueryParameterBindings(), getParameterOccurrences(), binders, child.getFactory());
        var context = new BaseExecutionContext(child);
        try (PreparedStatement statement = connection.prepareStatement(expanded)) {
            for (int i = 0; i < binders.size(); i++) {
                binders.get(i).bindParameterValue(statement, i + 1, bindings, context);
            }
            return NullParameters.in(expanded, statement, connection);
        }
    }

    private List<R> transformed(List<R> rows) {
        @SuppressWarnings("unchecked")
        var transformer = (ResultListTransformer<R>) getQueryOptions().getResultListTransformer();
        return transformer == null ? rows : transformer.transformList(rows);
    }

    private List<R> concatenated() {
        boolean writes = SqlKind.mayWrite(sql);
        Target target = beforeAll(writes);
        Limit limit = getQueryOptions().getLimit();
        List<R> rows = new ArrayList<>();
        (writes ? oneByOne(target) : atOnce(target, ChildNativeQuery::list)).forEach(rows::addAll);
        budget().checkRows(rows.size(), sql);
        if (!limit.isEmpty()) {
            int first = Math.min(limit.getFirstRow() == null ? 0 : limit.getFirstRow(), rows.size());
            int most = limit.getMaxRows() == null ? rows.size() : limit.getMaxRows();
            rows = rows.subList(first, (int) Math.min((long) first + most, rows.size()));
        }
        return transformed(rows);
    }

    /** Sends what the answers must see, after what is wrong with the query has been found. */
    private Target beforeAll(boolean writes) {
        getQueryParameterBindings().validate();
        Target target = Target.some(access.router().topology().shards());
        budget().check(target, sql);
        if (writes) {
            access.beforeWrites(target, getQueryString());
        }
        access.flushBefore(target, getHibernateFlushMode());
        return target;
    }

    private <T> List<T> atOnce(Target target, Function<ChildNativeQuery<R>, T> ask) {
        return access.inParallel(target.shards().size(), i -> {
            SharedSessionContractImplementor child =
                    access.connected(target.shards().get(i));
            return () -> ask.apply(part(child, depth()));
        });
    }

    /** For writes: always in the same order, so that two of them cannot wait for each other in a circle. */
    private List<List<R>> oneByOne(Target target) {
        return target.shards().stream()
                .map(shard -> access.write(
                        access.child(shard), child -> part(child, depth()).list()))
                .toList();
    }

    private int updateOneByOne(Target target) {
        return target.shards().stream()
                .mapToInt(shard -> access.executeUpdate(
                        access.child(shard), child -> part(child, depth()).executeUpdate()))
                .sum();
    }

    private QueryBudget budget() {
        return hints().budget(access.plans().budget()).scattered();
    }

    /** How many rows to ask each shard for; negative for all. */
    private int depth() {
        Limit limit = getQueryOptions().getLimit();
        long depth = limit.getMaxRows() == null
                ? -1
                : (limit.getFirstRow() == null ? 0L : limit.getFirstRow()) + limit.getMaxRows();
        return budget().most(depth > Integer.MAX_VALUE ? -1 : (int) depth);
    }

    @Override
    public long getResultCount() {
        SharedSessionContractImplementor child = single();
        return observed(child, () -> countOn(child));
    }

    private long countOn(@Nullable SharedSessionContractImplementor child) {
        if (child != null) {
            return access.write(child, one -> on(one).getResultCount());
        }
        if (hints().gather()) {
            unique = true;
            try {
                return within(() -> gathering(one -> on(one).getResultCount()));
            } finally {
                unique = false;
            }
        }
        return within(() -> atOnce(beforeAll(false), ChildNativeQuery::getResultCount).stream()
                .mapToLong(Long::longValue)
                .sum());
    }

    @Override
    public Stream<R> stream() {
        SharedSessionContractImplementor child = single();
        return observed(child, () -> child != null ? access.write(child, one -> on(one).stream()) : several().stream());
    }

    @Override
    public ScrollableResultsImplementor<R> scroll(ScrollMode mode) {
        SharedSessionContractImplementor child = single();
        if (child == null) {
            throw new ShardingException(
                    ShardErrorCode.QUERY_REFUSED,
                    "scroll() over all shards: SQL has no order that a cursor could follow. Use a list or a stream, or"
                            + " scroll one shard at a time. Nothing was sent. SQL: " + sql);
        }
        return observed(child, () -> access.write(child, one -> on(one).scroll(mode)));
    }

    @Override
    public int executeUpdate() {
        SharedSessionContractImplementor child = single();
        if (child == null && hints().gather()) {
            throw notGathered("executeUpdate", "run it on one shard by its key");
        }
        return observed(
                child,
                () -> child != null
                        ? access.executeUpdate(child, one -> on(one).executeUpdate())
                        : within(() -> updateOneByOne(beforeAll(true))));
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(access.template())) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "unwrap(" + type.getName()
                            + "): a query of a sharded session belongs to no single session. Instead:"
                            + " use doReturningWork(shard, work).");
        }
        return super.unwrap(type);
    }
}
