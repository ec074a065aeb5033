package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import io.hibernateshards.samples.messenger.domain.Message;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/**
 * A message to post.
 *
 * @param sender id of the user who writes
 * @param text what is written
 */
public record NewMessage(
        @NotNull @JsonFormat(shape = Shape.STRING) Long sender,
        @NotBlank @Size(max = Message.MAX_LENGTH) String text) {}
