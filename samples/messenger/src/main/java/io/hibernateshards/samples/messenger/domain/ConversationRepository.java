package io.hibernateshards.samples.messenger.domain;

import java.util.Optional;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;

/** Conversations: their ids tell the shard, as they carry the bucket of the user who began them. */
public interface ConversationRepository extends JpaRepository<Conversation, Long> {
    /** With its members, by one query to one shard. */
    @EntityGraph(attributePaths = "members")
    Optional<Conversation> findWithMembersById(long id);
}
