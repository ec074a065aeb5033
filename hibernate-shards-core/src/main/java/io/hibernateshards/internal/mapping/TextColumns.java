package io.hibernateshards.internal.mapping;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Column;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.jdbc.JdbcType;

/**
 * Columns in which PostgreSQL takes values for equal whose characters differ: two such values would have different
 * buckets, and a query for the one would miss the other.
 */
final class TextColumns {
    private static final Pattern BLANK_PADDED = Pattern.compile("(n?char|character|bpchar)(\\s*\\(.*)?");

    private TextColumns() {}

    static Optional<String> problem(Attribute attribute) {
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
        if (type.equals("citext")) {
            return Optional.of("the column " + column.getName() + " ignores case, so equal values would have different"
                    + " buckets");
        }
        if (type.isEmpty()
                ? isChar && !oneCharacter && !isEnum
                : BLANK_PADDED.matcher(type).matches()) {
            return Optional.of("the column " + column.getName() + " pads values with blanks, so the value that is read"
                    + " would not be the one that was stored");
        }
        return Optional.empty();
    }
}
