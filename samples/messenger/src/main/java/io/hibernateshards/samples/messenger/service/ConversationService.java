package io.hibernateshards.samples.messenger.service;

import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.ConversationRepository;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.InboxRepository;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.MessageRepository;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.domain.UserRepository;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Conversations, their messages, and the inboxes that messages arrive in. */
@Service
public class ConversationService {
    private final UserRepository users;
    private final ConversationRepository conversations;
    private final MessageRepository messages;
    private final InboxRepository inboxes;

    ConversationService(
            UserRepository users,
            ConversationRepository conversations,
            MessageRepository messages,
            InboxRepository inboxes) {
        this.users = users;
        this.conversations = conversations;
        this.messages = messages;
        this.inboxes = inboxes;
    }

    /** A new conversation, on the shard of its owner. */
    @Transactional
    public Conversation begin(long owner, String subject, Set<Long> others) {
        for (long other : others) {
            require(other);
        }
        return conversations.save(new Conversation(require(owner), subject, others));
    }

    /**
     * Stores a message with its conversation, and an entry in the inbox of each other member. What that touches is as many
     * shards as the members live on; all of it is stored or nothing.
     */
    @Transactional
    public Message post(long conversationId, long sender, String text) {
        Conversation conversation = conversations
                .findWithMembersById(conversationId)
                .orElseThrow(() -> new UnknownException("conversation", conversationId));
        if (!conversation.getMembers().contains(sender)) {
            throw new NotAMemberException(sender, conversationId);
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        Message message = messages.save(new Message(conversation, sender, text, now));
        for (long member : conversation.getMembers()) {
            if (member != sender) {
                inboxes.save(new InboxEntry(users.getReferenceById(member), message));
            }
        }
        return message;
    }

    /** Messages of a conversation, the newest first: those before the given one, or from the newest on. */
    @Transactional(readOnly = true)
    public Window<Message> messages(long conversation, OptionalLong before, int size) {
        Window<Message> page =
                messages.findByConversationIdOrderByIdDesc(conversation, position(before), Limit.of(size));
        if (page.isEmpty() && !conversations.existsById(conversation)) {
            throw new UnknownException("conversation", conversation);
        }
        return page;
    }

    /** Entries of an inbox, the newest first: those before the given one, or from the newest on. */
    @Transactional(readOnly = true)
    public Window<InboxEntry> inbox(long reader, OptionalLong before, int size) {
        Window<InboxEntry> page = inboxes.findByReaderIdOrderByIdDesc(reader, position(before), Limit.of(size));
        if (page.isEmpty()) {
            require(reader);
        }
        return page;
    }

    private User require(long id) {
        return users.findById(id).orElseThrow(() -> new UnknownException("user", id));
    }

    /** A page begins behind an id, not at a number of rows: page 1000 costs what the first one does. */
    private static ScrollPosition position(OptionalLong before) {
        return before.isPresent() ? ScrollPosition.forward(Map.of("id", before.getAsLong())) : ScrollPosition.keyset();
    }
}
