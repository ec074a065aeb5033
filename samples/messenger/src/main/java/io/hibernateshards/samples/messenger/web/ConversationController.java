package io.hibernateshards.samples.messenger.web;

import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.service.ConversationService;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Conversations and their messages. */
@RestController
@Tag(name = "Conversations")
class ConversationController {
    private final ConversationService conversations;

    ConversationController(ConversationService conversations) {
        this.conversations = conversations;
    }

    @PostMapping("/conversations")
    @ResponseStatus(HttpStatus.CREATED)
    @Operation(summary = "Begin a conversation; it lives with its owner")
    ConversationView begin(@Valid @RequestBody NewConversation begun) {
        Conversation stored = conversations.begin(begun.owner(), begun.subject(), begun.members());
        return ConversationView.of(stored);
    }

    @PostMapping("/conversations/{id}/messages")
    @ResponseStatus(HttpStatus.CREATED)
    @Operation(summary = "Post a message; it lives with its conversation, and in the inboxes of the others")
    MessageView post(@PathVariable long id, @Valid @RequestBody NewMessage posted) {
        return MessageView.of(conversations.post(id, posted.sender(), posted.text()));
    }

    @GetMapping("/conversations/{id}/messages")
    @Operation(summary = "Messages of a conversation, the newest first; asks its shard")
    PageOf<MessageView> messages(
            @PathVariable long id,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        OptionalLong end = before == null ? OptionalLong.empty() : OptionalLong.of(before);
        return PageOf.of(conversations.messages(id, end, size), MessageView::of, Message::getId);
    }
}
