/** SQL and stored procedures: sent as they are to the shards that the application names. */
@NullMarked
package io.hibernateshards.internal.sql;

import org.jspecify.annotations.NullMarked;
