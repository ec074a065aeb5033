/** Real places over four PostgreSQL servers. */
@NullMarked
package io.hibernateshards.samples.quickstart;

import org.jspecify.annotations.NullMarked;
