/** The page {@code /shards}. */
@NullMarked
package io.hibernateshards.spring.console;

import org.jspecify.annotations.NullMarked;
