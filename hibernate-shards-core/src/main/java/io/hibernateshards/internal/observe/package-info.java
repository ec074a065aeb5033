/** Tells the application's observer what sessions do. */
@NullMarked
package io.hibernateshards.internal.observe;

import org.jspecify.annotations.NullMarked;
