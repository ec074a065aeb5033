package io.hibernateshards.samples.messenger.domain;

import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.repository.JpaRepository;

/** Inbox entries, by reader: one shard. */
public interface InboxRepository extends JpaRepository<InboxEntry, Long> {
    /** The newest first, from a position on. */
    Window<InboxEntry> findByReaderIdOrderByIdDesc(long reader, ScrollPosition position, Limit limit);
}
