/** Runs plans: operators over the rows of several shards. */
@NullMarked
package io.hibernateshards.internal.scatter;

import org.jspecify.annotations.NullMarked;
