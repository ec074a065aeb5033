package io.hibernateshards.internal.mapping;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Column;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.jdbc.JdbcType;

/**
 * Columns that do not hold a key as it was given, or in which PostgreSQL takes values for equal whose characters differ: such
 * values would have different buckets, and a query for the one would miss the other.
 */
final class KeyColumns {
    private static final Pattern BLANK_PADDED = Pattern.compile("(n?char|character|bpchar)(\\s*\\(.*)?");

    private static final Pattern INEXACT =
            Pattern.compile("(real|float|double|money).*|(numeric|decimal)\\s*\\(\\s*\\d+\\s*,\\s*-.*");

    private static final Set<Integer> LARGE_OBJECTS = Set.of(SqlTypes.CLOB, SqlTypes.NCLOB, SqlTypes.BLOB);

    private static final String AS_TEXT = "Store the key as varchar or text";

    /** What is wrong, and what to do. */
    record Problem(String what, String cure) {}

    private KeyColumns() {}

    static Optional<Problem> problem(Attribute attribute) {
        if (!(attribute.value() instanceof BasicValue value) || !(value.getColumn() instanceof Column column)) {
            return Optional.empty();
        }
        String type = column.getSqlType() == null
                ? ""
                : column.getSqlType().strip().toLowerCase(Locale.ROOT).replaceAll("\\(\\s*1\\s*\\)", "");
        JdbcType jdbc = value.resolve().getJdbcMapping().getJdbcType();
        boolean isChar = jdbc.getDdlTypeCode() == SqlTypes.CHAR || jdbc.getDdlTypeCode() == SqlTypes.NCHAR;
        boolean oneCharacter = column.getLength() != null && column.getLength() == 1;
        boolean isEnum = attribute.javaType() != null && attribute.javaType().isEnum();
        String name = "the column " + column.getName();
        if (type.equals("citext")) {
            return Optional.of(
                    new Problem(name + " ignores case, so equal values would have different buckets", AS_TEXT));
        }
        if (LARGE_OBJECTS.contains(jdbc.getDdlTypeCode())) {
            return Optional.of(new Problem(name + " holds the number of a large object, not the value", AS_TEXT));
        }
        if (type.equals("\"char\"")) {
            return Optional.of(new Problem(name + " holds one byte of the value", AS_TEXT));
        }
        if (INEXACT.matcher(type).matches()) {
            return Optional.of(new Problem(name + " rounds values", "Store the key as bigint or integer"));
        }
        if (type.isEmpty()
                ? isChar && !oneCharacter && !isEnum
                : BLANK_PADDED.matcher(type).matches()) {
            return Optional.of(new Problem(
                    name + " pads values with blanks, so the value that is read would not be the one that was stored",
                    AS_TEXT));
        }
        return Optional.empty();
    }
}
