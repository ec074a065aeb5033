package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import com.fasterxml.jackson.annotation.JsonIgnore;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;

/**
 * Credits to transfer.
 *
 * @param from who pays
 * @param to who is paid
 * @param amount how much
 */
public record NewTransfer(
        @NotNull @JsonFormat(shape = Shape.STRING) Long from,
        @NotNull @JsonFormat(shape = Shape.STRING) Long to,
        @Positive long amount) {
    /** Who pays must be another one than who is paid. */
    @JsonIgnore
    @AssertTrue(message = "must be two different users")
    public boolean isBetweenTwo() {
        return from == null || !from.equals(to);
    }
}
