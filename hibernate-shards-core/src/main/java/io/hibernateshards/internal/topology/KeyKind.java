package io.hibernateshards.internal.topology;

import java.time.DateTimeException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of values that have ranges: how each is read from a setting, compared, hashed and written in SQL. What reads as
 * one of the first is hardly meant as the last.
 */
enum KeyKind {
    INTEGER,
    DATE,
    TEXT;

    private static final LocalDate POSTGRES_EPOCH = LocalDate.of(2000, 1, 1);

    static @Nullable KeyKind of(Class<?> type) {
        if (HashFunction.isInteger(type)) {
            return INTEGER;
        }
        return type == String.class ? TEXT : type == LocalDate.class ? DATE : null;
    }

    /** @throws IllegalArgumentException if the text is not of this kind */
    Object parse(String text) {
        try {
            return switch (this) {
                case INTEGER -> Long.valueOf(text);
                case TEXT -> text;
                case DATE -> LocalDate.parse(text);
            };
        } catch (NumberFormatException | DateTimeException e) {
            String wanted = this == DATE ? "date such as 2026-01-31" : "whole number";
            throw new IllegalArgumentException("the bound \"" + text + "\" is no " + wanted + ", as the key is", e);
        }
    }

    /** The form in which values of this kind are compared. */
    Object comparable(Object key) {
        return this == INTEGER ? (Long) ((Number) key).longValue() : key;
    }

    int compare(Object a, Object b) {
        return switch (this) {
            case INTEGER -> ((Long) a).compareTo((Long) b);
            case TEXT -> compareCodePoints((String) a, (String) b);
            case DATE -> ((LocalDate) a).compareTo((LocalDate) b);
        };
    }

    /** PostgreSQL holds a date as a number of days, and hashes that. */
    Object hashable(Object key) {
        return key instanceof LocalDate date ? (Object) (date.toEpochDay() - POSTGRES_EPOCH.toEpochDay()) : key;
    }

    String hashableSql(String column) {
        return this == DATE ? "(" + column + " - date '" + POSTGRES_EPOCH + "')" : column;
    }

    String comparableSql(String column) {
        return this == TEXT ? column + "::text collate \"C\"" : column;
    }

    String literal(Object value) {
        return switch (this) {
            case INTEGER -> value.toString();
            case TEXT -> SqlLiteral.of((String) value);
            case DATE -> "date '" + value + "'";
        };
    }

    /** UTF-16 puts surrogates, which stand for the highest code points, below U+E000 to U+FFFF. */
    private static int compareCodePoints(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean high = Character.isSurrogate(x);
                return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
