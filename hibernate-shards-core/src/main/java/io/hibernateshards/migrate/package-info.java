/** From one database to many: copies the rows of an existing database to the shards that they belong on, and compares. */
@NullMarked
package io.hibernateshards.migrate;

import org.jspecify.annotations.NullMarked;
