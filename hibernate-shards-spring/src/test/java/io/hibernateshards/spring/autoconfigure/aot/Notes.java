package io.hibernateshards.spring.autoconfigure.aot;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

public interface Notes extends JpaRepository<Note, String> {
    List<Note> findByStarsGreaterThanOrderByTitle(int stars);

    @Query("select sum(n.stars) from Note n")
    long stars();
}
