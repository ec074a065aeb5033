package io.hibernateshards.samples.messenger.service;

/** Somebody writes into a conversation of others. */
public class NotAMemberException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotAMemberException(long user, long conversation) {
        super("User " + user + " does not take part in conversation " + conversation);
    }
}
