package io.hibernateshards.spring;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Calls a method within what {@link OnShard} and {@link Consistency} say of it. */
final class ScopeInterceptor implements MethodInterceptor {
    private static final SpelExpressionParser PARSER = new SpelExpressionParser();
    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

    @Override
    public @Nullable Object invoke(MethodInvocation call) throws Throwable {
        Surroundings inner = Surroundings.current();
        OnShard shard = said(OnShard.class, call);
        if (shard != null) {
            inner = inner.with(route(shard, call));
        }
        Consistency consistency = said(Consistency.class, call);
        io.hibernateshards.Consistency level = consistency == null ? null : level(consistency, call.getMethod());
        if (level != null) {
            inner = inner.with(level);
        }
        Surroundings outer = Surroundings.current();
        Map<ShardedSession, io.hibernateshards.Consistency> before = level == null ? Map.of() : apply(level);
        Surroundings.set(inner);
        try {
            return call.proceed();
        } finally {
            Surroundings.set(outer);
            before.forEach((session, old) -> {
                if (session.isOpen()) {
                    session.setConsistency(old);
                }
            });
        }
    }

    /** The sessions that this thread has, and what they had been told. */
    private static Map<ShardedSession, io.hibernateshards.Consistency> apply(io.hibernateshards.Consistency level) {
        Map<ShardedSession, io.hibernateshards.Consistency> before = new LinkedHashMap<>(1);
        for (Object resource :
                TransactionSynchronizationManager.getResourceMap().values()) {
            if (resource instanceof EntityManagerHolder holder
                    && holder.getEntityManager() instanceof ShardedSession session
                    && session.isOpen()) {
                before.put(session, session.getConsistency());
                session.setConsistency(level);
            }
        }
        return before;
    }

    /** On the method, else on its type; of a repository, on the interface. */
    private static <A extends Annotation> @Nullable A said(Class<A> annotation, MethodInvocation call) {
        Object target = call.getThis();
        Class<?> type = target == null ? call.getMethod().getDeclaringClass() : AopUtils.getTargetClass(target);
        Method specific = AopUtils.getMostSpecificMethod(call.getMethod(), type);
        A found = AnnotatedElementUtils.findMergedAnnotation(specific, annotation);
        if (found == null) {
            found = AnnotatedElementUtils.findMergedAnnotation(call.getMethod(), annotation);
        }
        return found != null ? found : AnnotatedElementUtils.findMergedAnnotation(type, annotation);
    }

    private static ShardRoute route(OnShard shard, MethodInvocation call) {
        Method method = call.getMethod();
        boolean named = !shard.value().isEmpty();
        if (named == shard.key().length > 0 || named && shard.entity() != void.class) {
            throw new IllegalStateException("@OnShard of " + method
                    + ": give either the shard's name as value, or key, with entity if need be");
        }
        if (!named) {
            Object entity = shard.entity() == void.class ? null : shard.entity();
            List<Object> values = new ArrayList<>();
            for (String key : shard.key()) {
                values.add(value(key.startsWith("#") ? key : parameter(key), "key", call));
            }
            return ShardRoute.of(
                    entity,
                    values.size() == 1 && values.get(0) instanceof ShardKeys ? values.get(0) : new ShardKeys(values));
        }
        Object value = shard.value().startsWith("#") ? value(shard.value(), "value", call) : shard.value();
        return ShardRoute.of(value instanceof ShardId id ? id : ShardId.of(value.toString()));
    }

    private static String parameter(String key) {
        return key.matches("[\\p{javaJavaIdentifierStart}][\\p{javaJavaIdentifierPart}]*") ? "#" + key : key;
    }

    private static Object value(String expression, String what, MethodInvocation call) {
        Object target = call.getThis();
        Method method = target == null
                ? call.getMethod()
                : AopUtils.getMostSpecificMethod(call.getMethod(), AopUtils.getTargetClass(target));
        Object value = PARSER.parseExpression(expression)
                .getValue(new MethodBasedEvaluationContext(target, method, call.getArguments(), NAMES));
        if (value == null) {
            throw new IllegalArgumentException("@OnShard of " + method + ": the " + what + " " + expression
                    + " is null. Is it a parameter's name, and is the code compiled with -parameters?");
        }
        return value;
    }

    private static io.hibernateshards.Consistency level(Consistency consistency, Method method) {
        boolean bounded = consistency.value() == Consistency.Level.BOUNDED;
        if (bounded == consistency.maxStaleness().isEmpty()) {
            throw new IllegalStateException(
                    "@Consistency of " + method + ": maxStaleness goes with BOUNDED, and BOUNDED with maxStaleness");
        }
        return switch (consistency.value()) {
            case STRONG -> io.hibernateshards.Consistency.STRONG;
            case SESSION -> io.hibernateshards.Consistency.SESSION;
            case EVENTUAL -> io.hibernateshards.Consistency.EVENTUAL;
            case BOUNDED ->
                io.hibernateshards.Consistency.bounded(DurationStyle.detectAndParse(consistency.maxStaleness()));
        };
    }
}
