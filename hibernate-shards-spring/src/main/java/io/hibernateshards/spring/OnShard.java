package io.hibernateshards.spring;

import io.hibernateshards.ShardKeys;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which shard a method of a bean is for, as {@link ShardContext} does around its call: by a name or by a key, one of which
 * must be there. Its transaction, if it begins one, begins within.
 *
 * <pre>{@code
 * @OnShard(key = "customerId", entity = Customer.class)
 * public int purchases(long customerId) {
 *     return jdbc.sql("select count(*) from purchase where customer_id = ?").param(customerId)
 *             .query(Integer.class).single();
 * }
 * }</pre>
 *
 * <p>On a type it holds for all its methods that have none of their own; repositories may have it too. It holds while the
 * method itself runs: a publisher or a stream that is read later is read outside.
 *
 * @since 0.1
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface OnShard {
    /**
     * The shard's name, or an expression that begins with {@code #} and yields it or a {@code ShardId}.
     *
     * @return empty if {@link #key} is given
     */
    String value() default "";

    /**
     * The values of the key, one for each of its attributes: names of parameters, or expressions such as {@code
     * #order.customerId}. One that yields {@link ShardKeys} is a whole key.
     *
     * @return empty if {@link #value} is given
     */
    String[] key() default {};

    /**
     * The entity whose key it is.
     *
     * @return only needed where entities are placed by several kinds of keys
     */
    Class<?> entity() default void.class;
}
