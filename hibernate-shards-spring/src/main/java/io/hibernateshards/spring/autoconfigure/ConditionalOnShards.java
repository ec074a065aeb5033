package io.hibernateshards.spring.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Conditional;

/**
 * Matches in an application whose properties have {@code hibernate.shards.shards}, or any {@code hibernate.shards.shard.*},
 * unless {@code hibernate.shards.spring.enabled} is {@code false}.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Conditional(OnShardsCondition.class)
public @interface ConditionalOnShards {}
