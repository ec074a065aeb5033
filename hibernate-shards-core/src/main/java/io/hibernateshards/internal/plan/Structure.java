package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.query.common.FetchClauseType;
import org.hibernate.query.sqm.tree.domain.SqmFunctionRoot;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmAliasedNodeRef;
import org.hibernate.query.sqm.tree.expression.SqmDistinct;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.from.SqmAttributeJoin;
import org.hibernate.query.sqm.tree.from.SqmEntityJoin;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFunctionJoin;
import org.hibernate.query.sqm.tree.from.SqmJoin;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.select.SqmJpaCompoundSelection;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.jspecify.annotations.Nullable;

/** What of a select's structure decides whether the answers of several shards can be merged. */
final class Structure {
    private Structure() {}

    /** What stands in the way, whatever is selected; null if nothing does. */
    static @Nullable Refusal refusal(SqmSelectStatement<?> statement, OneShard oneShard, Functions functions) {
        if (!statement.getCteStatements().isEmpty()) {
            return new Refusal("with", "a common table expression sees the rows of one shard only", narrow());
        }
        if (!(statement.getQueryPart() instanceof SqmQuerySpec<?> spec)) {
            return new Refusal(
                    "union, intersect or except",
                    "its sides meet on each shard only",
                    "run the sides as queries of their own");
        }
        boolean plain = spec.getFetch() == null || spec.getFetchClauseType() == FetchClauseType.ROWS_ONLY;
        if (!plain && (!isWithTies(spec) || isMerged(spec, oneShard, functions))) {
            return new Refusal("fetch with ties or percent", "it counts the rows of one shard only", "use a limit");
        }
        if (treatsBesideEntityJoin(spec)) {
            return new Refusal(
                    "treat beside a join to an entity",
                    "Hibernate loses the condition on the type in parts of the query",
                    "put the type into the where clause");
        }
        List<SqmSelectableNode<?>> selections = selected(spec);
        boolean grouped = isGrouped(spec);
        if (isMerged(spec, oneShard, functions)) {
            return fetches(spec)
                    ? new Refusal("a collection fetch of groups", "there are no entities", narrow())
                    : null;
        }
        if (selections.stream().anyMatch(selection -> new Sight(selection, oneShard, functions).window)) {
            return new Refusal("a window function", "its window has rows of several shards", narrow());
        }
        Refusal hidden = hidden(spec, selections, grouped, oneShard, functions);
        if (hidden != null) {
            return hidden;
        }
        if (fetches(spec) && (selections.size() > 1 || !selectsRoot(spec))) {
            return new Refusal(
                    "a collection fetch beside other selections", "repeated rows could not be told apart", narrow());
        }
        return null;
    }

    private static boolean treatsBesideEntityJoin(SqmQuerySpec<?> spec) {
        boolean[] found = new boolean[2];
        spec.getFromClause().visitRoots(root -> look(root, found));
        return found[0] && found[1];
    }

    private static void look(SqmFrom<?, ?> from, boolean[] found) {
        found[0] |= from.hasTreats();
        found[1] |= from instanceof SqmEntityJoin<?, ?>;
        from.visitSqmJoins(join -> look(join, found));
    }

    /** What would make one row of all, or look at all of them, where it does not show. */
    private static @Nullable Refusal hidden(
            SqmQuerySpec<?> spec,
            List<SqmSelectableNode<?>> selections,
            boolean grouped,
            OneShard oneShard,
            Functions functions) {
        String unknown = null;
        for (SqmSelectableNode<?> selection : selections) {
            if (grouped || selection instanceof SqmPath<?>) {
                unknown = null; // beside it, PostgreSQL refuses what would make one row of many
                break;
            }
            unknown = unknown == null ? new Sight(selection, oneShard, functions).unknown : unknown;
        }
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            if (!(sort.getSortExpression() instanceof SqmAliasedNodeRef)) {
                Sight found = new Sight(sort.getSortExpression(), oneShard, functions);
                if (found.window) {
                    return new Refusal("a window function in order by", "each shard sees its own rows", narrow());
                }
                unknown = unknown == null
                                && !grouped
                                && !selections.isEmpty()
                                && !(selections.get(0) instanceof SqmPath<?>)
                        ? found.unknown
                        : unknown;
            }
        }
        return unknown == null
                ? null
                : new Refusal(
                        "the function " + unknown + "()",
                        "Hibernate does not know it, so it may be an aggregate",
                        "register it by a FunctionContributor, or select an attribute beside it");
    }

    static String narrow() {
        return "give the shard key in the where clause, so that one shard can answer";
    }

    /** Each shard can then tell which of its rows may be among the first, or equal to the last of them. */
    static boolean isWithTies(SqmQuerySpec<?> spec) {
        return spec.getFetch() != null
                && spec.getFetchClauseType() == FetchClauseType.ROWS_WITH_TIES
                && spec.getOffset() == null
                && !spec.getSortSpecifications().isEmpty()
                && !fetches(spec);
    }

    private static boolean isGrouped(SqmQuerySpec<?> spec) {
        return !spec.getGroupByClauseExpressions().isEmpty() || spec.getHavingClausePredicate() != null;
    }

    /** Whether a row of the answer may be made of rows of several shards. */
    static boolean isMerged(SqmQuerySpec<?> spec, OneShard oneShard, Functions functions) {
        if (isGrouped(spec)) {
            return !oneShard.holdsEqual(spec.getGroupByClauseExpressions());
        }
        List<SqmSelectableNode<?>> selections = selected(spec);
        if (spec.getSelectClause().isDistinct()) {
            return !oneShard.holdsEqual(
                    selections.isEmpty() ? spec.getFromClause().getRoots() : selections);
        }
        return selections.stream().anyMatch(one -> new Sight(one, oneShard, functions).aggregate)
                || spec.getSortSpecifications().stream()
                        .map(SqmSortSpecification::getSortExpression)
                        .anyMatch(one ->
                                !(one instanceof SqmAliasedNodeRef) && new Sight(one, oneShard, functions).aggregate);
    }

    static boolean selectsRoot(SqmQuerySpec<?> spec) {
        List<SqmSelectableNode<?>> selections = selected(spec);
        return spec.getFromClause().getRoots().size() == 1
                && (selections.isEmpty() || selections.stream().anyMatch(one -> one instanceof SqmRoot));
    }

    /** The value that the alias of a function in the from clause stands for, if its rows are of one. */
    static SqmExpression<?> value(SqmExpression<?> expression) {
        boolean function = expression instanceof SqmFunctionJoin<?> || expression instanceof SqmFunctionRoot<?>;
        return function && expression instanceof SqmFrom<?, ?> from && hasElement(from)
                ? (SqmExpression<?>) from.get(CollectionPart.Nature.ELEMENT.getName())
                : expression;
    }

    private static boolean hasElement(SqmFrom<?, ?> function) {
        return function.getReferencedPathSource().findSubPathSource(CollectionPart.Nature.ELEMENT.getName()) != null;
    }

    /** What a row has a value of each for; nothing stands for the only root. */
    static List<SqmSelectableNode<?>> selected(SqmQuerySpec<?> spec) {
        List<SqmSelectableNode<?>> all = new ArrayList<>();
        spec.getSelectClause().getSelections().forEach(selection -> add(selection.getSelectableNode(), all));
        return all;
    }

    /** A criteria query's tuple or array is as many values. */
    private static void add(SqmSelectableNode<?> node, List<SqmSelectableNode<?>> to) {
        if (node instanceof SqmJpaCompoundSelection<?> several) {
            several.getSelectionItems().forEach(one -> add(one, to));
        } else {
            to.add(node);
        }
    }

    /** Whether a collection is fetched, which repeats its owner's row. */
    static boolean fetches(SqmQuerySpec<?> spec) {
        return spec.containsCollectionFetches()
                || spec.getFromClause().getRoots().stream().anyMatch(root -> fetches(root, true));
    }

    /** Whether anything is fetched, which Hibernate joins only if it is loaded. */
    static boolean fetchesAny(SqmQuerySpec<?> spec) {
        return fetches(spec) || spec.getFromClause().getRoots().stream().anyMatch(root -> fetches(root, false));
    }

    private static boolean fetches(SqmFrom<?, ?> from, boolean collections) {
        for (SqmJoin<?, ?> join : from.getSqmJoins()) {
            if (join instanceof SqmAttributeJoin<?, ?> attribute
                    && attribute.isFetched()
                    && (!collections || attribute.getAttribute().isCollection())) {
                return true;
            }
            if (fetches(join, collections)) {
                return true;
            }
        }
        return from.getSqmTreats().stream().anyMatch(treated -> fetches(treated, collections));
    }

    /** What the function is computed from, without {@code distinct}. */
    static SqmExpression<?> argument(SqmFunction<?> function) {
        Object argument = function.getArguments().get(0);
        return value(
                argument instanceof SqmDistinct<?> distinct ? distinct.getExpression() : (SqmExpression<?>) argument);
    }
}
