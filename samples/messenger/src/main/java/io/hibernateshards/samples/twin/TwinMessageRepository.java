package io.hibernateshards.samples.twin;

import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.repository.JpaRepository;

interface TwinMessageRepository extends JpaRepository<TwinMessage, Long> {
    Window<TwinMessage> findByConversationIdOrderByIdDesc(long conversation, ScrollPosition position, Limit limit);
}
