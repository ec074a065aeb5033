/** What an application may implement to change how rows are placed. */
@NullMarked
package io.hibernateshards.spi;

import org.jspecify.annotations.NullMarked;
