/** Fills the shards before the application starts. */
@NullMarked
package io.hibernateshards.samples.messenger.seed;

import org.jspecify.annotations.NullMarked;
