package io.hibernateshards.samples.twin;

import jakarta.persistence.LockModeType;
import java.util.Optional;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;

interface TwinUserRepository extends JpaRepository<TwinUser, Long> {
    @EntityGraph(attributePaths = "country")
    Slice<TwinUser> findByNameStartingWithOrderByNameAscIdAsc(String prefix, Pageable page);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    Optional<TwinUser> findLockedById(long id);
}
