package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says what places an entity's rows. On a basic attribute, its value is the key and the entity is a root. On a
 * {@code @ManyToOne} or {@code @OneToOne}, the entity lives with the one it points to, through any number of levels. On
 * the type, {@link #value()} names the attributes of a composite key.
 *
 * <p>A key never changes once the row is stored: an update that would change it is refused.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface ShardKey {
    /**
     * On a type: the attributes that make up the key, in order; a dot reaches into an embeddable ({@code "home.region"}).
     * Must be left empty on an attribute.
     *
     * @return attribute names
     */
    String[] value() default {};

    /**
     * The bucket function: {@code hash}, {@code id}, or a name configured under {@code hibernate.shards.function}. Only on
     * a root; an entity that lives with another has that one's. The default is {@code id} for a key that is itself a
     * {@link ShardedId} which carries a bucket, else {@code hash}.
     *
     * @return a name, or empty for the default
     */
    String function() default "";
}
