package io.hibernateshards.internal.target;

import io.hibernateshards.internal.route.Router;
import org.hibernate.query.spi.QueryParameterBindings;

/**
 * What a plan is decided with, once an execution.
 *
 * @param router answers where keys and ids live
 * @param bindings of the query's parameters
 * @param lookups asks where values are, which costs a round trip
 */
public record Arguments(Router router, QueryParameterBindings bindings, LookupShards lookups) {
    /** Without lookups. */
    public Arguments(Router router, QueryParameterBindings bindings) {
        this(router, bindings, (attribute, values) -> null);
    }
}
