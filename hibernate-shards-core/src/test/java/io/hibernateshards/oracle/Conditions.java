package io.hibernateshards.oracle;

import static io.hibernateshards.oracle.Schema.DECIMAL;
import static io.hibernateshards.oracle.Schema.FLAG;
import static io.hibernateshards.oracle.Schema.REAL;
import static io.hibernateshards.oracle.Schema.TEXT;
import static io.hibernateshards.oracle.Schema.WHOLE;

import io.hibernateshards.oracle.Schema.Column;
import io.hibernateshards.oracle.Schema.ToMany;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a where clause, a join or a having can ask. */
final class Conditions {
    /** All but the first may be asked for a lesser one. */
    private static final List<String> COMPARISONS = List.of("=", "<>", "<", "<=", ">", ">=");

    private static final List<String> ORDERED =
            List.of(WHOLE, WHOLE, DECIMAL, REAL, TEXT, TEXT, Schema.DAY, Schema.INSTANT);

    private final Dice dice;
    private final Schema schema;
    private final Expressions expressions;
    private int aliases;

    Conditions(Dice dice, Schema schema, Expressions expressions) {
        this.dice = dice;
        this.schema = schema;
        this.expressions = expressions;
    }

    Node of(List<Source> scope, int depth) {
        int nested = depth > 0 ? dice.upTo(9) : 9;
        if (nested < 2) {
            return Node.of(FLAG, "(", of(scope, depth - 1), " and ", of(scope, depth - 1), ")");
        } else if (nested < 3) {
            return Node.of(FLAG, "(", of(scope, depth - 1), " or ", of(scope, depth - 1), ")");
        } else if (nested < 4) {
            return Node.of(FLAG, "not (", of(scope, depth - 1), ")");
        } else if (nested < 5) {
            return subquery(scope, depth - 1);
        }
        return switch (dice.upTo(10)) {
            case 0 -> key(scope);
            case 1 -> collection(scope);
            case 2, 3 -> same(scope);
            case 4 -> missing(scope);
            case 5 -> like(scope);
            case 6 -> between(scope);
            default -> comparison(scope, depth);
        };
    }

    /** Often it is the key of a shard. */
    private Node key(List<Source> scope) {
        Source source = dice.of(scope);
        List<Column> ids = source.columns().stream()
                .filter(column -> source.ties().contains(column.path()))
                .toList();
        if (ids.isEmpty()) {
            return missing(scope);
        }
        Column id = dice.of(ids);
        if (dice.percent(50)) {
            return Node.of(FLAG, id.path(), " = ", expressions.constant(id.type(), dice.<Object>of(id.values())));
        }
        return in(id);
    }

    private Node in(Column column) {
        List<Node> values = IntStream.rangeClosed(0, dice.from(0, 3))
                .mapToObj(i -> expressions.constant(column.type(), dice.<Object>of(column.values())))
                .toList();
        return Node.of(
                FLAG, column.path(), dice.percent(75) ? " in (" : " not in (", Node.list("", ", ", 1, values), ")");
    }

    /** Each type with itself, whatever it is. */
    private Node same(List<Source> scope) {
        Column column = expressions.column(scope);
        return switch (dice.upTo(4)) {
            case 0 -> in(column);
            case 1 ->
                Node.of(
                        FLAG,
                        column.path(),
                        dice.oneOf(" is distinct from ", " is not distinct from "),
                        expressions.constant(column.type(), dice.<Object>of(column.values())));
            case 2 -> {
                Column other = expressions.column(column.type(), scope);
                yield Node.of(
                        FLAG,
                        column.path(),
                        " ",
                        dice.of(COMPARISONS),
                        " ",
                        other == null ? column.path() : other.path());
            }
            default ->
                Node.of(
                        FLAG,
                        column.path(),
                        " ",
                        dice.of(COMPARISONS),
                        " ",
                        expressions.constant(column.type(), dice.<Object>of(column.values())));
        };
    }

    private Node missing(List<Source> scope) {
        List<String> paths = new ArrayList<>();
        for (Source source : scope) {
            source.ones().forEach(one -> paths.add(source.alias() + "." + one.path()));
        }
        String path =
                paths.isEmpty() || dice.percent(75) ? expressions.column(scope).path() : dice.of(paths);
        return Node.of(FLAG, path, dice.oneOf(" is null", " is not null"));
    }

    private Node like(List<Source> scope) {
        return Node.of(
                FLAG,
                expressions.of(TEXT, scope, 1),
                dice.oneOf(" like ", " not like ", " ilike "),
                dice.oneOf("'%a%'", "'a%'", "'%ä'", "'_'", "'_%b'", "'\uD83D\uDE00%'", "'a!%' escape '!'", "''"));
    }

    private Node between(List<Source> scope) {
        String type = dice.of(ORDERED);
        return Node.of(
                FLAG,
                expressions.of(type, scope, 1),
                dice.oneOf(" between ", " not between "),
                expressions.of(type, scope, 0),
                " and ",
                expressions.of(type, scope, 0));
    }

    private Node comparison(List<Source> scope, int depth) {
        String type = dice.of(ORDERED);
        return Node.of(
                FLAG,
                expressions.of(type, scope, depth + 1),
                " " + dice.of(COMPARISONS) + " ",
                dice.percent(40) ? expressions.constant(type, (Column) null) : expressions.of(type, scope, depth));
    }

    private Node collection(List<Source> scope) {
        List<Source> owners =
                scope.stream().filter(source -> !source.manies().isEmpty()).toList();
        if (owners.isEmpty()) {
            return comparison(scope, 0);
        }
        Source owner = dice.of(owners);
        ToMany many = dice.of(owner.manies());
        String path = owner.alias() + "." + many.path();
        if (many.path().equals("tags") && dice.percent(50)) {
            return Node.of(
                    FLAG,
                    expressions.constant(TEXT, dice.<Object>of(Values.TEXTS.subList(1, 9))),
                    dice.oneOf(" member of ", " not member of "),
                    path);
        }
        return dice.percent(70)
                ? Node.of(FLAG, path, dice.oneOf(" is empty", " is not empty"))
                : Node.of(FLAG, "size(", path, ") ", dice.of(COMPARISONS), " ", String.valueOf(dice.upTo(2)));
    }

    private Node subquery(List<Source> scope, int depth) {
        String alias = "s" + ++aliases;
        List<Source> owners =
                scope.stream().filter(source -> !source.manies().isEmpty()).toList();
        if (!owners.isEmpty() && dice.percent(40)) {
            Source owner = dice.of(owners);
            ToMany many = dice.of(owner.manies());
            Source inner =
                    many.entity() == null ? Source.of(alias, many) : Source.of(alias, schema.table(many.entity()));
            return nested(owner.alias() + "." + many.path() + " " + alias, null, scope, inner, depth);
        }
        Source inner = Source.of(alias, schema.table(Queries.entity(dice)));
        String from = inner.table().name() + " " + alias;
        if (dice.percent(30)) {
            return nested(from, null, scope, inner, depth); // not correlated
        }
        return nested(from, link(inner, scope), scope, inner, depth);
    }

    /** Equates something of both sides: an association, ids, or any attributes. */
    Node link(Source inner, List<Source> scope) {
        List<String> links = new ArrayList<>();
        for (Source outer : scope) {
            if (!outer.isEntity()) {
                continue;
            }
            inner.ones().stream()
                    .filter(one -> one.entity().equals(outer.table().name()))
                    .forEach(one -> links.add(inner.alias() + "." + one.path() + " = " + outer.alias()));
            outer.ones().stream()
                    .filter(one -> one.entity().equals(inner.table().name()))
                    .forEach(one -> links.add(outer.alias() + "." + one.path() + " = " + inner.alias()));
            if (outer.table().name().equals(inner.table().name())) {
                links.add(IntStream.range(0, inner.ties().size())
                        .mapToObj(
                                i -> inner.ties().get(i) + " = " + outer.ties().get(i))
                        .collect(Collectors.joining(" and ")));
            }
        }
        if (!links.isEmpty() && dice.percent(70)) {
            return Node.of("", dice.of(links));
        }
        List<Column> columns = expressions.columns(scope);
        List<Node> equal = new ArrayList<>();
        for (Column column : inner.columns()) {
            columns.stream()
                    .filter(other -> other.type().equals(column.type()))
                    .forEach(other -> equal.add(Node.of("", column.path(), " = ", other.path())));
        }
        return equal.isEmpty() ? Node.of("", inner.ties().get(0), " is not null") : dice.of(equal);
    }

    private Node nested(String from, Node link, List<Source> outer, Source inner, int depth) {
        List<Source> scope = List.of(inner);
        List<Node> conditions = new ArrayList<>();
        if (link != null) {
            conditions.add(link);
        }
        if (dice.percent(60)) {
            List<Source> both = new ArrayList<>(scope);
            if (dice.percent(40)) {
                both.addAll(outer);
            }
            conditions.add(of(both, Math.min(depth, 1)));
        }
        Node where = Node.list(" where ", " and ", 0, conditions);
        String type = dice.of(ORDERED);
        return switch (dice.upTo(5)) {
            case 0, 1 -> Node.of(FLAG, dice.oneOf("exists", "not exists"), " (select 1 from ", from, where, ")");
            case 2 ->
                Node.of(
                        FLAG,
                        expressions.of(type, outer, 1),
                        dice.oneOf(" in", " not in"),
                        " (select ",
                        expressions.of(type, scope, 1),
                        " from ",
                        from,
                        where,
                        ")");
            case 3 ->
                Node.of(
                        FLAG,
                        expressions.of(type, outer, 1),
                        " " + dice.of(COMPARISONS) + dice.oneOf(" all", " any"),
                        " (select ",
                        expressions.of(type, scope, 1),
                        " from ",
                        from,
                        where,
                        ")");
            case 4 ->
                Node.of(
                        FLAG,
                        expressions.of(WHOLE, outer, 1),
                        " " + dice.of(COMPARISONS),
                        " (select count(*) from ",
                        from,
                        where,
                        ")");
            default ->
                Node.of(
                        FLAG,
                        expressions.of(type, outer, 1),
                        " " + dice.of(COMPARISONS),
                        dice.oneOf(" (select max(", " (select min("),
                        expressions.of(type, scope, 1),
                        ") from ",
                        from,
                        where,
                        ")");
        };
    }
}
