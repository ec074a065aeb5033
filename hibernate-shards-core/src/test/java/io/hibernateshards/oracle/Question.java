package io.hibernateshards.oracle;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedSession;
import jakarta.persistence.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.query.Query;

/**
 * A query and what of its answer is told by it.
 *
 * @param most negative for all
 * @param criteria asked as a criteria query, made of the text by Hibernate
 */
record Question(Node query, Comparison comparison, int first, int most, boolean criteria) {
    private static final Pattern POSITION = Pattern.compile("order by (.*, )?\\d\\b");

    /** What rows are asked for as. */
    private static final List<Class<?>> TYPES = List.of(Object.class, Object.class, Object[].class, Tuple.class);

    /** How many rows a gathered query sends within its SQL: all of it goes through temporary tables, some, or nothing. */
    private static final List<Integer> INLINE_LIMITS = List.of(0, 5, 1000);

    /** How two answers are compared. */
    enum Comparison {
        /** The order is total. */
        LIST,
        /** The rows, in any order but for that of the leading order keys that are selected. */
        BAG,
        /** Which rows come is not told, but their number and their leading order keys. */
        KEYS
    }

    List<?> ask(Session session) {
        Node.Text text = query.text();
        Class<?> type = TYPES.get(Math.floorMod(text.hql.toString().hashCode(), TYPES.size()));
        Query<?> asked = isCriteria(text)
                ? session.createQuery(session.getCriteriaBuilder().createQuery(text.toString(), Object.class))
                : session.createQuery(text.toString(), type);
        if (session instanceof ShardedSession) {
            asked.setHint(
                    ShardHints.INLINE_LIMIT,
                    INLINE_LIMITS.get(Math.floorMod(text.hql.toString().hashCode(), INLINE_LIMITS.size())));
        }
        for (Map.Entry<String, Object> parameter : text.parameters.entrySet()) {
            asked.setParameter(parameter.getKey(), parameter.getValue());
        }
        if (first > 0) {
            asked.setFirstResult(first);
        }
        if (most >= 0) {
            asked.setMaxResults(most);
        }
        return asked.getResultList().stream()
                .map(row -> row instanceof Tuple tuple ? tuple.toArray() : row)
                .toList();
    }

    /** Hibernate makes no criteria query of a position in order by, and leaves parameters unbound. */
    private boolean isCriteria(Node.Text text) {
        return criteria
                && text.parameters.isEmpty()
                && !POSITION.matcher(text.hql).find();
    }

    /** Everything of an answer that has to be the same. */
    List<String> comparable(List<?> answer) {
        List<String> rows = new ArrayList<>();
        answer.forEach(row -> rows.add(Texts.of(row)));
        if (comparison == Comparison.LIST) {
            return rows;
        }
        List<Integer> keys = query.leadingPositions();
        List<String> told = new ArrayList<>();
        if (comparison == Comparison.BAG) {
            Collections.sort(rows);
            told.addAll(rows);
        }
        told.add(answer.size() + " rows");
        if (!keys.isEmpty()) {
            for (Object row : answer) {
                told.add("key "
                        + keys.stream()
                                .map(place -> Texts.of(key(part(row, place))))
                                .toList());
            }
        }
        return told;
    }

    /** Decimals that differ in scale only are the same key. */
    private static Object key(Object value) {
        return value instanceof BigDecimal number ? number.stripTrailingZeros() : value;
    }

    private static Object part(Object row, int place) {
        return row instanceof Object[] parts ? parts[place - 1] : row;
    }

    Stream<Question> simpler() {
        Stream<Question> paged = Stream.of(
                        new Question(query, comparison, 0, most, criteria),
                        new Question(query, comparison, first, -1, criteria),
                        new Question(query, comparison, first, most, false))
                .filter(question -> !question.equals(this));
        return Stream.concat(
                paged, query.simpler().map(simpler -> new Question(simpler, comparison, first, most, criteria)));
    }

    @Override
    public String toString() {
        Node.Text text = query.text();
        StringBuilder words = new StringBuilder(text.toString());
        text.parameters.forEach((name, value) ->
                words.append("\n  :").append(name).append(" = ").append(Texts.of(value)));
        if (first > 0 || most >= 0) {
            words.append("\n  first ").append(first).append(", at most ").append(most < 0 ? "all" : most);
        }
        return words.append(criteria ? "\n  as criteria" : "").toString();
    }
}
