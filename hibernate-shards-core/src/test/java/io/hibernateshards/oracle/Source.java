package io.hibernateshards.oracle;

import io.hibernateshards.oracle.Schema.Column;
import io.hibernateshards.oracle.Schema.Table;
import io.hibernateshards.oracle.Schema.ToMany;
import io.hibernateshards.oracle.Schema.ToOne;
import java.util.List;

/**
 * An alias of the from clause.
 *
 * @param table null if its rows are no entities
 * @param columns named from the alias
 * @param ties what tells its rows apart
 */
record Source(String alias, Table table, List<Column> columns, List<String> ties) {
    static Source of(String alias, Table table) {
        return new Source(
                alias,
                table,
                table.columns().stream().map(column -> column.of(alias)).toList(),
                table.ids().stream().map(id -> alias + "." + id).toList());
    }

    /** The elements of a collection that are not entities. */
    static Source of(String alias, ToMany many) {
        List<Column> columns =
                many.element().stream().map(column -> column.of(alias)).toList();
        return new Source(alias, null, columns, List.of(many.key().isEmpty() ? alias : many.key() + "(" + alias + ")"));
    }

    boolean isEntity() {
        return table != null;
    }

    List<ToOne> ones() {
        return table == null ? List.of() : table.ones();
    }

    List<ToMany> manies() {
        return table == null ? List.of() : table.manies();
    }
}
