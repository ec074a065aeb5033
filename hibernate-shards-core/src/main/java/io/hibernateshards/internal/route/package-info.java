/** From key values to the shards to ask. */
@NullMarked
package io.hibernateshards.internal.route;

import org.jspecify.annotations.NullMarked;
