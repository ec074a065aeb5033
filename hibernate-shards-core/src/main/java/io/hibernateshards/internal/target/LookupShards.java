package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks the lookup tables where entities are. */
@FunctionalInterface
public interface LookupShards {
    /**
     * The shards of the entities that have one of these values.
     *
     * @param values as the attribute holds them; none is null
     * @return null if it is not known
     */
    @Nullable
    Target shardsOf(LookupAttribute attribute, List<Object> values);
}
