package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.spi.BucketFunction;
import java.util.Collection;
import java.util.Optional;

/** The bucket functions that a mapping may name. */
public interface Functions {
    /** A configured function; {@code hash} is always there. */
    Optional<BucketFunction> named(String name);

    /** The function that reads the bucket of an id; the same object for the same style. */
    BucketFunction ofId(IdStyle style);

    /** All names, for messages. */
    Collection<String> names();
}
