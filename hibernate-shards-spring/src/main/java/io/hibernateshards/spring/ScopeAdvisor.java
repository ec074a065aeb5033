package io.hibernateshards.spring;

import org.springframework.aop.Pointcut;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.core.Ordered;

/**
 * Applies {@link OnShard} and {@link Consistency} to the methods of beans. The auto-configuration makes one; without Spring Boot,
 * declare it as a bean where proxies are made, as by {@code @EnableTransactionManagement}. It goes around transactions.
 *
 * @since 0.1
 */
public final class ScopeAdvisor extends DefaultPointcutAdvisor {
    private static final long serialVersionUID = 1L;

    /** An advisor of the lowest precedence that is before that of transactions. */
    public ScopeAdvisor() {
        super(pointcut(), new ScopeInterceptor());
        setOrder(Ordered.LOWEST_PRECEDENCE - 100);
    }

    private static Pointcut pointcut() {
        return new ComposablePointcut(new AnnotationMatchingPointcut(OnShard.class, true))
                .union((Pointcut) new AnnotationMatchingPointcut(null, OnShard.class, true))
                .union((Pointcut) new AnnotationMatchingPointcut(Consistency.class, true))
                .union((Pointcut) new AnnotationMatchingPointcut(null, Consistency.class, true));
    }
}
