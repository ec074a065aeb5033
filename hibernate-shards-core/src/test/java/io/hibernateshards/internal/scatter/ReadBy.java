package io.hibernateshards.internal.scatter;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.Session;
import org.hibernate.query.Query;

/** A session whose queries yield their lists in another way: every question can be asked by stream and by scroll too. */
final class ReadBy {
    private ReadBy() {}

    static List<?> stream(Query<?> query) {
        try (Stream<?> stream = query.getResultStream()) {
            List<Object> rows = new ArrayList<>();
            stream.forEach(rows::add);
            return rows;
        }
    }

    /** With a row or two a fetch, so that every block ends somewhere. */
    static List<?> smallFetches(Query<?> query) {
        return stream(query.setFetchSize(2));
    }

    /** From the end to the start, and turned round. */
    static List<?> backwards(Query<?> query) {
        try (ScrollableResults<?> results = query.scroll(ScrollMode.SCROLL_INSENSITIVE)) {
            List<Object> rows = new ArrayList<>();
            results.afterLast();
            while (results.previous()) {
                rows.add(0, results.get());
            }
            return rows;
        }
    }

    static Session session(Session session, Function<Query<?>, List<?>> reader) {
        return proxy(session, Session.class, reader);
    }

    private static <T> T proxy(Object target, Class<T> type, Function<Query<?>, List<?>> reader) {
        return type.cast(Proxy.newProxyInstance(
                ReadBy.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (target instanceof Query<?> query
                            && (method.getName().equals("getResultList")
                                    || method.getName().equals("list"))) {
                        return reader.apply(query);
                    }
                    try {
                        Object result = method.invoke(target, arguments);
                        return result == target
                                ? proxy
                                : result instanceof Query
                                                && method.getReturnType().isAssignableFrom(Query.class)
                                        ? proxy(result, Query.class, reader)
                                        : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
