package io.hibernateshards.oracle;

import static io.hibernateshards.oracle.Schema.DECIMAL;
import static io.hibernateshards.oracle.Schema.FLAG;
import static io.hibernateshards.oracle.Schema.REAL;
import static io.hibernateshards.oracle.Schema.TEXT;
import static io.hibernateshards.oracle.Schema.WHOLE;

import io.hibernateshards.oracle.Question.Comparison;
import io.hibernateshards.oracle.Schema.Column;
import io.hibernateshards.oracle.Schema.ToMany;
import io.hibernateshards.oracle.Schema.ToOne;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random queries, whose answers are compared as far as the query determines them. */
final class Queries {
    private static final List<String> ENTITIES = List.of(
            "Customer",
            "Customer",
            "Customer",
            "Customer",
            "Purchase",
            "Purchase",
            "Purchase",
            "Sample",
            "Sample",
            "Sample",
            "Line",
            "Line",
            "Label",
            "Profile",
            "Payment",
            "Payment",
            "Card",
            "Transfer",
            "Vehicle",
            "Car",
            "Truck",
            "Shape",
            "Shape",
            "Circle",
            "Square",
            "Entry",
            "Entry",
            "Country");

    private static final List<Class<?>> COMBINED =
            List.of(Integer.class, Long.class, BigDecimal.class, String.class, String.class, LocalDate.class);

    private static final Node NOTHING = Node.list("", "", 0, List.of());

    private final Dice dice;
    private final Schema schema;
    private final Expressions expressions;
    private final Conditions conditions;

    /** Hibernate cannot join from these. */
    private final Set<Source> crossed = new HashSet<>();

    private int aliases;

    Queries(Random random, Schema schema) {
        this.dice = new Dice(random);
        this.schema = schema;
        this.expressions = new Expressions(dice, schema);
        this.conditions = new Conditions(dice, schema, expressions);
    }

    static String entity(Dice dice) {
        return dice.of(ENTITIES);
    }

    Question next() {
        int kind = dice.upTo(99);
        if (kind < 5) {
            return combined();
        }
        List<Source> scope = new ArrayList<>();
        Node with = NOTHING;
        Node from;
        if (kind < 10) {
            from = derived(scope);
        } else if (kind < 15) {
            String name = "c" + ++aliases;
            with = Node.of("", "with ", name, " as (", inner(scope, "x" + name), ") ");
            from = Node.of("", name + " " + scope.get(0).alias(), joins(scope));
        } else {
            from = from(scope);
        }
        Node where = where(scope);
        Node begin = with;
        int shape = dice.upTo(99);
        if (shape < 28 && scope.get(0).isEntity()) {
            return entities(begin, from, where, scope);
        } else if (shape < 55) {
            return values(begin, from, where, scope);
        } else if (shape < 65) {
            return distinct(begin, from, where, scope);
        } else if (shape < 75) {
            return aggregates(begin, from, where, scope);
        } else if (shape < 92) {
            return groups(begin, from, where, scope);
        }
        return windows(begin, from, where, scope);
    }

    // from

    private Node from(List<Source> scope) {
        Source root = Source.of("a" + ++aliases, schema.table(entity(dice)));
        scope.add(root);
        return Node.of("", root.table().name() + " " + root.alias(), joins(scope));
    }

    private Node joins(List<Source> scope) {
        List<Node> joins = new ArrayList<>();
        for (int i = dice.oneOf(0, 0, 0, 1, 1, 1, 2, 2, 3); i > 0; i--) {
            joins.add(join(scope));
        }
        return Node.list("", "", 0, joins);
    }

    private Node join(List<Source> scope) {
        Source from = dice.of(
                scope.stream().filter(source -> !crossed.contains(source)).toList());
        String alias = "a" + ++aliases;
        List<Object> ways = new ArrayList<>();
        ways.addAll(from.ones());
        ways.addAll(from.manies());
        String kind = dice.oneOf(" join ", " left join ");
        if (ways.isEmpty() || dice.percent(20)) {
            Source other = Source.of(alias, schema.table(entity(dice)));
            Node link = conditions.link(other, scope);
            scope.add(other);
            if (dice.percent(15)) {
                crossed.add(other);
                return Node.of("", " cross join ", other.table().name(), " ", alias);
            }
            return Node.of(
                    "", dice.percent(8) ? outer(link) : kind, other.table().name(), " ", alias, " on ", link);
        }
        Object way = dice.of(ways);
        String path;
        Source to;
        if (way instanceof ToOne one) {
            path = one.path();
            to = Source.of(alias, schema.table(one.entity()));
        } else {
            ToMany many = (ToMany) way;
            path = many.path();
            to = many.entity() == null ? Source.of(alias, many) : Source.of(alias, schema.table(many.entity()));
        }
        scope.add(to);
        Node on = dice.percent(15) ? Node.optional(" on ", conditions.of(List.of(to), 0)) : NOTHING;
        return Node.of("", kind, from.alias(), ".", path, " ", alias, on);
    }

    /** PostgreSQL has no full join without an equation, but for conditions that it finds to be always true. */
    private String outer(Node link) {
        return link.toString().contains(" = ") ? dice.oneOf(" right join ", " full join ") : " right join ";
    }

    private Node derived(List<Source> scope) {
        String alias = "x" + ++aliases;
        Node inner = inner(scope, alias);
        return Node.of("", "(", inner, ") " + alias, joins(scope));
    }

    /** A query of columns c1, c2 ... for an alias that is put into the scope. */
    private Node inner(List<Source> scope, String alias) {
        List<Source> inside = new ArrayList<>();
        Node from = from(inside);
        List<Column> columns = new ArrayList<>();
        List<Node> items = new ArrayList<>();
        boolean grouped = dice.percent(25);
        for (int i = 1; i <= dice.from(1, 3); i++) {
            Column column = expressions.column(inside);
            if (column.loose()) {
                continue;
            }
            columns.add(new Column("c" + i, column.type(), column.java(), false, column.values()).of(alias));
            items.add(Node.of("", column.path() + " as c" + i));
        }
        if (items.isEmpty()) {
            grouped = true;
        }
        String by = columns.isEmpty()
                ? ""
                : items.stream()
                        .map(item -> item.toString().replaceAll(" as c\\d+$", ""))
                        .collect(Collectors.joining(", ", " group by ", ""));
        if (grouped) {
            columns.add(new Column("n", WHOLE, Long.class, false, Values.NUMBERS).of(alias));
            items.add(Node.of("", "count(*) as n"));
        }
        scope.add(new Source(
                alias, null, columns, columns.stream().map(Column::path).toList()));
        return Node.of(
                "",
                "select ",
                !grouped && dice.percent(20) ? "distinct " : "",
                Node.list("", ", ", 1, items),
                " from ",
                from,
                where(inside),
                grouped ? by : "");
    }

    private Node where(List<Source> scope) {
        List<Node> all = new ArrayList<>();
        for (int i = dice.oneOf(0, 0, 1, 1, 1, 2); i > 0; i--) {
            all.add(conditions.of(scope, dice.oneOf(0, 1, 1, 2)));
        }
        return Node.list(" where ", " and ", 0, all);
    }

    // select

    private Question entities(Node with, Node from, Node where, List<Source> scope) {
        List<Source> selected = new ArrayList<>(List.of(scope.get(0)));
        if (dice.percent(25)) {
            scope.stream().skip(1).filter(source -> dice.percent(60)).forEach(selected::add);
        }
        String fetch = "";
        boolean repeats = false;
        Source root = scope.get(0);
        if (scope.size() == 1 && dice.percent(25)) {
            if (!root.manies().isEmpty() && dice.percent(50)) {
                fetch = " left join fetch " + root.alias() + "."
                        + dice.of(root.manies()).path();
                repeats = true;
            } else if (!root.ones().isEmpty()) {
                fetch = " left join fetch " + root.alias() + "."
                        + dice.of(root.ones()).path();
            }
        }
        String select = selected.stream().map(Source::alias).collect(Collectors.joining(", "));
        Node body = Node.of("", with, "select ", select, " from ", from, fetch, where);
        if (dice.percent(35)) {
            return new Question(body, Comparison.BAG, 0, -1, criteria());
        }
        return total(Node.of("", body, order(scope, List.of(), true)), !repeats);
    }

    private Question values(Node with, Node from, Node where, List<Source> scope) {
        List<Node> items = new ArrayList<>();
        for (int i = dice.from(1, 4); i > 0; i--) {
            items.add(dice.percent(10) ? subselect(scope) : expressions.any(scope, 2));
        }
        boolean total = dice.percent(60);
        boolean ordered = total || dice.percent(50);
        Node order = ordered ? order(scope, items, total) : NOTHING;
        boolean limited = !total && dice.percent(20);
        // positions stay what they are
        Node select = Node.list("", ", ", total && !hasPositions(order) ? 1 : items.size(), items);
        Node body = Node.of("", with, "select ", select, " from ", from, where, order);
        if (total) {
            return total(body, true);
        }
        return limited ? page(body, Comparison.KEYS) : new Question(body, Comparison.BAG, 0, -1, criteria());
    }

    private static boolean hasPositions(Node order) {
        return order.toString().matches(".*order by.*(^|[ ,])\\d( |,|$).*");
    }

    private Node subselect(List<Source> scope) {
        Source inner = Source.of("q" + ++aliases, schema.table(entity(dice)));
        return Node.of(
                "",
                "(select ",
                dice.oneOf("count(*)", "max(" + number(List.of(inner)) + ")"),
                " from ",
                inner.table().name(),
                " ",
                inner.alias(),
                dice.percent(20) ? NOTHING : Node.optional(" where ", conditions.link(inner, scope)),
                ")");
    }

    private String number(List<Source> scope) {
        Column column = expressions.column(dice.oneOf(WHOLE, WHOLE, DECIMAL, REAL), scope);
        return column == null ? "1" : column.path();
    }

    private Question distinct(Node with, Node from, Node where, List<Source> scope) {
        List<Node> items = new ArrayList<>();
        for (int i = dice.from(1, 3); i > 0; i--) {
            items.add(exact(scope, 1));
        }
        boolean ordered = dice.percent(60);
        Node order = ordered ? byAllPositions(items.size()) : NOTHING;
        Node body = Node.of(
                "",
                with,
                "select distinct ",
                Node.list("", ", ", ordered ? items.size() : 1, items),
                " from ",
                from,
                where,
                order);
        return ordered ? total(body, true) : new Question(body, Comparison.BAG, 0, -1, criteria());
    }

    /** Equal values of it are the same, and it has no parameter. */
    private Node exact(List<Source> scope, int depth) {
        return expressions.withoutParameters(() -> {
            if (dice.percent(35)) {
                Node made = expressions.of(dice.oneOf(WHOLE, DECIMAL, TEXT, TEXT, Schema.DAY), scope, depth);
                if (!Expressions.isConstant(made)) {
                    return made;
                }
            }
            Column column = expressions.column(scope);
            while (column.loose()) {
                column = expressions.column(scope);
            }
            return Expressions.node(column);
        });
    }

    private Node byAllPositions(int size) {
        List<Integer> places =
                new ArrayList<>(IntStream.rangeClosed(1, size).boxed().toList());
        List<Node> keys = new ArrayList<>();
        while (!places.isEmpty()) {
            int place = places.remove(dice.upTo(places.size() - 1));
            keys.add(Node.of("", place + direction()).at(place));
        }
        return Node.list(" order by ", ", ", keys.size(), keys);
    }

    private Question aggregates(Node with, Node from, Node where, List<Source> scope) {
        List<Node> items = new ArrayList<>();
        for (int i = dice.from(1, 4); i > 0; i--) {
            items.add(aggregate(scope));
        }
        return new Question(
                Node.of("", with, "select ", Node.list("", ", ", 1, items), " from ", from, where),
                Comparison.BAG,
                0,
                -1,
                criteria());
    }

    private Question groups(Node with, Node from, Node where, List<Source> scope) {
        List<Node> keys = new ArrayList<>();
        for (int i = dice.oneOf(1, 1, 1, 2, 2, 3); i > 0; i--) {
            keys.add(dice.percent(12) ? id(scope) : exact(scope, 1));
        }
        List<Node> items = new ArrayList<>(keys);
        for (int i = dice.from(0, 3); i > 0; i--) {
            items.add(aggregate(scope));
        }
        Node having = dice.percent(30) ? Node.optional(" having ", having(scope)) : NOTHING;
        boolean ordered = dice.percent(60);
        List<Node> order = new ArrayList<>();
        if (ordered) {
            if (dice.percent(40)) {
                order.add(Node.of("", aggregate(scope), direction()));
            }
            for (int place = 1; place <= keys.size(); place++) {
                Object key = dice.percent(50) ? (Object) place : keys.get(place - 1);
                order.add(Node.of("", key, direction()));
            }
        }
        Node body = Node.of(
                "",
                with,
                "select ",
                Node.list("", ", ", ordered ? items.size() : 1, items),
                " from ",
                from,
                where,
                Node.list(" group by ", ", ", ordered ? keys.size() : 1, keys),
                having,
                Node.list(" order by ", ", ", order.size(), order));
        return ordered ? total(body, true) : new Question(body, Comparison.BAG, 0, -1, criteria());
    }

    private Node id(List<Source> scope) {
        return Node.of("", dice.of(scope).ties().get(0));
    }

    private Node having(List<Source> scope) {
        String comparison = dice.oneOf(" > ", " <= ", " = ", " <> ");
        return switch (dice.upTo(3)) {
            case 0 -> Node.of(FLAG, "count(*)", comparison, String.valueOf(dice.upTo(4)));
            case 1 -> Node.of(FLAG, aggregate(scope), dice.oneOf(" is null", " is not null"));
            case 2 ->
                Node.of(
                        FLAG,
                        dice.oneOf("max(", "min("),
                        expressions.of(TEXT, scope, 1),
                        ")",
                        comparison,
                        expressions.constant(TEXT, dice.<Object>of(Values.TEXTS)));
            default ->
                Node.of(
                        FLAG,
                        "sum(" + number(scope) + ")",
                        comparison,
                        expressions.constant(WHOLE, dice.<Object>of(Values.NUMBERS)));
        };
    }

    /** One value of many rows, whatever their order. */
    private Node aggregate(List<Source> scope) {
        String filter =
                dice.percent(10) ? " filter (where " + expressions.column(scope).path() + " is not null)" : "";
        Node plain =
                switch (dice.upTo(13)) {
                    case 0, 1 -> Node.of("", "count(*)");
                    case 2 -> Node.of("", "count(", expressions.any(scope, 1), ")");
                    case 3 ->
                        Node.of(
                                "",
                                "count(distinct ",
                                dice.percent(30) ? Node.of("", scope.get(0).alias() + ".id") : exact(scope, 1),
                                ")");
                    case 4, 5 -> Node.of("", "sum(", summed(scope), ")");
                    case 6 -> Node.of("", "avg(", summed(scope), ")");
                    case 7 ->
                        Node.of(
                                "",
                                dice.oneOf("sum", "avg"),
                                "(distinct ",
                                expressions.withoutParameters(() -> summed(scope)),
                                ")");
                    case 8, 9, 10 -> Node.of("", dice.oneOf("min(", "max("), sorted(scope), ")");
                    case 11 ->
                        Node.of(
                                "",
                                dice.oneOf("stddev_samp", "var_pop", "variance", "stddev"),
                                "(" + number(scope) + ")");
                    case 12 -> {
                        Node text = expressions.withoutParameters(() -> expressions.of(TEXT, scope, 1));
                        yield Node.of("", "listagg(", text, ", ',') within group (order by ", text, direction(), ")");
                    }
                    default -> Node.of("", dice.oneOf("every(", "any("), conditions.of(scope, 0), ")");
                };
        if (!filter.isEmpty()) {
            return Node.of("", plain, filter);
        }
        return switch (dice.upTo(19)) {
            case 0 -> Node.of("", "max(" + number(scope) + ") - min(" + number(scope) + ")");
            case 1 -> Node.of("", "coalesce(sum(" + number(scope) + "), 0)");
            case 2 -> Node.of("", "case when count(*) > 2 then 'many' else 'few' end");
            case 3 -> Node.of("", "count(*) * 2 + 1");
            default -> plain;
        };
    }

    /** Of a type that has a least value, for Hibernate and for PostgreSQL. */
    private Node sorted(List<Source> scope) {
        return expressions.withoutParameters(() ->
                expressions.of(dice.oneOf(WHOLE, DECIMAL, REAL, TEXT, TEXT, Schema.DAY, Schema.INSTANT), scope, 1));
    }

    /** Sums of inexact numbers depend on their order. */
    private Node summed(List<Source> scope) {
        return dice.percent(30) ? expressions.of(dice.oneOf(WHOLE, DECIMAL), scope, 1) : Node.of("", number(scope));
    }

    private Question windows(Node with, Node from, Node where, List<Source> scope) {
        List<Node> items = new ArrayList<>();
        for (String tie : ties(scope)) {
            items.add(Node.of("", tie));
        }
        for (int i = dice.from(1, 2); i > 0; i--) {
            Node partition = dice.percent(50)
                    ? Node.optional("partition by ", dice.percent(40) ? id(scope) : exact(scope, 0))
                    : NOTHING;
            String total = ties(scope).stream().collect(Collectors.joining(", "));
            Node key = Expressions.node(expressions.column(scope));
            items.add(
                    switch (dice.upTo(6)) {
                        case 0 ->
                            Node.of(
                                    "",
                                    "row_number() over (",
                                    partition,
                                    " order by ",
                                    key,
                                    direction(),
                                    ", ",
                                    total,
                                    ")");
                        case 1 -> Node.of("", "rank() over (", partition, " order by ", key, direction(), ")");
                        case 2 -> Node.of("", "dense_rank() over (", partition, " order by ", key, direction(), ")");
                        case 3 -> Node.of("", "sum(" + number(scope) + ") over (", partition, ")");
                        case 4 -> Node.of("", "count(*) over (", partition, " order by ", key, direction(), ")");
                        case 5 -> Node.of("", "lag(", key, ") over (", partition, " order by ", total, ")");
                        default -> Node.of("", "max(", sorted(scope), ") over (", partition, ")");
                    });
        }
        Node select = Node.list("", ", ", 1, items);
        if (dice.percent(40)) {
            return new Question(
                    Node.of("", with, "select ", select, " from ", from, where), Comparison.BAG, 0, -1, criteria());
        }
        return total(Node.of("", with, "select ", select, " from ", from, where, order(scope, List.of(), true)), true);
    }

    private Question combined() {
        List<Class<?>> types = new ArrayList<>();
        for (int i = dice.from(1, 3); i > 0; i--) {
            types.add(dice.of(COMBINED));
        }
        Node left = side(types);
        String operator = dice.oneOf(" union ", " union all ", " intersect ", " except ", " union all ");
        if (dice.percent(40)) {
            return new Question(Node.of("", left, operator, side(types)), Comparison.BAG, 0, -1, false);
        }
        // without parentheses order and limit are those of the last side
        return total(Node.of("", "(", left, operator, side(types), ")", byAllPositions(types.size())), true);
    }

    private Node side(List<Class<?>> types) {
        List<Source> scope = new ArrayList<>();
        Node from = from(scope);
        List<Column> all = expressions.columns(scope);
        List<Node> items = types.stream()
                .map(type -> all.stream()
                        .filter(column -> column.java() == type && !column.loose())
                        .toList())
                .map(columns -> columns.isEmpty() ? null : Expressions.node(dice.of(columns)))
                .toList();
        return items.contains(null)
                ? side(types)
                : Node.of("", "select ", Node.list("", ", ", items.size(), items), " from ", from, where(scope));
    }

    // order and page

    private static List<String> ties(List<Source> scope) {
        return scope.stream().flatMap(source -> source.ties().stream()).toList();
    }

    /** In total the rows have one order only. */
    private Node order(List<Source> scope, List<Node> selected, boolean total) {
        List<Node> keys = new ArrayList<>();
        for (int i = dice.from(total ? 0 : 1, 3); i > 0; i--) {
            if (!selected.isEmpty() && dice.percent(50)) {
                int place = dice.from(1, selected.size());
                keys.add(Node.of("", place + direction()).at(place));
            } else {
                keys.add(Node.of("", expressions.withoutParameters(() -> expressions.varying(scope, 1)), direction()));
            }
        }
        if (!total) {
            return Node.list(" order by ", ", ", keys.size(), keys);
        }
        List<Node> last = ties(scope).stream()
                .map(tie -> Node.of("", tie + dice.oneOf("", "", " desc")))
                .toList();
        return Node.of(
                "",
                " order by ",
                Node.list(
                        "",
                        "",
                        0,
                        keys.stream().map(key -> Node.of("", key, ", ")).toList()),
                Node.list("", ", ", last.size(), last));
    }

    private String direction() {
        return dice.oneOf("", "", " desc", " asc", " nulls first", " desc nulls last");
    }

    private Question total(Node body, boolean pages) {
        return pages && dice.percent(45)
                ? page(body, Comparison.LIST)
                : new Question(body, Comparison.LIST, 0, -1, criteria());
    }

    private Question page(Node body, Comparison comparison) {
        int first = dice.oneOf(0, 0, 0, 1, 2, 3, 7, 10, 20, 55);
        int most = dice.oneOf(0, 1, 1, 2, 3, 5, 5, 10, 20, 60);
        if (dice.percent(60)) {
            return new Question(body, comparison, first, dice.percent(90) ? most : -1, criteria());
        }
        String text = dice.oneOf(
                " limit " + most,
                " limit " + most + " offset " + first,
                " offset " + first,
                " offset " + first + " rows fetch next " + most + " rows only",
                " fetch first " + most + " rows only",
                comparison == Comparison.LIST ? " fetch first " + most + " rows with ties" : " limit " + most,
                " fetch first " + most + " percent rows only");
        return new Question(Node.of("", body, text), comparison, 0, -1, criteria());
    }

    private boolean criteria() {
        return dice.percent(8);
    }
}
