package io.hibernateshards.internal.target;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Target;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.HibernateException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.insert.SqmInsertStatement;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.jspecify.annotations.Nullable;

/**
 * Which shards a statement concerns, and whether it may run on each of several by itself. Made once a statement; the
 * arguments of an execution then pick the shards.
 *
 * <p>The from elements of the statement form groups, whose rows are proven to be on one shard wherever they meet
 * ({@link Links}). Each group has its shards by the predicates that hold for it ({@link Restrictions}); the statement's are
 * the union. If that is one shard, the statement runs there unchanged, whatever its construction. If there are more, all
 * elements must be in the group of the outermost query.
 */
public final class Targeting {
    /** A group of co-located elements: the shard it is bound to, or what restricts it. */
    private record Group(@Nullable Target single, @Nullable Condition condition, boolean anchor) {
        Target target(Arguments arguments) {
            if (single != null) {
                return single;
            }
            Target target = condition == null ? null : condition.shards(arguments);
            return target == null ? arguments.router().everywhere() : target;
        }
    }

    private final List<Group> groups;
    private final boolean unknown;
    private final boolean mutation;
    private final boolean insert;

    /** Whether every row of the statement takes a row of a sharded entity, so that without those there is none. */
    private final boolean anchored;

    /** Whether it yields a row where no row matches, so that its subqueries matter all the same. */
    private final boolean aggregated;

    private final int branches;
    private final @Nullable List<Condition> rows;
    private final @Nullable Refusal refused;
    private final @Nullable Refusal crossShard;
    private final @Nullable SetReferences references;

    private Targeting(
            SqmStatement<?> statement,
            TreeReader tree,
            List<Group> groups,
            boolean anchored,
            @Nullable List<Condition> rows,
            @Nullable Refusal refused,
            @Nullable Refusal crossShard,
            @Nullable SetReferences references) {
        this.groups = List.copyOf(groups);
        this.unknown = tree.unknown;
        this.mutation = statement instanceof SqmDmlStatement<?>;
        this.insert = statement instanceof SqmInsertStatement<?>;
        this.anchored = anchored;
        this.aggregated = isAggregated(statement);
        this.branches = tree.branches;
        this.rows = rows;
        this.refused = refused;
        this.crossShard = crossShard;
        this.references = references;
    }

    /** Analyses a statement; the tree is only read. */
    public static Targeting of(SqmStatement<?> statement, ShardMapping mapping, SessionFactoryImplementor factory) {
        FromElements elements = new FromElements(mapping, factory);
        TreeReader tree = new TreeReader(elements);
        try {
            statement.accept(tree);
        } catch (UnsupportedOperationException | HibernateException | IllegalArgumentException e) {
            tree.unknown = true;
        }
        FromElement target = statement instanceof SqmDmlStatement<?> dml ? elements.of(dml.getTarget()) : null;
        Writes writes = target == null ? null : new Writes((SqmDmlStatement<?>) statement, elements, target);
        new Links(tree).join();
        if (writes != null) {
            writes.linkSelected();
        }
        Operands operands = new Operands(statement);
        Restrictions restrictions =
                new Restrictions(elements, operands, !(statement instanceof SqmInsertStatement<?>), false);
        Set<FromElement> roots = new LinkedHashSet<>();
        elements.placed().forEach(element -> roots.add(element.group()));
        List<Group> groups = new ArrayList<>();
        for (FromElement root : roots) {
            Condition condition = writes != null && root == target && statement instanceof SqmInsertStatement<?>
                    ? writes.ofValues(new Restrictions(elements, operands, false, true))
                    : condition(root, restrictions);
            ShardId shard = root.placement instanceof Single single ? single.shard() : null;
            groups.add(new Group(shard == null ? null : Target.one(shard), condition, isAnchor(tree, root)));
        }
        Refusal refused = writes == null ? null : writes.refusal();
        return new Targeting(
                statement,
                tree,
                groups,
                Colocation.isAnchored(tree),
                writes == null ? null : writes.rows,
                refused,
                refused != null ? refused : Colocation.refusal(tree, writes),
                target == null
                        ? null
                        : SetReferences.of(
                                (SqmDmlStatement<?>) statement, target, mapping, factory, elements, operands));
    }

    private static boolean isAnchor(TreeReader tree, FromElement root) {
        return tree.elements.placed().stream()
                .anyMatch(element -> element.group() == root && element.scope.depth == 0 && !element.optional);
    }

    private static @Nullable Condition condition(FromElement root, Restrictions restrictions) {
        Condition query = restrictions.of(root.scope.predicates, root);
        Condition on = root.on == null || root.scope.preservesJoined ? null : restrictions.of(root.on.predicates, root);
        return query == null ? on : on == null ? query : new Condition.All(List.of(query, on));
    }

    /**
     * The shards that can hold rows that the statement yields, reads or changes. {@link Target#NONE} if provably no row
     * qualifies; an aggregate may have a result all the same, which any shard computes. With {@link #anyShard()}, those to
     * choose from.
     */
    public Target target(Arguments arguments) {
        if (unknown) {
            return Target.some(arguments.router().topology().shards());
        }
        Target all = null;
        boolean none = false;
        for (Group group : groups) {
            Target one = group.target(arguments);
            none |= one.shards().isEmpty() && group.anchor() && branches == 1 && !insert;
            all = all == null ? one : Condition.union(arguments.router(), all, one);
        }
        if (none && !aggregated) {
            return tables(arguments);
        }
        if (none && all != null && all.shards().isEmpty()) {
            return Target.NONE;
        }
        if (all == null || insert && all.shards().isEmpty()) {
            return arguments.router().everywhere();
        }
        return all.shards().isEmpty() && !anchored ? any(arguments) : all;
    }

    /** Where a query has its tables that yields no row whatever is in them; any shard will do but for single-shard entities. */
    private Target tables(Arguments arguments) {
        Target all = Target.NONE;
        for (Group group : groups) {
            if (group.single() != null) {
                all = all.shards().isEmpty()
                        ? group.single()
                        : Condition.union(arguments.router(), all, group.single());
            }
        }
        return all;
    }

    /** Whether it may be one row of all there are; what is selected may hide it, so only paths are known not to be. */
    private static boolean isAggregated(SqmStatement<?> statement) {
        return statement instanceof SqmSelectStatement<?> select
                && select.getQueryPart() instanceof SqmQuerySpec<?> spec
                && spec.getGroupByClauseExpressions().isEmpty()
                && (spec.getHavingClausePredicate() != null
                        || !spec.getSelectClause().getSelections().stream()
                                .allMatch(selection -> selection.getSelectableNode() instanceof SqmPath<?>));
    }

    private static Target any(Arguments arguments) {
        return Target.one(arguments.router().everywhere().shards().get(0));
    }

    /** Whether it reads nothing but reference entities, so that any one shard has the whole answer. */
    public boolean anyShard() {
        return groups.isEmpty() && !unknown && refused == null;
    }

    /**
     * The shard of each row that an insert gives the values of; null if it is no such insert, or of some row it is not one
     * shard.
     */
    public @Nullable List<ShardId> rows(Arguments arguments) {
        if (rows == null) {
            return null;
        }
        List<ShardId> shards = new ArrayList<>(rows.size());
        for (Condition row : rows) {
            Target target = row.shards(arguments);
            if (target == null || !target.isOne()) {
                return null;
            }
            shards.add(target.shards().get(0));
        }
        return shards;
    }

    /**
     * Checks the parameters and literals that it stores as references to other entities.
     *
     * @param target where it is to run
     * @param attached knows the entities of the session
     * @throws io.hibernateshards.ShardingException if one of them lives on another shard than a row that is to refer to it
     */
    public void checkReferences(Arguments arguments, Target target, Attached attached) {
        if (references != null) {
            references.check(arguments, target.shards(), rows(arguments), attached);
        }
    }

    /** Whether it changes rows. */
    public boolean isMutation() {
        return mutation;
    }

    /** Whether it reads or writes an entity of which this shard has no row, though others have. */
    public boolean isBoundElsewhere(ShardId shard) {
        return groups.stream()
                .anyMatch(group ->
                        group.single() != null && !group.single().shards().contains(shard));
    }

    /** Why it must not run at all, even on one shard; null if it may. */
    public @Nullable Refusal refused() {
        return refused;
    }

    /**
     * Why it cannot run on each of several shards by itself, to be asked if {@link #target} has more than one; null if
     * every row it yields, with all that it depends on, is made of rows of one shard.
     */
    public @Nullable Refusal crossShard() {
        return crossShard;
    }
}
