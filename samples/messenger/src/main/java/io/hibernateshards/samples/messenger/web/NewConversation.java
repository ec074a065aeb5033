package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.Set;

/**
 * A conversation to begin.
 *
 * @param owner id of the user who begins it
 * @param subject what it is about
 * @param members ids of the others
 */
public record NewConversation(
        @NotNull @JsonFormat(shape = Shape.STRING) Long owner,
        @NotBlank @Size(max = 200) String subject,
        @NotEmpty @Size(max = 50) @JsonFormat(shape = Shape.STRING) Set<@NotNull Long> members) {}
