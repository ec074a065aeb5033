package io.hibernateshards.internal.scatter;

import io.hibernateshards.Consistency;
import io.hibernateshards.CursoredPage;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.plan.Partial;
import io.hibernateshards.internal.plan.PlacedBindings;
import io.hibernateshards.internal.plan.SelectPlan;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.scatter.QueryBudget.Scattering;
import io.hibernateshards.internal.stream.MergedScroll;
import io.hibernateshards.internal.stream.RowCursor;
import io.hibernateshards.internal.target.Arguments;
import io.hibernateshards.internal.target.LookupShards;
import io.hibernateshards.internal.target.Refusal;
import io.hibernateshards.internal.target.Targeting;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterators;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.LockMode;
import org.hibernate.ScrollMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.jpa.SpecHints;
import org.hibernate.query.KeyedPage;
import org.hibernate.query.KeyedResultList;
import org.hibernate.query.ResultListTransformer;
import org.hibernate.query.hql.spi.SqmQueryImplementor;
import org.hibernate.query.internal.ScrollableResultsIterator;
import org.hibernate.query.internal.SimpleHqlInterpretationImpl;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.Limit;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.spi.QueryParameterBinding;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.query.sqm.internal.KeyedResult;
import org.hibernate.query.sqm.internal.SqmQueryImpl;
import org.hibernate.query.sqm.internal.SqmSelectionQueryImpl;
import org.hibernate.query.sqm.spi.NamedSqmQueryMemento;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertValuesStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A query over all shards. Keeps what the application sets, as Hibernate's own query does; when it is run, the parameters
 * tell which shards to ask. One shard runs the query as it is.
 */
public final class ShardedQueryImpl<R> extends SqmQueryImpl<R> implements ShardedQuery<R> {
    private static final Logger LOG = LoggerFactory.getLogger(ShardedQuery.class);

    private @Nullable Instant time;
    private final ShardAccess access;
    private @Nullable QueryPlan plan;

    /** Null if there are none. */
    private @Nullable QueryHints hints;

    private @Nullable Long millis;
    private @Nullable MutableQueryOptions options;
    private Set<ShardId> missing = Set.of();

    /** Of HQL that has been interpreted. */
    @SuppressWarnings("unchecked")
    public ShardedQueryImpl(String hql, QueryPlan plan, @Nullable Class<R> resultType, ShardAccess access) {
        super(hql, (HqlInterpretation<R>) Objects.requireNonNull(plan.interpretation()), resultType, access.template());
        this.access = access;
        this.plan = plan;
    }

    /** Of a criteria query. */
    public ShardedQueryImpl(SqmStatement<R> criteria, @Nullable Class<R> resultType, ShardAccess access) {
        super(criteria, resultType, access.template());
        this.access = access;
    }

    /** Of named HQL. */
    public ShardedQueryImpl(NamedSqmQueryMemento<?> memento, @Nullable Class<R> resultType, ShardAccess access) {
        super(memento, resultType, access.template());
        this.access = access;
        named(memento);
        addHints(memento);
    }

    /** Of a named criteria query. */
    public ShardedQueryImpl(
            NamedSqmQueryMemento<?> memento,
            SqmStatement<R> statement,
            @Nullable Class<R> resultType,
            ShardAccess access) {
        super(memento, statement, resultType, access.template());
        this.access = access;
        named(memento);
        addHints(memento);
    }

    /** So that comments in SQL tell the name too; Hibernate's own would be the HQL alone. */
    private void named(NamedSqmQueryMemento<?> memento) {
        if (memento.getComment() == null) {
            String hql = getComment();
            setComment(memento.getRegistrationName() + (hql == null ? "" : ": " + hql));
        }
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

    // ---- where to

    private QueryHints hints() {
        QueryHints known = hints;
        if (known == null) {
            known = new QueryHints();
            hints = known;
        }
        return known;
    }

    /** Hibernate keeps only its own of them. */
    private void addHints(NamedSqmQueryMemento<?> memento) {
        if (memento.getHints() != null && !memento.getHints().isEmpty()) {
            memento.getHints().forEach(hints()::set);
        }
    }

    @Override
    public SqmQueryImplementor<R> setHint(String name, @Nullable Object value) {
        if (hints().set(name, value)) {
            return this;
        }
        SqmQueryImplementor<R> query = super.setHint(name, value);
        if (name.equals(SpecHints.HINT_SPEC_QUERY_TIMEOUT) && value != null) {
            millis = Long.valueOf(value.toString()); // Hibernate rounds it to seconds
        }
        return query;
    }

    @Override
    protected void collectHints(Map<String, Object> all) {
        super.collectHints(all);
        hints().addTo(all);
    }

    private boolean isHql() {
        return getQueryStringCacheKey() instanceof String;
    }

    private QueryPlan plan() {
        QueryPlan known = plan;
        if (known == null) {
            known = isHql()
                    ? access.plans().ofNamed(getQueryString(), getResultType(), getSqmStatement())
                    : access.plans().ofCriteria(getSqmStatement());
            plan = known;
        }
        return known;
    }

    private SelectPlan select() {
        return plan().select(() -> access.plans().aggregates(access::anyChild));
    }

    private Target target(Targeting targeting) {
        Target said = hints == null ? null : hints.ofHql(access.router(), access.template());
        return said != null ? said : inScope(targeting, targeting.target(arguments()));
    }

    /** The rows of an insert must all belong there; anything else is about the rows that are there. */
    private Target inScope(Targeting targeting, Target target) {
        ShardId scope = access.scope();
        if (scope == null || target.shards().isEmpty()) {
            return target;
        }
        Target one = Target.one(scope);
        if (targeting.anyShard()) {
            return one;
        }
        boolean elsewhere =
                targeting.isBoundElsewhere(scope) || getSqmStatement() instanceof SqmInsertStatement && !target.isOne();
        return access.inScope(
                elsewhere
                        ? Target.some(target.shards().stream()
                                .filter(shard -> !shard.equals(scope))
                                .toList())
                        : target,
                "the query " + getQueryString());
    }

    Arguments arguments() {
        return new Arguments(
                access.router(),
                getQueryParameterBindings(),
                (attribute, values) -> access.byLookup(attribute, values, getHibernateFlushMode()),
                access::attachedShard);
    }

    private void beforeRun() {
        access.checkOpen();
        getQueryParameterBindings().validate();
    }

    /** The child that can answer alone; null if several shards must be asked. No shard at all is any shard's answer. */
    private @Nullable SharedSessionContractImplementor single(Target target, Targeting targeting) {
        if (target.isOne()) {
            return access.child(target.shards().get(0));
        }
        return targeting.anyShard() || target.shards().isEmpty() ? access.anyChild() : null;
    }

    QueryBudget budget() {
        QueryBudget budget = access.plans().budget();
        return hints == null ? budget : hints.budget(budget);
    }

    private void guard(Target target) {
        QueryBudget budget = budget();
        budget.check(target, getQueryString());
        if (budget.scattering() == Scattering.WARN && plan().warns()) {
            LOG.warn("asks shards {}, as it does not give the shard key: {}", target, getQueryString());
        }
    }

    ShardingException refused(Refusal refusal, Target target) {
        return refusal.over(getQueryString(), target.shards());
    }

    // ---- the query on a child

    private ChildQuery<R> on(SharedSessionContractImplementor child) {
        return on(child, getQueryOptions());
    }

    /** Fixes one current time for all shards of a run, if it reads any; a shard that answers alone uses its own. */
    synchronized @Nullable Instant time() {
        if (time == null && plan().readsClock()) {
            time = Instant.now();
        }
        return time;
    }

    private synchronized void forgetTime() {
        time = null;
    }

    private ChildQuery<R> on(SharedSessionContractImplementor child, MutableQueryOptions options) {
        return new ChildQuery<>(
                getQueryString(),
                getQueryStringCacheKey(),
                interpretation(),
                getResultType(),
                getQueryParameterBindings(),
                options,
                getTupleMetadata(),
                access,
                child);
    }

    /** The query as it is on one of several shards, whose answers are put one after the other. */
    ChildQuery<R> whole(SharedSessionContractImplementor child, int rows) {
        Instant now = time();
        var options = Options.partial(getQueryOptions(), rows, now == null);
        options.setTupleTransformer(getQueryOptions().getTupleTransformer());
        if (now == null) {
            return on(child, options);
        }
        var timed = Partial.at(now, getSqmStatement());
        return new ChildQuery<>(
                getQueryString(),
                timed.interpretation().getSqmStatement(),
                timed.interpretation(),
                getResultType(),
                PlacedBindings.of(getQueryParameterBindings(), timed.originals()),
                options,
                getTupleMetadata(),
                access,
                child);
    }

    /** A part of it. */
    ChildQuery<Object[]> part(Partial partial, SharedSessionContractImplementor child, int rows) {
        return part(partial, child, 0, rows);
    }

    ChildQuery<Object[]> part(Partial partial, SharedSessionContractImplementor child, int skip, int rows) {
        Instant now = time();
        if (now != null) {
            var timed = Partial.at(now, partial.interpretation().getSqmStatement());
            return new ChildQuery<>(
                    getQueryString(),
                    timed.interpretation().getSqmStatement(),
                    timed.interpretation(),
                    Object[].class,
                    PlacedBindings.of(
                            PlacedBindings.of(getQueryParameterBindings(), partial.originals()), timed.originals()),
                    Options.partial(getQueryOptions(), skip, rows, false),
                    null,
                    access,
                    child);
        }
        boolean cached = !partial.name().isEmpty();
        String name = skip > 0 ? partial.name() + " /* skipping */" : partial.name(); // it is other SQL
        return new ChildQuery<>(
                cached ? name : getQueryString(),
                cached ? name : partial.interpretation().getSqmStatement(),
                partial.interpretation(),
                Object[].class,
                PlacedBindings.of(getQueryParameterBindings(), partial.originals()),
                Options.partial(getQueryOptions(), skip, rows, cached),
                null,
                access,
                child);
    }

    private HqlInterpretation<R> interpretation() {
        return new SimpleHqlInterpretationImpl<>(getSqmStatement(), getParameterMetadata(), getDomainParameterXref());
    }

    /** Of this query's own tree, for the plan may have been worked out from the same text's earlier one. */
    Page page() {
        var part = ((SqmSelectStatement<?>) getSqmStatement()).getQueryPart();
        return Page.of(
                getQueryOptions().getLimit(),
                part.getOffsetExpression(),
                part.getFetchExpression(),
                getQueryParameterBindings(),
                getDomainParameterXref());
    }

    // ---- running it

    /** Runs a select on the shard that can answer alone, or else on several. */
    private <T> T select(Function<ChildQuery<R>, T> onOne, BiFunction<Targeting, Target, T> onSeveral) {
        beforeRun();
        verifySelect();
        missing = Set.of();
        Targeting targeting = plan().targeting();
        Target target = target(targeting);
        SharedSessionContractImplementor child = single(target, targeting);
        if (!access.isObserved()) {
            return child != null
                    ? access.read(child, reader -> onOne.apply(on(reader)))
                    : select(targeting, target, onSeveral);
        }
        return access.observed(
                Operation.QUERY,
                plan().entityName(),
                child != null ? 1 : target.shards().size(),
                () -> {
                    access.answered(child != null ? Tier.TARGETED : Tier.MERGED);
                    return child != null
                            ? access.read(child, reader -> onOne.apply(on(reader)))
                            : select(targeting, target, onSeveral);
                });
    }

    private <T> T select(Targeting targeting, Target target, BiFunction<Targeting, Target, T> onSeveral) {
        guard(target);
        forgetTime();
        long own = timeout();
        long most = own > 0 ? own : budget().millis();
        return access.within(
                most,
                () -> "shards " + target + " had " + most + " ms to answer together"
                        + (own > 0 ? "" : ", as " + ShardHints.MAX_TIME + " says") + ", and did not. Query: "
                        + getQueryString(),
                () -> onSeveral.apply(targeting, target));
    }

    /** The same of a select that has read all of its rows when it returns: from replicas if it may. */
    private <T> T reading(Function<ChildQuery<R>, T> onOne, BiFunction<Targeting, Target, T> onSeveral) {
        Consistency level = hints == null ? null : hints.consistency();
        return level != null || Boolean.TRUE.equals(getQueryOptions().isReadOnly())
                ? access.reading(level, () -> select(onOne, onSeveral))
                : select(onOne, onSeveral);
    }

    /** In milliseconds; 0 for none. */
    private long timeout() {
        Integer seconds = getQueryOptions().getTimeout();
        return millis != null ? millis : seconds == null ? 0 : 1000L * seconds;
    }

    @Override
    public SqmQueryImplementor<R> setTimeout(int seconds) {
        millis = null;
        return super.setTimeout(seconds);
    }

    @Override
    public List<R> list() {
        if (plan().concrete() != null) {
            return each();
        }
        return reading(ChildQuery::list, (targeting, target) -> {
            Refusal refusal = refusal(targeting);
            return refusal == null
                    ? answer(target, reachable -> new Scatter<>(this, select(), target, reachable).list())
                    : gathered(refusal, target).list();
        });
    }

    /**
     * What queries of each entity answer, one after the other, if this one is of a mapped superclass, an interface or a
     * class above entities: as Hibernate has it, its order and aggregates are those of each, its limit that of all.
     */
    @SuppressWarnings("unchecked")
    private List<R> each() {
        beforeRun();
        verifySelect();
        Limit limit = getQueryOptions().getLimit();
        int first = limit.getFirstRowJpa();
        int most = limit.getMaxRowsJpa();
        long last = (long) first + most;
        List<R> rows = new ArrayList<>();
        for (SqmSelectStatement<?> one : Objects.requireNonNull(plan().concrete())) {
            if (rows.size() < last) {
                ShardedQueryImpl<R> part = derived((SqmSelectStatement<R>) one, getResultType(), 0, (int)
                        Math.min(last - rows.size(), Integer.MAX_VALUE));
                part.getQueryOptions().setTupleTransformer(getQueryOptions().getTupleTransformer());
                rows.addAll(part.list());
            }
        }
        List<R> page = rows.subList(Math.min(first, rows.size()), rows.size());
        var transformer = (ResultListTransformer<R>) getQueryOptions().getResultListTransformer();
        return transformer == null ? page : transformer.transformList(page);
    }

    private void checkOneEntity(String operation) {
        if (plan().concrete() != null) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    operation + " of a query from what is no entity: Hibernate makes a query of each entity below it."
                            + " Instead: use getResultList, or name an entity. Query: " + getQueryString());
        }
    }

    /** The answer of all shards, or of those that can be reached if that is enough. */
    private <T> T answer(Target target, Function<ShardAccess, T> run) {
        if (hints == null || !hints.partial()) {
            return run.apply(access);
        }
        PartialAccess reachable = new PartialAccess(access, target);
        T answer = run.apply(reachable);
        missing = reachable.missing();
        if (!missing.isEmpty()) {
            LOG.warn("shards {} could not be reached, and the answer is without them: {}", missing, getQueryString());
        }
        return answer;
    }

    @Override
    public Set<ShardId> missingShards() {
        return missing;
    }

    private void checkWhole(String operation) {
        if (hints != null && hints.partial()) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    operation + " with the hint " + ShardHints.PARTIAL
                            + ": only lists and counts can do without shards."
                            + " Instead: leave the hint out, or use getResultList. Query: " + getQueryString());
        }
    }

    private Gathered<R> gathered(Refusal refusal, Target target) {
        checkWhole("a query over gathered rows");
        access.answered(Tier.GATHERED);
        return new Gathered<>(this, refusal, target, access);
    }

    /** Why the shards cannot answer one by one; null if they can. */
    private @Nullable Refusal refusal(Targeting targeting) {
        Refusal refusal = targeting.crossShard();
        if (refusal == null) {
            refusal = select().refusal();
        }
        return refusal != null ? refusal : select().inexact(access.plans().columnTypes(), this::types);
    }

    private Object[] types(Partial probe) {
        return access.read(access.anyChild(), child -> probe(probe, child, -1).getSingleResult());
    }

    /** What a server tells of values, and not of rows: nothing is locked, and nothing cached. */
    ChildQuery<Object[]> probe(Partial partial, SharedSessionContractImplementor child, int rows) {
        ChildQuery<Object[]> probe = part(partial, child, rows);
        probe.getQueryOptions().getLockOptions().setLockMode(LockMode.NONE);
        probe.getQueryOptions().setResultCachingEnabled(false);
        return probe;
    }

    @Override
    public long getResultCount() {
        checkOneEntity("the result count");
        return reading(ChildQuery::getResultCount, this::countOnSeveral);
    }

    private long countOnSeveral(Targeting targeting, Target target) {
        Refusal refusal = refusal(targeting);
        if (refusal == null && select().hasOwnLimit()) {
            refusal = new Refusal(
                    "the result count of a query with a limit of its own",
                    "each shard would count up to the limit",
                    "set the limit by setFirstResult and setMaxResults, which are not counted");
        }
        if (refusal != null) {
            return gathered(refusal, target).count();
        }
        if (select().countsGroups()) {
            return new Scatter<>(this, select(), target, access).countGroups();
        }
        access.flushBefore(target, getHibernateFlushMode());
        return answer(target, reachable -> {
            Children children = new Children(target.shards(), reachable);
            return reachable
                    .<Long>inParallel(children.size(), i -> {
                        SharedSessionContractImplementor session = children.get(i);
                        return () -> whole(session, -1).getResultCount();
                    })
                    .stream()
                    .mapToLong(count -> count == null ? 0 : count)
                    .sum();
        });
    }

    @Override
    public Stream<R> stream() {
        if (plan().concrete() != null) {
            return each().stream();
        }
        return select(ChildQuery::stream, (targeting, target) -> {
            ScrollableResultsImplementor<R> rows = scrollSeveral(targeting, target, ScrollMode.FORWARD_ONLY);
            var spliterator = Spliterators.spliteratorUnknownSize(new ScrollableResultsIterator<>(rows), 0);
            return StreamSupport.stream(spliterator, false).onClose(rows::close);
        });
    }

    @Override
    public ScrollableResultsImplementor<R> scroll(ScrollMode mode) {
        checkOneEntity("a scroll");
        return select(child -> child.scroll(mode), (targeting, target) -> scrollSeveral(targeting, target, mode));
    }

    private ScrollableResultsImplementor<R> scrollSeveral(Targeting targeting, Target target, ScrollMode mode) {
        checkWhole("a stream or scroll");
        Refusal refusal = refusal(targeting);
        return new MergedScroll<>(
                refusal == null
                        ? new ScatterCursor<>(this, select(), target, access).open()
                        : RowCursor.over(gathered(refusal, target).each()),
                mode);
    }

    @Override
    public KeyedResultList<R> getKeyedResultList(KeyedPage<R> page) {
        checkOneEntity("a keyed page");
        return reading(child -> child.getKeyedResultList(page), (targeting, target) -> keyedOnSeveral(page));
    }

    /** The query that Hibernate makes of this one for the page, over the shards. */
    private KeyedResultList<R> keyedOnSeveral(KeyedPage<R> page) {
        checkWhole("a keyed page");
        Limit limit = getQueryOptions().getLimit();
        Integer first = limit.getFirstRow();
        Integer most = limit.getMaxRows();
        SqmSelectStatement<KeyedResult<R>> tree =
                new SqmSelectionQueryImpl<KeyedResult<R>>(this, page).getSqmStatement();
        limit.setFirstRow(first); // which that has changed, as the options are the same object
        limit.setMaxRows(most);
        int size = page.getPage().getSize();
        int offset = page.getKey() == null ? page.getPage().getFirstResult() : 0;
        List<KeyedResult<R>> rows = derived(tree, null, offset, size + 1).list();
        return new KeyedResultList<>(
                KeyedResult.collectResults(rows, size, page.getKeyInterpretation()),
                KeyedResult.collectKeys(rows, size),
                page,
                nextPage(page, rows),
                previousPage(page, rows));
    }

    /** Another tree with the parameters and options of this query. */
    private <T> ShardedQueryImpl<T> derived(SqmSelectStatement<T> tree, @Nullable Class<T> type, int first, int rows) {
        MutableQueryOptions own = Options.partial(getQueryOptions(), rows, false);
        own.setFlushMode(getQueryOptions().getFlushMode());
        own.getLimit().setFirstRow(first);
        ShardedQueryImpl<T> derived = new ShardedQueryImpl<>(tree, type, access);
        derived.options = own;
        derived.hints = hints;
        derived.millis = millis;
        getQueryParameterBindings().visitBindings((parameter, binding) -> derived.bind(binding));
        return derived;
    }

    private <P> void bind(QueryParameterBinding<P> of) {
        if (of.isBound()) {
            QueryParameterBinding<P> own = getQueryParameterBindings().getBinding(of.getQueryParameter());
            if (of.isMultiValued()) {
                own.setBindValues(of.getBindValues(), of.getBindType());
            } else {
                own.setBindValue(of.getBindValue(), of.getBindType());
            }
        }
    }

    @Override
    public MutableQueryOptions getQueryOptions() {
        return options == null ? super.getQueryOptions() : options;
    }

    @Override
    public CursoredPage<R> getCursoredPage(int size) {
        return cursored(size, null);
    }

    @Override
    public CursoredPage<R> getCursoredPage(int size, String cursor) {
        return cursored(size, Objects.requireNonNull(cursor));
    }

    @SuppressWarnings("unchecked") // the keyset selects the entity first, and that is what the query yields
    private CursoredPage<R> cursored(int size, @Nullable String cursor) {
        beforeRun();
        verifySelect();
        if (size < 1 || size == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a page of " + size + " rows");
        }
        checkOneEntity("a cursored page");
        checkWhole("a cursored page");
        SqmSelectStatement<?> tree = (SqmSelectStatement<?>) getSqmStatement();
        Keyset keyset = new Keyset(tree, getSessionFactory());
        Refusal refusal = keyset.refusal(getQueryOptions(), getResultType());
        if (refusal != null) {
            throw refused(refusal, target(plan().targeting()));
        }
        String query = keyset.fingerprint(isHql() ? getQueryString() : tree.toHqlString());
        CursorSigner signer = access.plans().cursors();
        CursorSigner.Position from = cursor == null ? null : signer.verify(cursor, query);
        List<Object[]> rows =
                derived(keyset.rows(from), Object[].class, 0, size + 1).list();
        return keyset.page(rows, size, from, position -> signer.sign(position, query), row -> (R) row[0]);
    }

    @Override
    public int executeUpdate() {
        beforeRun();
        verifyUpdate();
        checkWhole("a statement that writes");
        Targeting targeting = plan().targeting();
        Target target = target(targeting);
        checkWrite(targeting, target);
        return access.observed(
                Operation.UPDATE,
                plan().entityName(),
                Math.max(1, target.shards().size()),
                () -> target.shards().size() > 1
                        ? bulkWrite(targeting, target)
                        : access.executeUpdate(
                                target.isOne() ? access.child(target.shards().get(0)) : access.anyChild(),
                                child -> on(child).executeUpdate()));
    }

    private int bulkWrite(Targeting targeting, Target target) {
        long own = timeout();
        return access.within(
                own > 0 ? own : Integer.MAX_VALUE,
                () -> "shards " + target + " had " + own + " ms to do it together, and did not. Statement: "
                        + getQueryString(),
                () -> {
                    forgetTime();
                    return new BulkWrite(this, access).on(target, targeting);
                });
    }

    private void checkWrite(Targeting targeting, Target target) {
        Refusal refusal = targeting.refused();
        if (refusal == null && hints != null && hints.isRouted() && getSqmStatement() instanceof SqmInsertStatement) {
            refusal = new Refusal(
                    "an insert with a hint that names its shard",
                    "the values of the key say where the rows belong",
                    "leave the hint out");
        }
        if (refusal == null && (!target.isOne() || targeting.anyShard())) {
            refusal = targeting.crossShard();
        }
        if (refusal == null
                && target.shards().size() > 1
                && getSqmStatement() instanceof SqmInsertValuesStatement
                && targeting.rows(arguments()) == null) {
            refusal = new Refusal(
                    "an insert of rows",
                    "for some row no single shard is known",
                    "give all values of its key, or use persist or StatelessSession.insertMultiple");
        }
        if (refusal != null) {
            throw refused(refusal, target);
        }
        targeting.checkReferences(arguments(), target, access::attachedShard);
        access.beforeWrites(target, getQueryString());
    }

    // ---- telling about it

    @Override
    public String explain() {
        access.checkOpen();
        SqmSelectStatement<?>[] concrete = plan().concrete();
        if (concrete != null) {
            return Stream.of(concrete)
                    .map(one -> derived(one, null, 0, -1).explain())
                    .collect(Collectors.joining("\n"));
        }
        Targeting targeting = plan().targeting();
        Set<LookupAttribute> lookups = new LinkedHashSet<>();
        Target target = hints == null || !hints.isRouted()
                ? inScope(
                        targeting,
                        targeting.target(new Arguments(
                                access.router(), getQueryParameterBindings(), unasked(lookups), access::attachedShard)))
                : target(targeting);
        if (targeting.isMutation()) {
            checkWrite(targeting, target);
        }
        if (!lookups.isEmpty() && target.shards().size() > 1) {
            Explain explain = new Explain();
            lookups.forEach(attribute -> explain.line("Lookup " + attribute + " on the shard of its value, then as on "
                    + target + ", but only where it leads"));
            return explain.line(sent()).toString();
        }
        if (targeting.anyShard() || target.shards().isEmpty()) {
            return new Explain().line("Any one shard").line(sent()).toString();
        }
        if (target.isOne() || targeting.isMutation()) {
            return new Explain().line("Targeted shards " + target).line(sent()).toString();
        }
        Refusal refusal = refusal(targeting);
        if (refusal != null) {
            Explain explain = new Explain();
            gathered(refusal, target).describe().lines().forEach(explain::line);
            return explain.line(sent()).toString();
        }
        SelectPlan select = select();
        Page page = page();
        boolean deep = Scatter.isDeep(this, select, page, access);
        Partial partial = deep ? select.ids() : select.rows();
        int rows = select.cutsShards() ? page.depth() : -1;
        String sql = SqlText.of(
                (SqmSelectStatement<?>) partial.interpretation().getSqmStatement(),
                partial.interpretation().getDomainParameterXref(),
                PlacedBindings.of(getQueryParameterBindings(), partial.originals()),
                Options.partial(getQueryOptions(), rows, true),
                access.template());
        return Explain.scatter(select, target, page, deep, sql).toString();
    }

    /** Notes the lookups that would be asked, for an explanation sends nothing. */
    private LookupShards unasked(Set<LookupAttribute> noted) {
        return (attribute, values) -> {
            if (access.isReady(attribute)) {
                noted.add(attribute);
            }
            return null;
        };
    }

    /** What is sent as it is: SQL of a select, the statement itself otherwise, which may be several in SQL. */
    private String sent() {
        return getSqmStatement() instanceof SqmSelectStatement<?> select
                ? SqlText.of(
                        select,
                        getDomainParameterXref(),
                        getQueryParameterBindings(),
                        getQueryOptions(),
                        access.template())
                : getQueryString();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : super.unwrap(type);
    }
}
