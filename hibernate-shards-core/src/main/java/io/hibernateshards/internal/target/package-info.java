/** Which shards a statement concerns, read from its tree; no I/O. */
@NullMarked
package io.hibernateshards.internal.target;

import org.jspecify.annotations.NullMarked;
