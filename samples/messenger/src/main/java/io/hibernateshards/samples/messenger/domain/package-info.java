/** Entities and repositories: what is stored, and where. */
@NullMarked
package io.hibernateshards.samples.messenger.domain;

import org.jspecify.annotations.NullMarked;
