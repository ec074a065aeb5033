package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement;
import org.jspecify.annotations.Nullable;

/**
 * One root or join of a query, also one that a path implies. Elements that are proven to be on one shard wherever their
 * rows meet form one group; the group is the tree that {@link #group()} is the root of.
 */
final class FromElement {
    final Scope scope;
    final EntityPlacement placement;

    /** Position in the statement, outer queries first. */
    final int order;

    /** Whether rows without it exist, since it is on the weak side of an outer join. */
    boolean optional;

    /** The ON clause, where not every row of {@link #scope} satisfies it. */
    @Nullable
    Scope on;

    private @Nullable FromElement joined;

    FromElement(Scope scope, EntityPlacement placement, int order, boolean optional) {
        this.scope = scope;
        this.placement = placement;
        this.order = order;
        this.optional = optional;
    }

    /** The element that stands for all that are co-located with this one: of the outermost query, the first. */
    FromElement group() {
        FromElement at = this;
        while (at.joined != null) {
            at = at.joined;
        }
        return at;
    }

    /** From now on this group's rows are known to be where the other's are. */
    void follow(FromElement other) {
        FromElement mine = group();
        FromElement theirs = other.group();
        if (mine != theirs) {
            mine.joined = theirs;
        }
    }

    /** The entity's short name, for messages. */
    String name() {
        String name = placement.entityName();
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }
}
