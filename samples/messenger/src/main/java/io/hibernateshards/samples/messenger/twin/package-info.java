/** The same over the same servers with plain Hibernate, routed by hand: what the messenger is measured against. */
@NullMarked
package io.hibernateshards.samples.messenger.twin;

import org.jspecify.annotations.NullMarked;
