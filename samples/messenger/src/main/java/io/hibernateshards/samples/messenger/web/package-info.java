/** The REST API: what comes in is validated, what goes wrong is a problem detail (RFC 9457). */
@NullMarked
package io.hibernateshards.samples.messenger.web;

import org.jspecify.annotations.NullMarked;
