/** Hibernate Shards in Spring applications: what they see of it beside the annotations of their entities. */
@NullMarked
package io.hibernateshards.spring;

import org.jspecify.annotations.NullMarked;
