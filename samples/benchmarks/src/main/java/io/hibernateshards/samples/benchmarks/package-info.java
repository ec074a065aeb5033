/** The same work by this library, by plain Hibernate routed by hand, and by plain JDBC, in alternating rounds. */
@NullMarked
package io.hibernateshards.samples.benchmarks;

import org.jspecify.annotations.NullMarked;
