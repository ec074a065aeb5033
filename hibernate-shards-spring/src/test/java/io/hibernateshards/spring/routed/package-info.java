/** An application whose methods say where they work. */
@NullMarked
package io.hibernateshards.spring.routed;

import org.jspecify.annotations.NullMarked;
