package io.hibernateshards.internal.scatter;

import jakarta.persistence.Tuple;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hibernate.Session;
import org.hibernate.query.Query;
import org.hibernate.query.SelectionQuery;
import org.jspecify.annotations.Nullable;

/** A question to both databases, and whether the order of its answer is told by the query. */
record Ask(String name, boolean ordered, Function<Session, List<?>> question) {
    /** What is set on the query before it runs. */
    interface Setup {
        void on(SelectionQuery<?> query);
    }

    static Ask ordered(String hql, Setup... setups) {
        return hql(hql, null, true, setups);
    }

    static Ask ordered(String hql, Class<?> type, Setup... setups) {
        return hql(hql, type, true, setups);
    }

    static Ask any(String hql, Setup... setups) {
        return hql(hql, null, false, setups);
    }

    static Ask any(String hql, Class<?> type, Setup... setups) {
        return hql(hql, type, false, setups);
    }

    /** Anything else that a session can be asked. */
    static Ask that(String name, Function<Session, List<?>> question) {
        return new Ask(name, true, question);
    }

    @SuppressWarnings("deprecation") // without a type, as many still write it
    private static Ask hql(String hql, @Nullable Class<?> type, boolean ordered, Setup... setups) {
        return new Ask(hql, ordered, session -> {
            Query<?> query = type == null ? session.createQuery(hql) : session.createQuery(hql, type);
            for (Setup setup : setups) {
                setup.on(query);
            }
            return query.getResultList();
        });
    }

    static Setup page(int first, int rows) {
        return query -> query.setFirstResult(first).setMaxResults(rows);
    }

    static Setup with(String parameter, @Nullable Object value) {
        return query -> query.setParameter(parameter, value);
    }

    static Setup list(String parameter, Object... values) {
        return query -> query.setParameterList(parameter, Arrays.asList(values));
    }

    /** The answer in words, sorted if the query does not say how. */
    List<String> answer(Session session) {
        List<String> rows = new ArrayList<>();
        for (Object row : question.apply(session)) {
            rows.add(text(row));
        }
        if (!ordered) {
            rows.sort(null);
        }
        return rows;
    }

    /** A double to twelve digits, for sums are added up in another order there. */
    static String text(@Nullable Object value) {
        if (value instanceof Tuple tuple) {
            return "tuple " + names(tuple) + text(tuple.toArray());
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Ask::text).collect(Collectors.joining(", ", "[", "]"));
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, one) -> sorted.put(String.valueOf(key), text(one)));
            return sorted.toString();
        }
        if (value != null && value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value))
                    .mapToObj(i -> text(Array.get(value, i)))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof Double number) {
            return "double " + (number.isNaN() || number.isInfinite() ? number.toString() : "%.11e".formatted(number));
        }
        return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
    }

    private static List<String> names(Tuple tuple) {
        return tuple.getElements().stream()
                .map(element -> String.valueOf(element.getAlias()))
                .toList();
    }
}
