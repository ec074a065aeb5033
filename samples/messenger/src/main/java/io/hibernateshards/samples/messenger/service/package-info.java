/** What the messenger does, each method a transaction. */
@NullMarked
package io.hibernateshards.samples.messenger.service;

import org.jspecify.annotations.NullMarked;
