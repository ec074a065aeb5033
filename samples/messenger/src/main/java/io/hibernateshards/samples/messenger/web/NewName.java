package io.hibernateshards.samples.messenger.web;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;

/**
 * A user to rename.
 *
 * @param name first and last
 */
public record NewName(@NotBlank @Size(max = 100) String name) {}
