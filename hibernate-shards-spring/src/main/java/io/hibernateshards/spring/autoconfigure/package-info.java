/** What Spring Boot configures by itself once a shard is configured. */
@NullMarked
package io.hibernateshards.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
