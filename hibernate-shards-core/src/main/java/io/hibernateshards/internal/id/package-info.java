/** Ids that carry or inherit a bucket. */
@NullMarked
package io.hibernateshards.internal.id;

import org.jspecify.annotations.NullMarked;
