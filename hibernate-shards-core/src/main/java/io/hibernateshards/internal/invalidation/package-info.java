/** Tells the second-level caches of other JVMs what a transaction has changed, and this JVM's what others have. */
@NullMarked
package io.hibernateshards.internal.invalidation;

import org.jspecify.annotations.NullMarked;
