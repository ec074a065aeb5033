package io.hibernateshards.samples.messenger.domain;

import jakarta.persistence.LockModeType;
import java.util.Optional;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;

/** Users. */
public interface UserRepository extends JpaRepository<User, Long> {
    /** Asks all shards, as a name says nothing of where its user lives, and merges their answers. */
    @EntityGraph(attributePaths = "country")
    Slice<User> findByNameStartingWithOrderByNameAscIdAsc(String prefix, Pageable page);

    /** Nobody else changes the user until the transaction ends. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    Optional<User> findLockedById(long id);
}
