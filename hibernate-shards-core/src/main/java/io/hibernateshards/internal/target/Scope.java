package io.hibernateshards.internal.target;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;

/** One query or subquery, or an ON clause that not every row satisfies. */
final class Scope {
    /** 0 is the statement itself, or a branch of its set operation. */
    final int depth;

    /** Which branch of the statement's set operation it is in. */
    final int branch;

    /** All of them hold for every row that the query yields, or that the join finds. */
    final List<SqmPredicate> predicates = new ArrayList<>();

    /** The joined elements whose ON clauses are scopes of their own, in order. */
    final List<FromElement> outerJoined = new ArrayList<>();

    /** Whether a join also yields rows that the elements before it have no part in: RIGHT and FULL. */
    boolean preservesJoined;

    Scope(int depth, int branch) {
        this.depth = depth;
        this.branch = branch;
    }
}
