package io.hibernateshards.internal.target;

import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Router;
import org.hibernate.query.spi.QueryParameterBindings;

/**
 * What a plan is decided with, once an execution.
 *
 * @param router answers where keys and ids live
 * @param bindings of the query's parameters
 * @param lookups asks where values are, which costs a round trip
 * @param attached knows the entities of the session
 */
public record Arguments(Router router, QueryParameterBindings bindings, LookupShards lookups, Attached attached) {
    /** Without lookups and entities. */
    public Arguments(Router router, QueryParameterBindings bindings) {
        this(router, bindings, (attribute, values) -> null, Attached.NOWHERE);
    }
}
