/** For tests of applications: shards of their own, and assertions about which of them a query asks. */
@NullMarked
package io.hibernateshards.spring.test;

import org.jspecify.annotations.NullMarked;
