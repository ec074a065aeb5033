/** The second-level cache: regions in Caffeine that never give what a commit before has made old. */
@NullMarked
package io.hibernateshards.internal.cache;

import org.jspecify.annotations.NullMarked;
