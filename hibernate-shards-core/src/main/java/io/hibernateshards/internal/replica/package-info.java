/** Which replica a session that only reads may ask. */
@NullMarked
package io.hibernateshards.internal.replica;

import org.jspecify.annotations.NullMarked;
