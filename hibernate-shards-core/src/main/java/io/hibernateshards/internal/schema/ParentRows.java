package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Table;

/**
 * The rows of a table that tell nothing of their bucket: each lives with its parent, which must be on the same shard.
 *
 * @param entity whose rows they are
 * @param foreignKey leads to the parent
 * @param parent the entity of the parent
 * @param parents the tables where its row may be
 * @param referenced the columns there that the foreign key has the values of
 */
record ParentRows(String entity, List<Column> foreignKey, String parent, List<Table> parents, List<Column> referenced) {
    /** A line if rows have no parent on a shard. */
    List<String> misplaced(ShardId here, Connection connection, Table table, SqlStringGenerationContext context)
            throws SQLException {
        Dialect dialect = context.getDialect();
        String lost = parents.stream()
                .map(one -> "not exists (select 1 from " + context.format(one.getQualifiedTableName()) + " p where "
                        + IntStream.range(0, foreignKey.size())
                                .mapToObj(i -> "p." + referenced.get(i).getQuotedName(dialect) + " = c."
                                        + foreignKey.get(i).getQuotedName(dialect))
                                .collect(Collectors.joining(" and "))
                        + ")")
                .collect(Collectors.joining(" and "));
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select count(*) from " + context.format(table.getQualifiedTableName()) + " c where " + lost)) {
            row.next();
            return row.getLong(1) == 0
                    ? List.of()
                    : List.of("entity " + entity + ", table " + table.getName() + ": " + row.getLong(1)
                            + " rows on shard \"" + here + "\" have no " + parent + " there, and would live with one");
        } catch (SQLException e) {
            if (!PlacementSample.NOT_THERE.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            return List.of();
        }
    }
}
