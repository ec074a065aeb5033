/** Repositories of entities with every kind of key. */
@NullMarked
package io.hibernateshards.spring.keys;

import org.jspecify.annotations.NullMarked;
