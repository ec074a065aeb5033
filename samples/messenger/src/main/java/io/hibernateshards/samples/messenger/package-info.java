/** The messenger: commands that start its servers, fill them, serve it and measure it. */
@NullMarked
package io.hibernateshards.samples.messenger;

import org.jspecify.annotations.NullMarked;
