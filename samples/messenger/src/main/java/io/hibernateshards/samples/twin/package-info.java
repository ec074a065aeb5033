/**
 * The busiest routes of the messenger once more, over the same tables on the same servers, with plain Hibernate and Spring
 * Data: one entity manager factory a shard, and routed by hand. What the messenger is measured against.
 */
@NullMarked
package io.hibernateshards.samples.twin;

import org.jspecify.annotations.NullMarked;
