/** Ways to start: a builder in Java, a JPA persistence provider, and what Hibernate finds by its service loaders. */
@NullMarked
package io.hibernateshards.boot;

import org.jspecify.annotations.NullMarked;
