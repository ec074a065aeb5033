package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import io.hibernateshards.samples.messenger.domain.Conversation;
import java.util.List;

/**
 * A conversation.
 *
 * @param id of the conversation
 * @param subject what it is about
 * @param members ids of all who take part, the owner first
 */
public record ConversationView(@JsonFormat(shape = Shape.STRING) long id, String subject, List<String> members) {
    static ConversationView of(Conversation conversation) {
        return new ConversationView(
                conversation.getId(),
                conversation.getSubject(),
                conversation.getMembers().stream().map(String::valueOf).toList());
    }
}
