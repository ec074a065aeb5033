/** Query trees to immutable plans of operators; no I/O. */
@NullMarked
package io.hibernateshards.internal.plan;

import org.jspecify.annotations.NullMarked;
