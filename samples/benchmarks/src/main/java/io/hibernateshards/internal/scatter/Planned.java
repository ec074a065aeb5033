package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.target.Arguments;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/**
 * What a query works out before it sends anything. In the package of the queries, as nobody but a benchmark wants it
 * without running them.
 */
@NullMarked
public final class Planned {
    private Planned() {}

    /**
     * Looks up or makes the plan, finds the shards for the bound parameters, and how to merge if there are several.
     *
     * @param session of which the query is
     * @return something that depends on all of that
     */
    public static int of(ShardedQueryImpl<?> query, ShardAccess session) {
        QueryPlan plan = session.plans().ofHql(query.getQueryString(), query.getResultType());
        Target target = plan.targeting().target(new Arguments(session.router(), query.getQueryParameterBindings()));
        return target.isOne() ? 1 : 1 + plan.select(Set::of).hashCode();
    }
}
