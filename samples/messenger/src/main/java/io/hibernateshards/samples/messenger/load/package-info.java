/** Measures the messenger beside its twin, as many clients at once. */
@NullMarked
package io.hibernateshards.samples.messenger.load;

import org.jspecify.annotations.NullMarked;
