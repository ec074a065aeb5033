package io.hibernateshards.internal.invalidation;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values of ids as text: those of types whose text says all there is to them, and composites of such. A letter for the
 * type, then {@link SafeText}; composites in parentheses.
 */
final class IdText {
    private record Kind(char letter, Function<String, Object> read) {}

    private static final Map<Class<?>, Kind> KINDS = Map.ofEntries(
            Map.entry(Long.class, new Kind('L', Long::valueOf)),
            Map.entry(Integer.class, new Kind('I', Integer::valueOf)),
            Map.entry(Short.class, new Kind('H', Short::valueOf)),
            Map.entry(Byte.class, new Kind('B', Byte::valueOf)),
            Map.entry(Boolean.class, new Kind('Z', Boolean::valueOf)),
            Map.entry(Character.class, new Kind('C', text -> text.charAt(0))),
            Map.entry(String.class, new Kind('S', text -> text)),
            Map.entry(UUID.class, new Kind('U', UUID::fromString)),
            Map.entry(BigInteger.class, new Kind('N', BigInteger::new)),
            Map.entry(BigDecimal.class, new Kind('D', BigDecimal::new)),
            Map.entry(LocalDate.class, new Kind('d', LocalDate::parse)),
            Map.entry(LocalTime.class, new Kind('c', LocalTime::parse)),
            Map.entry(LocalDateTime.class, new Kind('t', LocalDateTime::parse)),
            Map.entry(Instant.class, new Kind('i', Instant::parse)));

    private final String text;
    private int at;

    private IdText(String text) {
        this.text = text;
    }

    /** Null if it cannot be told. */
    static @Nullable String of(@Nullable Object value) {
        StringBuilder text = new StringBuilder();
        return append(value, text) ? text.toString() : null;
    }

    private static boolean append(@Nullable Object value, StringBuilder text) {
        if (value == null) {
            text.append('_');
            return true;
        }
        if (value instanceof Object[] parts) {
            text.append('(');
            for (Object part : parts) {
                if (!append(part, text)) {
                    return false;
                }
                text.append(';');
            }
            text.append(')');
            return true;
        }
        Kind kind = KINDS.get(value.getClass());
        if (kind == null) {
            return false;
        }
        text.append(kind.letter()).append(SafeText.of(value.toString()));
        return true;
    }

    /**
     * Reads what {@link #of} wrote.
     *
     * @throws RuntimeException if it is something else
     */
    static @Nullable Object read(String text) {
        IdText reading = new IdText(text);
        Object value = reading.next();
        if (reading.at != text.length()) {
            throw new IllegalArgumentException("more than an id: " + text);
        }
        return value;
    }

    private @Nullable Object next() {
        char letter = text.charAt(at++);
        if (letter == '_') {
            return null;
        }
        if (letter == '(') {
            List<@Nullable Object> parts = new ArrayList<>();
            while (text.charAt(at) != ')') {
                parts.add(next());
                if (text.charAt(at++) != ';') {
                    throw new IllegalArgumentException("a part does not end: " + text);
                }
            }
            at++;
            return parts.toArray();
        }
        int from = at;
        while (at < text.length() && text.charAt(at) != ';') {
            at++;
        }
        String safe = text.substring(from, at);
        for (Kind kind : KINDS.values()) {
            if (kind.letter() == letter) {
                return kind.read().apply(SafeText.read(safe));
            }
        }
        throw new IllegalArgumentException("no type " + letter);
    }
}
