@NullMarked
package io.hibernateshards.internal.lookup;

import org.jspecify.annotations.NullMarked;
