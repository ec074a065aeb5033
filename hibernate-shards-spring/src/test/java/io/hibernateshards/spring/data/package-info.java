/** Repositories as Spring Data makes them, over shards and over one database. */
@NullMarked
package io.hibernateshards.spring.data;

import org.jspecify.annotations.NullMarked;
