package io.hibernateshards.internal.schema;

import java.sql.Types;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hibernate.tool.schema.extract.spi.ColumnInformation;

/** Lengths and precisions, which Hibernate's own comparison of types leaves out. */
final class ColumnTypes {
    private static final Pattern SIZED = Pattern.compile(
            "(varchar|character varying|char|character|bpchar|numeric|decimal|timestamp|time)\\s*"
                    + "\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\).*",
            Pattern.DOTALL);
    /** PostgreSQL's largest length; JDBC reports as much or more for a column without one. */
    private static final int NO_LENGTH = 10_485_760;

    private static final int NO_PRECISION = 1000;

    private ColumnTypes() {}

    /** Whether the column cannot hold every value of the type that is needed; a longer one is fine. */
    static boolean holdsLess(ColumnInformation column, String needed) {
        Matcher sized = SIZED.matcher(needed);
        if (!sized.matches()) {
            return false;
        }
        int size = Integer.parseInt(sized.group(2));
        return switch (column.getTypeCode()) {
            case Types.VARCHAR, Types.CHAR -> column.getColumnSize() < size;
            case Types.NUMERIC, Types.DECIMAL -> {
                int scale = sized.group(3) == null ? 0 : Integer.parseInt(sized.group(3));
                yield hasPrecision(column)
                        && (column.getDecimalDigits() < scale
                                || column.getColumnSize() - column.getDecimalDigits() < size - scale);
            }
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE, Types.TIME, Types.TIME_WITH_TIMEZONE ->
                column.getDecimalDigits() < size;
            default -> false;
        };
    }

    private static boolean hasPrecision(ColumnInformation column) {
        return column.getColumnSize() > 0 && column.getColumnSize() <= NO_PRECISION;
    }

    /** The column's type with its size, if it has one. */
    static String text(ColumnInformation column) {
        String name = column.getTypeName().toLowerCase(Locale.ROOT);
        return switch (column.getTypeCode()) {
            case Types.VARCHAR, Types.CHAR ->
                column.getColumnSize() < NO_LENGTH ? name + "(" + column.getColumnSize() + ")" : name;
            case Types.NUMERIC, Types.DECIMAL ->
                hasPrecision(column)
                        ? name + "(" + column.getColumnSize() + "," + column.getDecimalDigits() + ")"
                        : name;
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE, Types.TIME, Types.TIME_WITH_TIMEZONE ->
                name + "(" + column.getDecimalDigits() + ")";
            default -> name;
        };
    }
}
