package io.hibernateshards.samples.messenger.domain;

import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.repository.JpaRepository;

/** Messages, by conversation: one shard. */
public interface MessageRepository extends JpaRepository<Message, Long> {
    /** The newest first, from a position on. */
    Window<Message> findByConversationIdOrderByIdDesc(long conversation, ScrollPosition position, Limit limit);
}
