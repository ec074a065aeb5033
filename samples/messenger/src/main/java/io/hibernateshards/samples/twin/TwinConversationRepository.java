package io.hibernateshards.samples.twin;

import java.util.Optional;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;

interface TwinConversationRepository extends JpaRepository<TwinConversation, Long> {
    @EntityGraph(attributePaths = "members")
    Optional<TwinConversation> findWithMembersById(long id);
}
