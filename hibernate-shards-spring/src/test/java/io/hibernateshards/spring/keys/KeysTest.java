package io.hibernateshards.spring.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spring.keys.Kinds.ByCouple;
import io.hibernateshards.spring.keys.Kinds.ByEnum;
import io.hibernateshards.spring.keys.Kinds.ByOwnUuid;
import io.hibernateshards.spring.keys.Kinds.ByPair;
import io.hibernateshards.spring.keys.Kinds.ByParent;
import io.hibernateshards.spring.keys.Kinds.BySequence;
import io.hibernateshards.spring.keys.Kinds.ByTenant;
import io.hibernateshards.spring.keys.Kinds.ByText;
import io.hibernateshards.spring.keys.Kinds.ByTime;
import io.hibernateshards.spring.keys.Kinds.ByUuid;
import io.hibernateshards.spring.keys.Kinds.Color;
import io.hibernateshards.spring.keys.Kinds.Couple;
import io.hibernateshards.spring.keys.Kinds.Everywhere;
import io.hibernateshards.spring.keys.Kinds.OnOne;
import io.hibernateshards.spring.keys.Kinds.Pair;
import io.hibernateshards.spring.keys.Kinds.Thing;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.data.jpa.repository.support.SimpleJpaRepository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A repository stores, finds, changes and removes entities of every kind of key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeysTest {
    private static final int ROWS = 24;
    private static final List<Color> COLORS = List.of(Color.RED, Color.GREEN, Color.BLUE);

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 4);
    private final ConfigurableApplicationContext context = start();
    private final EntityManager entityManager = context.getBean(EntityManager.class);
    private final TransactionTemplate transaction =
            new TransactionTemplate(context.getBean(PlatformTransactionManager.class));

    private ConfigurableApplicationContext start() {
        Map<String, Object> properties = new HashMap<>(cluster.settings());
        properties.put("spring.jpa.hibernate.ddl-auto", "create");
        properties.put("spring.jpa.properties.hibernate.jdbc.batch_size", "50");
        properties.put("spring.jpa.properties.hibernate.generate_statistics", "true");
        properties.put("spring.liquibase.enabled", "false");
        properties.put("spring.flyway.enabled", "false");
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(properties)
                .run();
    }

    @AfterAll
    void close() {
        context.close();
        cluster.close();
    }

    private <E extends Thing, I> DynamicTest repository(Class<E> type, Function<Integer, E> make, Function<E, I> id) {
        return dynamicTest(type.getSimpleName(), () -> {
            SimpleJpaRepository<E, I> repository = new SimpleJpaRepository<>(type, entityManager);
            List<E> made = IntStream.range(0, ROWS)
                    .mapToObj(i -> {
                        E one = make.apply(i);
                        one.text = String.format(Locale.ROOT, "%02d", i);
                        return one;
                    })
                    .toList();
            List<I> ids = new ArrayList<>();
            transaction.executeWithoutResult(status -> repository.saveAll(made).forEach(one -> ids.add(id.apply(one))));
            assertThat(ids).doesNotHaveDuplicates().doesNotContainNull();

            assertThat(repository.count()).isEqualTo(ROWS);
            assertThat(repository.findAll(Sort.by("text")))
                    .map(one -> one.text)
                    .isSorted()
                    .hasSize(ROWS);
            assertThat(repository.findAll(PageRequest.of(1, 5, Sort.by("text"))).getContent())
                    .map(one -> one.text)
                    .containsExactly("05", "06", "07", "08", "09");
            for (int i = 0; i < ROWS; i++) {
                E found = repository.findById(ids.get(i)).orElseThrow();
                assertThat(found.text).isEqualTo(made.get(i).text);
                assertThat(repository.existsById(ids.get(i))).isTrue();
            }
            assertThat(repository.findAllById(ids.subList(3, 8)))
                    .map(one -> one.text)
                    .containsExactlyInAnyOrder("03", "04", "05", "06", "07");

            transaction.executeWithoutResult(status -> {
                E detached = made.get(3);
                detached.text = "changed";
                assertThat(repository.save(detached).text).isEqualTo("changed");
                repository.findById(ids.get(4)).orElseThrow().text = "changed";
            });
            assertThat(repository.findAll().stream().filter(one -> one.text.equals("changed")))
                    .map(id)
                    .containsExactlyInAnyOrder(ids.get(3), ids.get(4));

            transaction.executeWithoutResult(status -> {
                repository.deleteById(ids.get(0));
                repository.delete(repository.findById(ids.get(1)).orElseThrow());
                repository.deleteAllById(List.of(ids.get(2), ids.get(3)));
            });
            assertThat(repository.existsById(ids.get(0))).isFalse();
            assertThat(repository.findById(ids.get(3))).isEmpty();
            assertThat(repository.count()).isEqualTo(ROWS - 4);
            transaction.executeWithoutResult(status -> repository.deleteAll());
            assertThat(repository.count()).isZero();
        });
    }

    private static <E> E with(E entity, Consumer<E> change) {
        change.accept(entity);
        return entity;
    }

    @TestFactory
    Stream<DynamicTest> everyKind() {
        return Stream.of(
                repository(ByTime.class, i -> new ByTime(), one -> Objects.requireNonNull(one.id)),
                repository(BySequence.class, i -> new BySequence(), one -> Objects.requireNonNull(one.id)),
                repository(ByUuid.class, i -> new ByUuid(), one -> Objects.requireNonNull(one.id)),
                repository(ByText.class, i -> with(new ByText(), one -> one.id = "text" + i), one -> one.id),
                repository(ByOwnUuid.class, i -> with(new ByOwnUuid(), one -> one.id = new UUID(i, i)), one -> one.id),
                repository(
                        ByTenant.class,
                        i -> with(new ByTenant(), one -> {
                            one.id = new UUID(i, 1);
                            one.tenant = "tenant" + i % 7;
                        }),
                        one -> one.id),
                repository(
                        ByEnum.class,
                        i -> with(new ByEnum(), one -> {
                            one.id = i + 1;
                            one.color = COLORS.get(i % 3);
                        }),
                        one -> one.id),
                repository(
                        ByPair.class,
                        i -> with(new ByPair(), one -> one.id = new Pair("left" + i % 5, i)),
                        one -> one.id),
                repository(
                        ByCouple.class,
                        i -> with(new ByCouple(), one -> {
                            one.one = "one" + i % 5;
                            one.two = i;
                        }),
                        one -> new Couple(one.one, one.two)),
                repository(OnOne.class, i -> with(new OnOne(), one -> one.id = i + 1L), one -> one.id),
                repository(Everywhere.class, i -> with(new Everywhere(), one -> one.id = "e" + i), one -> one.id));
    }

    @Test
    void whatLivesWithAnother_isStoredWithIt() {
        SimpleJpaRepository<ByText, String> parents = new SimpleJpaRepository<>(ByText.class, entityManager);
        SimpleJpaRepository<ByParent, Long> children = new SimpleJpaRepository<>(ByParent.class, entityManager);
        transaction.executeWithoutResult(status -> {
            for (int i = 0; i < 10; i++) {
                String name = "parent" + i;
                ByText parent = parents.save(with(new ByText(), one -> one.id = name));
                ByParent child = children.save(with(new ByParent(), one -> one.parent = parent));
                ShardedSession session = entityManager.unwrap(ShardedSession.class);
                assertThat(session.shardOf(child)).isEqualTo(session.shardOf(parent));
            }
        });
        assertThat(children.count((root, query, criteria) ->
                        criteria.equal(root.get("parent").get("id"), "parent3")))
                .isEqualTo(1);
        transaction.executeWithoutResult(status -> {
            children.deleteAll();
            parents.deleteAll();
        });
    }

    @Test
    void saveAll_sendsOneBatchForEachShard() {
        Statistics statistics = context.getBean(ShardedSessionFactory.class).getStatistics();
        SimpleJpaRepository<ByTime, Long> repository = new SimpleJpaRepository<>(ByTime.class, entityManager);
        statistics.clear();
        transaction.executeWithoutResult(status ->
                repository.saveAll(Stream.generate(ByTime::new).limit(200).toList()));
        assertThat(statistics.getEntityInsertCount()).isEqualTo(200);
        // 200 rows in batches of 50: each shard prepares its insert for its own
        assertThat(statistics.getPrepareStatementCount()).isBetween(4L, 12L);
        transaction.executeWithoutResult(status -> repository.deleteAllInBatch());
        assertThat(repository.count()).isZero();
    }
}
