package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import io.hibernateshards.samples.messenger.domain.Message;
import java.time.Instant;

/**
 * A message.
 *
 * @param id of the message
 * @param sender id of the user who wrote it
 * @param text what was written
 * @param sent when it was posted
 */
public record MessageView(
        @JsonFormat(shape = Shape.STRING) long id,
        @JsonFormat(shape = Shape.STRING) long sender,
        String text,
        Instant sent) {
    static MessageView of(Message message) {
        return new MessageView(message.getId(), message.getSender(), message.getText(), message.getSent());
    }
}
