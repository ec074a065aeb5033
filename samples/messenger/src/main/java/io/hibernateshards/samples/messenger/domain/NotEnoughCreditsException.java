package io.hibernateshards.samples.messenger.domain;

/** Somebody wants to pay more than there is. */
public class NotEnoughCreditsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotEnoughCreditsException(long user, long credits, long amount) {
        super("User " + user + " has " + credits + " credits and cannot pay " + amount);
    }
}
