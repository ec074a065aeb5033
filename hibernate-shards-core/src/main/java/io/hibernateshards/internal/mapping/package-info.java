/** What Hibernate's boot model says about each entity's place, and every mapping error. */
@NullMarked
package io.hibernateshards.internal.mapping;

import org.jspecify.annotations.NullMarked;
