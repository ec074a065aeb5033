package io.hibernateshards.samples.messenger.web;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

/**
 * A user to register.
 *
 * @param name first and last
 * @param country ISO 3166 code
 */
public record NewUser(
        @NotBlank @Size(max = 100) String name,
        @NotNull @Pattern(regexp = "[A-Z]{2}", message = "must be two capital letters") String country) {}
