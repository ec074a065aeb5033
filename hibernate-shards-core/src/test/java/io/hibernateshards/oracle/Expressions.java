package io.hibernateshards.oracle;

import static io.hibernateshards.oracle.Schema.DAY;
import static io.hibernateshards.oracle.Schema.DECIMAL;
import static io.hibernateshards.oracle.Schema.FLAG;
import static io.hibernateshards.oracle.Schema.INSTANT;
import static io.hibernateshards.oracle.Schema.MOMENT;
import static io.hibernateshards.oracle.Schema.REAL;
import static io.hibernateshards.oracle.Schema.TEXT;
import static io.hibernateshards.oracle.Schema.WHOLE;

import io.hibernateshards.oracle.Schema.Column;
import io.hibernateshards.oracle.Schema.ToMany;
import io.hibernateshards.oracle.Schema.ToOne;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Values of one row. Nothing here can fail on the server (divide by zero, overflow, cast text to numbers): whether it
 * would depends on the order in which a server looks at rows.
 */
final class Expressions {
    private static final List<String> COMPUTED = List.of(WHOLE, WHOLE, DECIMAL, REAL, TEXT, TEXT, DAY, MOMENT, INSTANT);

    private final Dice dice;
    private final Schema schema;

    /** What is grouped by or made distinct must be the same text wherever it is repeated, which parameters are not. */
    private boolean literalsOnly;

    Expressions(Dice dice, Schema schema) {
        this.dice = dice;
        this.schema = schema;
    }

    Node withoutParameters(java.util.function.Supplier<Node> made) {
        boolean before = literalsOnly;
        literalsOnly = true;
        Node node = made.get();
        literalsOnly = before;
        return node;
    }

    /** All attributes, those of the next entities among them. */
    List<Column> columns(List<Source> scope) {
        List<Column> all = new ArrayList<>();
        for (Source source : scope) {
            all.addAll(source.columns());
            if (dice.percent(25)) {
                for (ToOne one : source.ones()) {
                    String alias = source.alias() + "." + one.path();
                    schema.table(one.entity()).columns().stream()
                            .filter(column -> !column.path().contains("%"))
                            .forEach(column -> all.add(column.of(alias)));
                }
            }
        }
        return all;
    }

    Column column(List<Source> scope) {
        return dice.of(columns(scope));
    }

    /** Null if there is none. */
    Column column(String type, List<Source> scope) {
        List<Column> all = columns(scope).stream()
                .filter(column -> column.type().equals(type))
                .toList();
        return all.isEmpty() ? null : dice.of(all);
    }

    static Node node(Column column) {
        return Node.of(column.type(), column.path());
    }

    /** Of any type. */
    Node any(List<Source> scope, int depth) {
        return depth == 0 || dice.percent(55) ? node(column(scope)) : of(dice.of(COMPUTED), scope, depth);
    }

    Node of(String type, List<Source> scope, int depth) {
        Column column = column(type, scope);
        if (column == null || depth <= 0 || dice.percent(35)) {
            return column == null || dice.percent(8) ? literal(type, column) : node(column);
        }
        int d = depth - 1;
        return switch (dice.upTo(11)) {
            case 0 -> Node.of(type, "coalesce(", node(column), ", ", constant(type, column), ")");
            case 1 -> Node.of(type, "nullif(", of(type, scope, d), ", ", of(type, scope, 0), ")");
            case 2 ->
                Node.of(
                        type,
                        "case when ",
                        simple(scope),
                        " then ",
                        of(type, scope, d),
                        dice.oneOf(" else null end", " end"));
            case 3 ->
                Node.of(
                        type,
                        "case when ",
                        simple(scope),
                        " then ",
                        of(type, scope, d),
                        " else ",
                        of(type, scope, d),
                        " end");
            default -> computed(type, scope, d);
        };
    }

    /** Not the same for all rows, so it can be sorted or grouped by. */
    Node varying(List<Source> scope, int depth) {
        Node made = any(scope, depth);
        return isConstant(made) ? node(column(scope)) : made;
    }

    static boolean isConstant(Node made) {
        return !made.toString().matches("(?s).*\\b[a-z]+\\d+\\b.*");
    }

    /** A condition that is not worth shrinking. */
    private Node simple(List<Source> scope) {
        Column column = column(scope);
        return Node.of(FLAG, column.path(), dice.oneOf(" is null", " is not null"));
    }

    private Node computed(String type, List<Source> scope, int d) {
        return switch (type) {
            case WHOLE -> whole(scope, d);
            case DECIMAL -> decimal(scope, d);
            case REAL -> real(scope, d);
            case TEXT -> text(scope, d);
            case DAY -> Node.of(DAY, of(DAY, scope, d), dice.oneOf(" + 3 day", " - 1 month", " + 1 year"));
            case MOMENT -> Node.of(MOMENT, of(MOMENT, scope, d), dice.oneOf(" + 90 second", " - 1 day"));
            default -> of(type, scope, 0);
        };
    }

    private Node whole(List<Source> scope, int d) {
        List<String> collections = new ArrayList<>();
        for (Source source : scope) {
            for (ToMany many : source.manies()) {
                collections.add(source.alias() + "." + many.path());
            }
        }
        return switch (dice.upTo(collections.isEmpty() || literalsOnly ? 9 : 11)) {
            case 0, 1 -> Node.of(WHOLE, "(", of(WHOLE, scope, d), dice.oneOf(" + ", " - "), of(WHOLE, scope, d), ")");
            case 2 -> Node.of(WHOLE, "(", of(WHOLE, scope, d), dice.oneOf(" * 2", " / 3", " % 3", " * -1"), ")");
            case 3 -> Node.of(WHOLE, "abs(", of(WHOLE, scope, d), ")");
            case 4 -> Node.of(WHOLE, "-", of(WHOLE, scope, 0));
            case 5 -> Node.of(WHOLE, "length(", of(TEXT, scope, d), ")");
            case 6 -> Node.of(WHOLE, "sign(", of(WHOLE, scope, d), ")");
            case 7 -> Node.of(WHOLE, dice.oneOf("year(", "month(", "day("), of(DAY, scope, d), ")");
            case 8 -> Node.of(WHOLE, "cast(", of(REAL, scope, 0), " as Integer)");
            case 9 -> Node.of(WHOLE, "locate('a', ", of(TEXT, scope, d), ")");
            default -> Node.of(WHOLE, "size(", dice.of(collections), ")");
        };
    }

    private Node decimal(List<Source> scope, int d) {
        return switch (dice.upTo(5)) {
            case 0, 1 ->
                Node.of(
                        DECIMAL,
                        "(",
                        of(DECIMAL, scope, d),
                        dice.oneOf(" + ", " - ", " * "),
                        of(DECIMAL, scope, d),
                        ")");
            case 2 -> Node.of(DECIMAL, "(", of(DECIMAL, scope, d), dice.oneOf(" * 2", " / 3", " + 1"), ")");
            case 3 -> Node.of(DECIMAL, "round(", of(DECIMAL, scope, d), ", 1)");
            case 4 -> Node.of(DECIMAL, "cast(", of(WHOLE, scope, d), " as BigDecimal)");
            default -> Node.of(DECIMAL, "abs(", of(DECIMAL, scope, d), ")");
        };
    }

    private Node real(List<Source> scope, int d) {
        return switch (dice.upTo(4)) {
            case 0, 1 -> Node.of(REAL, "(", of(REAL, scope, d), dice.oneOf(" + ", " - "), of(REAL, scope, d), ")");
            case 2 -> Node.of(REAL, "(", of(REAL, scope, d), dice.oneOf(" * 2", " / 3", " + 0.1d"), ")");
            case 3 -> Node.of(REAL, "sqrt(abs(", of(REAL, scope, d), "))");
            default -> Node.of(REAL, "cast(", of(WHOLE, scope, d), " as Double)");
        };
    }

    private Node text(List<Source> scope, int d) {
        return switch (dice.upTo(7)) {
            case 0 -> Node.of(TEXT, "lower(", of(TEXT, scope, d), ")");
            case 1 -> Node.of(TEXT, "upper(", of(TEXT, scope, d), ")");
            case 2 -> Node.of(TEXT, "(", of(TEXT, scope, d), " || ", of(TEXT, scope, d), ")");
            case 3 -> Node.of(TEXT, "concat(", of(TEXT, scope, d), ", '-', ", of(WHOLE, scope, 0), ")");
            case 4 -> Node.of(TEXT, "substring(", of(TEXT, scope, d), ", 1, 1)");
            case 5 -> Node.of(TEXT, "trim(", of(TEXT, scope, d), ")");
            case 6 -> Node.of(TEXT, "replace(", of(TEXT, scope, d), ", 'a', 'B')");
            default -> Node.of(TEXT, "cast(", of(WHOLE, scope, d), " as String)");
        };
    }

    /** Not a parameter, whose type would have to be guessed. */
    private Node literal(String type, Column beside) {
        Object value = value(type, beside);
        String literal = literal(type, value);
        return Node.of(
                type, literal == null ? "cast(null as " + value.getClass().getSimpleName() + ")" : literal);
    }

    /** A value of the type. With a column beside it, one that the column may have. */
    Node constant(String type, Column beside) {
        return constant(type, value(type, beside));
    }

    private Object value(String type, Column beside) {
        return switch (type) {
            case FLAG -> dice.of(Values.FLAGS);
            case WHOLE -> dice.of(Values.NUMBERS);
            case DECIMAL -> dice.of(Values.PRICES);
            case REAL -> dice.of(Values.RATIOS);
            case TEXT ->
                dice.<Object>of(beside == null || beside.values().contains("none") ? Values.TEXTS : beside.values());
            case DAY -> dice.of(Values.DAYS);
            case MOMENT -> dice.of(Values.MOMENTS);
            case INSTANT -> dice.of(Values.INSTANTS);
            default -> dice.<Object>of(Objects.requireNonNull(beside, type).values());
        };
    }

    Node constant(String type, Object value) {
        String literal = literal(type, value);
        return literal == null || !literalsOnly && dice.percent(40)
                ? Node.parameter(type, value)
                : Node.of(type, literal);
    }

    private static String literal(String type, Object value) {
        if (value instanceof Boolean || value instanceof Integer) {
            return value.toString();
        } else if (value instanceof Long number) {
            return number == Long.MIN_VALUE ? null : number + "L";
        } else if (value instanceof BigDecimal number) {
            return number.toPlainString() + "bd";
        } else if (value instanceof Double number && type.equals(REAL)) {
            return number + "d";
        } else if (value instanceof String text) {
            return "'" + text.replace("'", "''") + "'";
        } else if (value instanceof java.time.LocalDate day) {
            return "{d '" + day + "'}";
        } else if (value instanceof java.time.LocalDateTime moment) {
            return "{ts '" + moment.format(java.time.format.DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")) + "'}";
        }
        return null;
    }
}
