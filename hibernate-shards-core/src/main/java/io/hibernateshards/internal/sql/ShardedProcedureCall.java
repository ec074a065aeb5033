package io.hibernateshards.internal.sql;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.scatter.QueryHints;
import io.hibernateshards.internal.scatter.ShardAccess;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.procedure.ProcedureCall;
import org.jspecify.annotations.Nullable;

/**
 * A call of a stored procedure on the shard that its hints name. What is set on it before that is kept, and set on the
 * child's own call as soon as the shard is known; what asks for an answer needs the shard.
 */
public final class ShardedProcedureCall implements InvocationHandler {
    @SuppressWarnings("ArrayRecordComponent") // as they were given; never compared
    private record Step(Method method, @Nullable Object @Nullable [] arguments) {}

    private final ShardAccess access;
    private final String name;
    private final Function<SharedSessionContractImplementor, ProcedureCall> make;
    private final QueryHints hints = new QueryHints();
    private final List<Step> steps = new ArrayList<>();
    private @Nullable ProcedureCall call;

    private ShardedProcedureCall(
            ShardAccess access, String name, Function<SharedSessionContractImplementor, ProcedureCall> make) {
        this.access = access;
        this.name = name;
        this.make = make;
    }

    /**
     * A call.
     *
     * @param name for messages
     * @param make makes it on the child of a shard
     */
    public static ProcedureCall of(
            ShardAccess access, String name, Function<SharedSessionContractImplementor, ProcedureCall> make) {
        access.checkOpen();
        return (ProcedureCall) Proxy.newProxyInstance(
                ShardedProcedureCall.class.getClassLoader(),
                new Class<?>[] {ProcedureCall.class},
                new ShardedProcedureCall(access, name, make));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> arguments != null && proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "call of " + name;
            };
        }
        if (method.getName().equals("setHint")
                && arguments != null
                && arguments[0] instanceof String hint
                && hint.startsWith(ShardSettings.PREFIX)) {
            if (call != null) {
                throw new IllegalStateException("the call of " + name + " has its shard already; make another one");
            }
            if (hint.equals(ShardHints.ALL) || hint.equals(ShardHints.GATHER)) {
                throw new IllegalArgumentException(hint + ": a procedure runs on one shard");
            }
            hints.set(hint, arguments[1]);
            return proxy;
        }
        ProcedureCall known = call;
        if (known == null && method.getReturnType().isAssignableFrom(ProcedureCall.class)) {
            steps.add(new Step(method, arguments)); // it only sets something, for it gives back the call itself
            return proxy;
        }
        if (known == null && method.getName().equals("close")) {
            return null;
        }
        if (known == null) {
            known = make.apply(child());
            for (Step step : steps) {
                invokeOn(known, step.method(), step.arguments());
            }
            call = known;
        }
        Object result = invokeOn(known, method, arguments);
        return result == known ? proxy : result;
    }

    private static @Nullable Object invokeOn(ProcedureCall call, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(call, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private SharedSessionContractImplementor child() {
        access.checkOpen();
        Target one = hints.one(access.router(), access.template());
        var shards = access.router().topology().shards();
        ShardId scope = access.scope();
        if (one == null && scope != null) {
            one = Target.one(scope);
        }
        if (one == null && shards.size() == 1) {
            one = Target.one(shards.get(0));
        }
        if (one == null) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING,
                    "the call of " + name + " does not say which of the " + shards.size()
                            + " shards it is for. A procedure runs on one: set the hint " + ShardHints.KEY + " or "
                            + ShardHints.SHARD + ", constants of ShardHints, before what needs an answer. Nothing was"
                            + " sent");
        }
        return access.child(one.shards().get(0));
    }
}
