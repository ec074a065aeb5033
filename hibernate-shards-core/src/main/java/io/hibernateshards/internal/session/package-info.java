/** The sharded sessions, queries and factory. */
@NullMarked
package io.hibernateshards.internal.session;

import org.jspecify.annotations.NullMarked;
