package io.hibernateshards.spring.data;

import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;

/** By paths that lead to another entity. */
interface Books extends JpaRepository<Book, UUID> {
    List<Book> findByAuthorIdOrderByTitle(Long author);

    List<Book> findByAuthorCityOrderByPriceDescTitleAsc(String city);

    Page<Book> findByPriceGreaterThan(BigDecimal price, Pageable page);

    boolean existsByTitleAndAuthorName(String title, String name);
}
