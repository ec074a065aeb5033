/** Branches of a logical transaction: how they commit together, and how what a crash left of that is finished. */
@NullMarked
package io.hibernateshards.internal.transaction;

import org.jspecify.annotations.NullMarked;
