/** Which entities the shards are asked for most, counted in little memory and time. */
@NullMarked
package io.hibernateshards.internal.hot;

import org.jspecify.annotations.NullMarked;
