@NullMarked
package io.hibernateshards.spring.migration.parcels;

import org.jspecify.annotations.NullMarked;
