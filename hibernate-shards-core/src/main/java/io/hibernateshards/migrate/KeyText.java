package io.hibernateshards.migrate;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the values of a key from the beginning of a row in the text format of COPY. Not safe for use by several threads. */
final class KeyText {
    private static final Map<Class<?>, String> SQL_TYPES = Map.of(
            Long.class, "bigint",
            Integer.class, "int",
            Short.class, "smallint",
            String.class, "text",
            UUID.class, "uuid",
            LocalDate.class, "date");

    private final List<Class<?>> types;
    private int end;

    KeyText(List<Class<?>> types) {
        this.types = types;
    }

    static boolean reads(Class<?> type) {
        return SQL_TYPES.containsKey(type);
    }

    static String sqlType(Class<?> type) {
        return SQL_TYPES.getOrDefault(type, "text");
    }

    /** The key at the beginning of a row. */
    Object[] read(byte[] row) {
        Object[] key = new Object[types.size()];
        end = 0;
        for (int i = 0; i < key.length; i++) {
            String text = next(row);
            if (text == null) {
                throw new IllegalArgumentException("a row without a key: " + new String(row, StandardCharsets.UTF_8));
            }
            key[i] = value(types.get(i), text);
        }
        return key;
    }

    private static Object value(Class<?> type, String text) {
        if (type == Long.class) {
            return Long.valueOf(text);
        }
        if (type == Integer.class) {
            return Integer.valueOf(text);
        }
        if (type == Short.class) {
            return Short.valueOf(text);
        }
        if (type == UUID.class) {
            return UUID.fromString(text);
        }
        return type == LocalDate.class ? LocalDate.parse(text) : text;
    }

    /** Where what {@link #read} and {@link #next} have not read yet begins. */
    int end() {
        return end;
    }

    /** The next field; null for SQL's null. */
    @Nullable
    String next(byte[] row) {
        int start = end;
        int at = start;
        boolean escaped = false;
        while (row[at] != '\t' && row[at] != '\n') {
            escaped |= row[at] == '\\';
            at++;
        }
        end = at + 1;
        String text = new String(row, start, at - start, StandardCharsets.UTF_8);
        if (!escaped) {
            return text;
        }
        return text.equals("\\N") ? null : unescaped(text);
    }

    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                c = text.charAt(++i);
                int special = "bfnrtv".indexOf(c);
                c = special < 0 ? c : "\b\f\n\r\t\u000b".charAt(special);
            }
            plain.append(c);
        }
        return plain.toString();
    }
}
