package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import java.time.Instant;

/**
 * An entry of an inbox.
 *
 * @param id of the entry
 * @param conversation id of what the message belongs to
 * @param message id of the message
 * @param sender id of the user who wrote it
 * @param preview how it begins
 * @param sent when it was posted
 */
public record InboxView(
        @JsonFormat(shape = Shape.STRING) long id,
        @JsonFormat(shape = Shape.STRING) long conversation,
        @JsonFormat(shape = Shape.STRING) long message,
        @JsonFormat(shape = Shape.STRING) long sender,
        String preview,
        Instant sent) {
    static InboxView of(InboxEntry entry) {
        return new InboxView(
                entry.getId(),
                entry.getConversation(),
                entry.getMessage(),
                entry.getSender(),
                entry.getPreview(),
                entry.getSent());
    }
}
