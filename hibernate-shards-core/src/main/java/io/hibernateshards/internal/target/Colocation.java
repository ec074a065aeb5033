package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import org.jspecify.annotations.Nullable;

/** Whether each row of a statement, with all that it depends on, is made of rows of one shard. */
final class Colocation {
    private Colocation() {}

    /** Whether no branch yields a row without one of a placed entity. */
    static boolean isAnchored(TreeReader tree) {
        for (int branch = 0; branch < tree.branches; branch++) {
            if (anchor(tree, branch) == null) {
                return false;
            }
        }
        return tree.branches > 0;
    }

    /** The reason against it; null if all is proven, or nothing is placed. */
    static @Nullable Refusal refusal(TreeReader tree, @Nullable Writes writes) {
        Refusal insert = writes == null ? null : writes.acrossShards();
        if (insert != null) {
            return insert;
        }
        if (tree.unknown) {
            return new Refusal(
                    "a query over a type that is no mapped entity, or a construct that is not known",
                    "it is not known which rows it reads",
                    "Query each entity by itself");
        }
        if (tree.structure != null || tree.elements.placed().isEmpty()) {
            return tree.structure;
        }
        for (int branch = 0; branch < tree.branches; branch++) {
            FromElement anchor = anchor(tree, branch);
            if (anchor == null) {
                return new Refusal(
                        "a query whose rows need no row of a sharded entity",
                        "each shard would yield the rows of the reference entities again, matched or not",
                        "Begin with the sharded entity and join the reference entity to it, or query them one by one");
            }
            for (FromElement element : tree.elements.placed()) {
                if (element.scope.branch == branch && element.group() != anchor.group()) {
                    return unlinked(element, anchor);
                }
            }
        }
        return null;
    }

    private static Refusal unlinked(FromElement element, FromElement anchor) {
        return new Refusal(
                "the join or subquery of " + element.name() + " with " + anchor.name(),
                "it is not proven that its rows are on the same shard",
                element.placement instanceof Sharded
                        ? "Join along the association that is the shard key, equate the keys, or restrict both to one shard"
                        : "Query " + element.name() + ", which is on one shard only, by itself");
    }

    /** A sharded element that has a part in every row of the branch. */
    private static @Nullable FromElement anchor(TreeReader tree, int branch) {
        for (FromElement element : tree.elements.placed()) {
            if (element.scope.branch == branch && element.scope.depth == 0 && !element.optional) {
                return element;
            }
        }
        return null;
    }
}
