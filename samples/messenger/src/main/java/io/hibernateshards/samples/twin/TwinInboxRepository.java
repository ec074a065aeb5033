package io.hibernateshards.samples.twin;

import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.repository.JpaRepository;

interface TwinInboxRepository extends JpaRepository<TwinInboxEntry, Long> {
    Window<TwinInboxEntry> findByReaderIdOrderByIdDesc(long reader, ScrollPosition position, Limit limit);
}
