/**
 * What an application sees: the annotations that place entities, the sharded session factory and its sessions, settings
 * and errors. Everything below {@code internal} may change without notice.
 */
@NullMarked
package io.hibernateshards;

import org.jspecify.annotations.NullMarked;
