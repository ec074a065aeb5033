package io.hibernateshards.spring.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.domain.Example;
import org.springframework.data.domain.ExampleMatcher;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Sort;
import org.springframework.data.domain.Window;
import org.springframework.data.jpa.domain.Specification;

/** Whatever Spring Data offers answers over four databases as it does over one with plain Hibernate. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RepositoriesTest {
    private static final String[] CITIES = {"Oslo", "Bergen", "Aachen", "Århus"};

    private final Side sharded = Side.sharded();
    private final Side plain = Side.plain();

    @BeforeAll
    void fill() {
        for (Side side : List.of(sharded, plain)) {
            side.stored(() -> {
                List<Author> authors = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    Author author =
                            new Author(i, "Name" + i * 7 % 13, i % 5 == 4 ? null : CITIES[i % 5], 20 + i * 11 % 37);
                    for (int b = 0; b < i % 4; b++) {
                        author.books.add(new Book(author, "Book " + i + "-" + b, (i * 17 % 23) + ".5" + b));
                    }
                    authors.add(author);
                }
                side.authors.saveAll(authors);
                for (int i = 0; i < 20; i++) {
                    side.visits.save(new Visit(i % 2 == 0 ? "north" : "south", i % 3, i, "guest" + i % 4));
                }
            });
        }
    }

    @AfterAll
    void close() {
        sharded.close();
        plain.close();
    }

    private static Object page(Page<?> page) {
        return page.getContent() + " of " + page.getTotalElements() + " in " + page.getTotalPages();
    }

    private static Object slice(Slice<?> slice) {
        return slice.getContent() + " " + slice.hasNext();
    }

    /** All windows, one after the other. */
    private static Object windows(Function<ScrollPosition, Window<Author>> scroll, ScrollPosition first) {
        List<Object> all = new ArrayList<>();
        ScrollPosition position = first;
        while (true) {
            Window<Author> window = scroll.apply(position);
            all.add(window.getContent());
            if (!window.hasNext()) {
                return all;
            }
            position = window.positionAt(window.size() - 1);
        }
    }

    private static Object rows(List<Object[]> rows) {
        return rows.stream().map(List::of).toList();
    }

    private static Specification<Author> grown(int age) {
        return (root, query, criteria) -> criteria.greaterThan(root.get("age"), age);
    }

    private static Specification<Author> livesIn(String city) {
        return (root, query, criteria) -> criteria.equal(root.get("city"), city);
    }

    private static final Sort BY_ID = Sort.by("id");

    /** Questions, all of which give an order. */
    private static Map<String, Side.Question> questions() {
        Map<String, Side.Question> all = new LinkedHashMap<>();
        all.put(
                "findAll sorted",
                s -> s.authors.findAll(Sort.by("name").descending().and(BY_ID)));
        all.put("nulls by default", s -> s.authors.findAll(Sort.by("city").and(BY_ID)));
        all.put(
                "nulls first",
                s -> s.authors.findAll(Sort.by(Sort.Order.asc("city").nullsFirst(), Sort.Order.asc("id"))));
        all.put(
                "nulls last, descending",
                s -> s.authors.findAll(Sort.by(Sort.Order.desc("city").nullsLast(), Sort.Order.asc("id"))));
        all.put(
                "ignoring case",
                s -> s.authors.findAll(
                        Sort.by(Sort.Order.asc("name").ignoreCase()).and(BY_ID)));
        all.put("derived, equal", s -> s.authors.findByCityOrderByName("Oslo").size());
        all.put("derived, null", s -> s.authors.findByCityOrderByName(null).size());
        all.put(
                "derived, several conditions",
                s -> s.authors.findByNameContainingIgnoreCaseAndAgeBetweenOrderByAgeDescIdAsc("NAME1", 20, 50));
        all.put("derived, in", s -> s.authors.findByCityIn(List.of("Oslo", "Århus"), BY_ID));
        all.put("first", s -> s.authors.findFirstByOrderByAgeDescIdAsc());
        all.put("top 3", s -> s.authors.findTop3ByOrderByAgeAscIdAsc());
        all.put("limit", s -> s.authors.findByAgeGreaterThan(30, Sort.by("age", "id"), Limit.of(5)));
        for (int number : new int[] {0, 1, 3, 9}) {
            PageRequest request = PageRequest.of(number, 7, Sort.by("name", "id"));
            all.put("page " + number, s -> page(s.authors.findByAgeLessThan(50, request)));
            all.put("slice " + number, s -> slice(s.authors.findSliceByAgeLessThan(50, request)));
            all.put("page of all " + number, s -> page(s.authors.findAll(request)));
            all.put("page by specification " + number, s -> page(s.authors.findAll(grown(30), request)));
        }
        all.put(
                "keyset windows",
                s -> windows(
                        position -> s.authors.findFirst4ByAgeGreaterThan(25, position, Sort.by("age", "id")),
                        ScrollPosition.keyset()));
        all.put(
                "offset windows",
                s -> windows(
                        position -> s.authors.findFirst4ByAgeGreaterThan(25, position, Sort.by("name", "id")),
                        ScrollPosition.offset()));
        all.put(
                "keyset windows by specification",
                s -> windows(
                        position -> s.authors.findBy(grown(30), query -> query.sortBy(Sort.by("name", "id"))
                                .limit(6)
                                .scroll(position)),
                        ScrollPosition.keyset()));
        all.put("interface projection", s -> s.authors.findNamedByAgeGreaterThanOrderByNameAscIdAsc(40).stream()
                .map(named -> named.getName() + named.getCity())
                .toList());
        all.put("record projection", s -> s.authors.findAgedByCityOrderByNameAscIdAsc("Bergen"));
        all.put("dynamic projection", s -> s.authors.findByCityNotNullOrderById(Authors.Aged.class));
        all.put("dynamic projection, entity", s -> s.authors.findByCityNotNullOrderById(Author.class));
        all.put("constructor expression", s -> s.authors.agedAbove(40));
        all.put("count", s -> s.authors.count() + " " + s.authors.countByCity("Oslo"));
        all.put("exists", s -> s.authors.existsByName("Name1") + " " + s.authors.existsByName("Nobody"));
        all.put("existsById", s -> s.authors.existsById(7L) + " " + s.authors.existsById(700L));
        all.put("findById", s -> s.authors.findById(7L) + " " + s.authors.findById(700L));
        all.put("findAllById", s -> s.authors.findAllById(List.of(3L, 1L, 99L, 2L, 3L)).stream()
                .map(Author::toString)
                .sorted()
                .toList());
        all.put("getReferenceById", s -> s.authors.getReferenceById(5L).name);
        all.put("named query", s -> s.authors.olderThan(45));
        all.put(
                "group by",
                s -> rows(s.authors.cities().stream()
                        .map(row -> {
                            Object[] shown = row.clone();
                            for (int i = 0; i < shown.length; i++) {
                                shown[i] = String.valueOf(shown[i]);
                            }
                            return shown;
                        })
                        .toList()));
        all.put("distinct", s -> s.authors.distinctCities());
        all.put("join", s -> s.authors.withBooksAbove(new BigDecimal("15")));
        all.put("entity graph", s -> s.authors.findByAgeLessThanOrderById(40).stream()
                .map(author -> author + " " + author.books)
                .toList());
        all.put("named entity graph", s -> s.authors.findWithBooksById(7L).map(author -> author.books));
        all.put("stream", s -> {
            try (Stream<Author> authors = s.authors.streamByAgeGreaterThanOrderByNameAscIdAsc(25)) {
                return authors.map(Author::toString).toList();
            }
        });
        all.put("native", s -> s.authors.namesByAge(30).stream().sorted().toList());
        all.put("specification", s -> s.authors.findAll(grown(30).and(livesIn("Oslo")), BY_ID));
        all.put(
                "specification, or, not",
                s -> s.authors.findAll(Specification.not(grown(30)).or(livesIn("Oslo")), BY_ID));
        all.put(
                "specification over a collection",
                s -> s.authors.count((root, query, criteria) -> criteria.isNotEmpty(root.get("books"))));
        all.put("specification, exists", s -> s.authors.exists(grown(100)) + " " + s.authors.exists(grown(30)));
        Author probe = new Author(0, "name1", "Oslo", 0);
        Example<Author> example = Example.of(
                probe,
                ExampleMatcher.matching()
                        .withIgnorePaths("id", "age", "version")
                        .withIgnoreCase()
                        .withStringMatcher(ExampleMatcher.StringMatcher.STARTING));
        all.put("example", s -> s.authors.findAll(example, BY_ID));
        all.put("example, page", s -> page(s.authors.findAll(example, PageRequest.of(0, 2, BY_ID))));
        all.put("example, count", s -> s.authors.count(example) + " " + s.authors.exists(example));
        all.put(
                "fluent example",
                s -> s.authors.findBy(example, query -> query.sortBy(BY_ID).as(Authors.Named.class).all().stream()
                        .map(Authors.Named::getName)
                        .toList()));
        all.put("by a path", s -> s.books.findByAuthorIdOrderByTitle(7L));
        all.put("by a path, joined", s -> s.books.findByAuthorCityOrderByPriceDescTitleAsc("Århus"));
        all.put(
                "by a path, page",
                s -> page(s.books.findByPriceGreaterThan(
                        BigDecimal.TEN, PageRequest.of(1, 5, Sort.by("author.name", "title")))));
        all.put("by a path, exists", s -> s.books.existsByTitleAndAuthorName("Book 7-1", "Name10"));
        all.put("uuid ids", s -> s.books
                .findAllById(s.books.findByAuthorIdOrderByTitle(7L).stream()
                        .map(book -> book.id)
                        .toList())
                .size());
        all.put("embedded id", s -> s.visits.findById(new Visit.Id("north", 1, 4)));
        all.put("embedded ids", s -> s.visits
                .findAllById(List.of(new Visit.Id("north", 1, 4), new Visit.Id("south", 1, 1), new Visit.Id("x", 1, 1)))
                .size());
        all.put("parts of an embedded id", s -> s.visits.findByIdRegionAndIdPlaceOrderByIdNumber("south", 1));
        all.put("no part of the key", s -> s.visits.findByGuestOrderByIdRegionAscIdPlaceAscIdNumberAsc("guest1"));
        return all;
    }

    /** What changes rows. */
    private static Map<String, Side.Question> changes() {
        Map<String, Side.Question> all = new LinkedHashMap<>();
        all.put(
                "modifying",
                s -> s.authors.growOlder("Oslo", 3) + " " + s.authors.findByCityIn(List.of("Oslo"), BY_ID));
        all.put("modifying delete", s -> s.authors.deleteWithoutBooks(30) + " " + s.authors.count());
        all.put(
                "derived delete",
                s -> s.authors.deleteByCity("Bergen") + " " + s.authors.count() + " " + s.books.count());
        all.put("derived remove", s -> s.authors.removeByAgeGreaterThan(50).size() + " " + s.authors.count());
        all.put("lock", s -> s.authors.findLockedByCityOrderById("Oslo"));
        all.put("lock one", s -> s.authors.findLockedById(3L));
        all.put("dirty checking", s -> {
            s.authors.findById(3L).orElseThrow().name = "changed";
            s.authors.findById(4L).orElseThrow().name = "changed";
            return s.authors.countByCity("Oslo") + " " + s.authors.existsByName("changed");
        });
        all.put("save, merge", s -> {
            Author detached = s.authors.findById(3L).orElseThrow();
            s.entityManager.clear();
            detached.name = "merged";
            Author merged = s.authors.saveAndFlush(detached);
            return merged + " " + (merged == detached) + " " + merged.version + " " + s.authors.findById(3L);
        });
        all.put("save, new", s -> {
            Author saved = s.authors.saveAndFlush(new Author(1000, "New", "Oslo", 1));
            return saved + " " + saved.version + " " + (saved.created != null) + " " + (saved.changed != null);
        });
        all.put("delete", s -> {
            s.authors.delete(s.authors.findById(7L).orElseThrow());
            s.authors.deleteById(8L);
            s.authors.deleteById(8000L);
            s.authors.flush();
            return s.authors.count() + " " + s.books.count();
        });
        all.put("deleteAll", s -> {
            s.authors.deleteAll(s.authors.findByCityIn(List.of("Oslo"), BY_ID));
            s.authors.deleteAllById(List.of(1L, 2L));
            return s.authors.count() + " " + s.books.count();
        });
        all.put("deleteAllInBatch", s -> {
            s.books.deleteAllInBatch(s.books.findByAuthorIdOrderByTitle(7L));
            long left = s.books.count();
            s.books.deleteAllInBatch();
            s.authors.deleteAllByIdInBatch(List.of(1L, 2L, 3L));
            return left + " " + s.books.count() + " " + s.authors.count();
        });
        all.put("specification, delete", s -> {
            s.books.deleteAllInBatch();
            return s.authors.delete((from, criteria) -> criteria.greaterThan(from.get("age"), 40)) + " "
                    + s.authors.count();
        });
        all.put(
                "specification, update",
                s -> s.authors.update((root, update, criteria) -> {
                            update.set(root.<Integer>get("age"), 1);
                            return criteria.equal(root.get("city"), "Oslo");
                        })
                        + " " + s.authors.countByCity("Oslo"));
        all.put("orphans", s -> {
            s.authors.findById(7L).orElseThrow().books.remove(0);
            s.authors.flush();
            return s.books.findByAuthorIdOrderByTitle(7L);
        });
        return all;
    }

    @TestFactory
    Stream<DynamicTest> questions_areAnsweredAsOnOneDatabase() {
        return questions().entrySet().stream()
                .map(question -> DynamicTest.dynamicTest(question.getKey(), () -> {
                    String expected = plain.tried(question.getValue(), false);
                    assertThat(sharded.tried(question.getValue(), false)).isEqualTo(expected);
                    assertThat(sharded.tried(question.getValue(), true)).isEqualTo(expected);
                }));
    }

    @TestFactory
    Stream<DynamicTest> changes_changeTheSame() {
        return changes().entrySet().stream()
                .map(change -> DynamicTest.dynamicTest(
                        change.getKey(), () -> assertThat(sharded.tried(change.getValue(), false))
                                .isEqualTo(plain.tried(change.getValue(), false))));
    }
}
