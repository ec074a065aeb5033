package io.hibernateshards.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How fresh what a method of a bean reads must be, where it reads from replicas: in read-only transactions, and in queries
 * outside of transactions. It holds for the session that the thread has and for those that are opened until the method
 * returns.
 *
 * <pre>{@code
 * @Transactional(readOnly = true)
 * @Consistency(value = BOUNDED, maxStaleness = "5s")
 * public List<Product> catalogue() { ... }
 * }</pre>
 *
 * <p>On a type it holds for all its methods that have none of their own.
 *
 * @see io.hibernateshards.Consistency
 * @since 0.1
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Consistency {
    /** What a reader may rely on. */
    enum Level {
        /** All that was committed before, by anybody: from the primary. */
        STRONG,
        /** What the session has written, and what its token says. */
        SESSION,
        /** All that was committed {@link Consistency#maxStaleness} ago. */
        BOUNDED,
        /** Whatever a replica has. */
        EVENTUAL
    }

    /**
     * The level.
     *
     * @return one of four
     */
    Level value();

    /**
     * How old what is read may be.
     *
     * @return a duration such as {@code 500ms}, {@code 5s} or {@code PT5S}; for {@link Level#BOUNDED}, and only there
     */
    String maxStaleness() default "";
}
