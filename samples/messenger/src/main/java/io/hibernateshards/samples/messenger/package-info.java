/** A messenger for a million users on four shards: a Spring Boot application, its load test and its twin by hand. */
@NullMarked
package io.hibernateshards.samples.messenger;

import org.jspecify.annotations.NullMarked;
