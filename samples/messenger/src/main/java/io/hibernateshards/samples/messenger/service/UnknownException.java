package io.hibernateshards.samples.messenger.service;

/** What was asked for does not exist. */
public class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownException(String what, Object id) {
        super("There is no " + what + " " + id);
    }
}
