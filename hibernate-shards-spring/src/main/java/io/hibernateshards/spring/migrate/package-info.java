/** The command that imports a database into the shards of an application. */
@NullMarked
package io.hibernateshards.spring.migrate;

import org.jspecify.annotations.NullMarked;
