/** Connection pools, and the multi-tenant provider over them. */
@NullMarked
package io.hibernateshards.internal.connection;

import org.jspecify.annotations.NullMarked;
