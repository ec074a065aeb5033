/** Spring's JPA integration for sharded sessions: vendor adapter, dialect and what errors become. */
@NullMarked
package io.hibernateshards.spring.orm;

import org.jspecify.annotations.NullMarked;
