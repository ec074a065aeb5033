/** Real PostgreSQL servers for tests and samples. */
@NullMarked
package io.hibernateshards.cluster;

import org.jspecify.annotations.NullMarked;
