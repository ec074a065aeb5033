@NullMarked
package io.hibernateshards.spring.autoconfigure.aot;

import org.jspecify.annotations.NullMarked;
