package io.hibernateshards.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.context.annotation.Import;

/**
 * Real PostgreSQL shards for a test class, or for a configuration class:
 *
 * <ul>
 *   <li>on a JUnit Jupiter test, with Spring or without, they are started before the class, and test methods and
 *       constructors may take a {@link io.hibernateshards.cluster.LocalCluster}, or its settings as a {@code Map<String,
 *       String>};
 *   <li>on a {@code @SpringBootTest} the application finds them: its {@code hibernate.shards.*} settings are those of the
 *       cluster, whatever its files say;
 *   <li>on a configuration class it is the same, so that an application can be run while it is developed: {@code
 *       SpringApplication.from(Shop::main).with(LocalShop.class).run(args)}. For {@code ApplicationContextRunner}
 *       there is {@link LocalShardsInitializer}.
 * </ul>
 *
 * <p>Shards are started once in a JVM for equal {@link #shards}, {@link #names}, {@link #replicas} and {@link #servers}: test
 * classes share them, and what is in them. {@link #own} gives a class its own. Needs {@code hibernate-shards-local-cluster},
 * where the system property {@code shards.postgres} says what kind of servers it is to start.
 *
 * @since 0.1
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(LocalShardsExtension.class)
@Import(LocalShardsSelector.class)
public @interface LocalShards {
    /**
     * How many shards.
     *
     * @return at least 1
     */
    int shards() default 4;

    /**
     * What the shards are called, where the mapping or the settings name some. There are then as many shards as names.
     *
     * @return by default {@code shard0}, {@code shard1} and so on
     */
    String[] names() default {};

    /**
     * How many streaming replicas each server has.
     *
     * @return 0 or more
     */
    int replicas() default 0;

    /**
     * Whether each shard is a server of its own.
     *
     * @return false for a database each of one server, which starts quicker
     */
    boolean servers() default false;

    /**
     * Whether the shards are those of this class alone. They are gone after it, so that a Spring context over them has to
     * be closed by {@code @DirtiesContext}. If they are {@link #servers} or have {@link #replicas}, tests may stop and kill
     * them.
     *
     * @return false to share them with other test classes
     */
    boolean own() default false;

    /**
     * More settings, each {@code name=value}. {@code hibernate.shards.query.scatter=deny} forbids queries that ask several
     * shards in the whole class.
     *
     * @return by default none
     */
    String[] settings() default {};
}
