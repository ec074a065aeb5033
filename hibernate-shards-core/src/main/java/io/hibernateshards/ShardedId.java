package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.hibernate.annotations.IdGeneratorType;

/**
 * An id that is generated without asking a server and, in every style but {@link IdStyle#SNOWFLAKE}, carries the bucket
 * of its row. An id that is already set when the entity is stored is kept, if it carries the right bucket.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.FIELD, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@IdGeneratorType(ShardedIdGenerator.class)
public @interface ShardedId {
    /**
     * How the id is made. {@link IdStyle#UUID_V7} needs an attribute of type {@code UUID}, the others of type
     * {@code Long} or {@code long}.
     *
     * @return the style
     */
    IdStyle style() default IdStyle.TIME_BUCKET;
}
