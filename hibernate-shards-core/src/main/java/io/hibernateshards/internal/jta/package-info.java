/** The transactions of a JTA transaction manager, as an alternative to those that this library coordinates itself. */
@NullMarked
package io.hibernateshards.internal.jta;

import org.jspecify.annotations.NullMarked;
