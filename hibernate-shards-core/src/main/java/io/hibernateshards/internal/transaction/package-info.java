/** Branches of a logical transaction. */
@NullMarked
package io.hibernateshards.internal.transaction;

import org.jspecify.annotations.NullMarked;
