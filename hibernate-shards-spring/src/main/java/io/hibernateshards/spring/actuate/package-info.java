/** What operators see: health, the endpoint {@code shards}, metrics and spans. */
@NullMarked
package io.hibernateshards.spring.actuate;

import org.jspecify.annotations.NullMarked;
