package io.hibernateshards.spring.data;

import jakarta.persistence.LockModeType;
import jakarta.persistence.QueryHint;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.KeysetScrollPosition;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Sort;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.jpa.repository.QueryHints;

/** Every kind of method that Spring Data knows. */
interface Authors extends JpaRepository<Author, Long>, JpaSpecificationExecutor<Author> {
    /** An interface projection. */
    interface Named {
        String getName();

        @Nullable
        String getCity();
    }

    /** A record projection. */
    record Aged(String name, int age) {}

    List<Author> findByCityOrderByName(@Nullable String city);

    List<Author> findByNameContainingIgnoreCaseAndAgeBetweenOrderByAgeDescIdAsc(String part, int from, int to);

    List<Author> findByCityIn(Collection<String> cities, Sort sort);

    Optional<Author> findFirstByOrderByAgeDescIdAsc();

    List<Author> findTop3ByOrderByAgeAscIdAsc();

    List<Author> findByAgeGreaterThan(int age, Sort sort, Limit limit);

    Page<Author> findByAgeLessThan(int age, Pageable page);

    Slice<Author> findSliceByAgeLessThan(int age, Pageable page);

    Window<Author> findFirst4ByAgeGreaterThan(int age, ScrollPosition position, Sort sort);

    Window<Author> findFirst3ByOrderByCityAscIdAsc(KeysetScrollPosition position);

    List<Named> findNamedByAgeGreaterThanOrderByNameAscIdAsc(int age);

    List<Aged> findAgedByCityOrderByNameAscIdAsc(String city);

    <T> List<T> findByCityNotNullOrderById(Class<T> type);

    long countByCity(String city);

    boolean existsByName(String name);

    long deleteByCity(String city);

    List<Author> removeByAgeGreaterThan(int age);

    List<Author> olderThan(int age);

    @Query(
            "select a.city, count(a), sum(a.age), avg(a.age) from Author a group by a.city order by count(a) desc, a.city")
    List<Object[]> cities();

    @Query("select distinct a.city from Author a where a.city is not null order by a.city")
    List<String> distinctCities();

    @Query("select a from Author a join a.books b where b.price > :#{#least} order by b.price desc, a.id")
    List<Author> withBooksAbove(BigDecimal least);

    @Query(
            "select new io.hibernateshards.spring.data.Authors$Aged(a.name, a.age) from Author a where a.age > ?1 order by a.id")
    List<Aged> agedAbove(int age);

    @EntityGraph(attributePaths = "books")
    List<Author> findByAgeLessThanOrderById(int age);

    @EntityGraph("Author.books")
    Optional<Author> findWithBooksById(Long id);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    List<Author> findLockedByCityOrderById(String city);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    Optional<Author> findLockedById(Long id);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @QueryHints(@QueryHint(name = "jakarta.persistence.lock.timeout", value = "0"))
    Optional<Author> findAtOnceById(Long id);

    @Modifying(clearAutomatically = true, flushAutomatically = true)
    @Query("update Author a set a.age = a.age + :by where a.city = :city")
    int growOlder(String city, int by);

    @Modifying
    @Query("delete from Author a where a.age > :age and not exists (select 1 from Book b where b.author = a)")
    int deleteWithoutBooks(int age);

    Stream<Author> streamByAgeGreaterThanOrderByNameAscIdAsc(int age);

    @NativeQuery("select name from author where age > :age")
    @QueryHints(@QueryHint(name = "hibernate.shards.query.all", value = "true"))
    List<String> namesByAge(int age);
}
