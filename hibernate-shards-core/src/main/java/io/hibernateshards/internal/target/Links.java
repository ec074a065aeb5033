package io.hibernateshards.internal.target;

import io.hibernateshards.internal.target.Conjuncts.Equality;
import io.hibernateshards.internal.target.FromElements.Located;
import io.hibernateshards.internal.target.Locator.Component;
import io.hibernateshards.internal.target.TreeReader.InSubquery;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;

/**
 * Joins elements into groups by the equalities that hold between their keys and ids.
 *
 * <p>An equality proves something for the rows of its own query only: of {@code where not exists (select 1 from B b where
 * b.key = a1.key and b.key = a2.key)} nothing follows for a1 and a2. So groups are joined from the outermost query
 * inwards, and an equality attaches only groups that begin in its query; likewise, the ON clause of an outer join attaches
 * only the joined element. That is enough: whatever an inner query reads is then local to the row that it is evaluated for.
 */
final class Links {
    private record Pair(FromElement left, FromElement right) {}

    private final TreeReader tree;

    Links(TreeReader tree) {
        this.tree = tree;
    }

    void join() {
        List<Scope> outermostFirst = new ArrayList<>(tree.scopes);
        outermostFirst.sort(Comparator.comparingInt(scope -> scope.depth));
        for (Scope scope : outermostFirst) {
            forEachMeeting(scope, (left, right) -> inQuery(scope, left.group(), right.group()));
            for (FromElement joined : scope.outerJoined) {
                if (joined.on != null) {
                    forEachMeeting(joined.on, (left, right) -> onJoin(joined, left, right));
                }
            }
            for (InSubquery in : tree.inSubqueries) {
                if (in.scope() == scope) {
                    bySelection(in);
                }
            }
        }
    }

    private static void inQuery(Scope scope, FromElement left, FromElement right) {
        boolean leftIsOurs = left.scope == scope;
        boolean rightIsOurs = right.scope == scope;
        if (leftIsOurs && rightIsOurs) {
            FromElement first = left.order < right.order ? left : right;
            (first == left ? right : left).follow(first);
        } else if (leftIsOurs) {
            left.follow(right);
        } else if (rightIsOurs) {
            right.follow(left);
        }
    }

    private static void onJoin(FromElement joined, FromElement left, FromElement right) {
        if (joined.group() == joined) {
            if (left == joined) {
                joined.follow(right);
            } else if (right == joined) {
                joined.follow(left);
            }
        }
    }

    /**
     * Rows with another key are on other shards, but never equal the tested one. With a null on either side "not in" would
     * see a difference between no rows and rows elsewhere; keys are never null, elements of outer joins may be.
     */
    private void bySelection(InSubquery in) {
        var selections = in.query().getSelectClause().getSelections();
        Located tested = tree.elements.located(in.tested());
        if (tested == null
                || tested.element().optional
                || selections.size() != 1
                || !(selections.get(0).getSelectableNode() instanceof SqmExpression<?> selected)) {
            return;
        }
        Located found = tree.elements.located(selected);
        if (found != null
                && !found.element().optional
                && found.element().scope == in.scope()
                && found.element().group().scope == in.scope()
                && Locator.meet(tested.locator(), found.locator())) {
            found.element().follow(tested.element());
        }
    }

    private void forEachMeeting(Scope scope, BiConsumer<FromElement, FromElement> action) {
        Map<Pair, BitSet> components = new HashMap<>();
        for (SqmPredicate predicate : Conjuncts.of(scope.predicates)) {
            for (Equality equality : Conjuncts.equalities(predicate)) {
                Located left = tree.elements.located(equality.left());
                Located right = tree.elements.located(equality.right());
                if (left != null
                        && right != null
                        && (Locator.meet(left.locator(), right.locator()) || complete(components, left, right))) {
                    action.accept(left.element(), right.element());
                }
            }
        }
    }

    /** Whether by now all values of a key of several are equal. */
    private static boolean complete(Map<Pair, BitSet> components, Located left, Located right) {
        if (left.locator() instanceof Component one
                && right.locator() instanceof Component other
                && one.index() == other.index()
                && one.root().group().equals(other.root().group())) {
            Pair pair = left.element().order < right.element().order
                    ? new Pair(left.element(), right.element())
                    : new Pair(right.element(), left.element());
            BitSet equal = components.computeIfAbsent(pair, none -> new BitSet());
            equal.set(one.index());
            return equal.cardinality() == one.size();
        }
        return false;
    }
}
