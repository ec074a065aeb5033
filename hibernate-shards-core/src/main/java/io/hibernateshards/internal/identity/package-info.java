/** Who each shard is, and the topology, as data in the catalog of every shard: recorded at first use, compared at start. */
@NullMarked
package io.hibernateshards.internal.identity;

import org.jspecify.annotations.NullMarked;
