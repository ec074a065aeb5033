@NullMarked
package io.hibernateshards.spring.autoconfigure.accounts;

import org.jspecify.annotations.NullMarked;
