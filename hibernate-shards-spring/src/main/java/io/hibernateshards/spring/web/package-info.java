/** Consistency tokens that cross HTTP. */
@NullMarked
package io.hibernateshards.spring.web;

import org.jspecify.annotations.NullMarked;
