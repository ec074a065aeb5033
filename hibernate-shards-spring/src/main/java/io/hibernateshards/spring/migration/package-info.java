/** Flyway and Liquibase on every shard. */
@NullMarked
package io.hibernateshards.spring.migration;

import org.jspecify.annotations.NullMarked;
