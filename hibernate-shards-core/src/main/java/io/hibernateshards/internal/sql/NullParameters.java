package io.hibernateshards.internal.sql;

import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/**
 * SQL with a null in the place of each parameter, of the type that the server gives it. The server finds the same tables and
 * functions in it, and no value is ever a part of its text.
 */
final class NullParameters {
    private static final String TYPES =
            "select format_type(t.id, null) from unnest(?) with ordinality t (id, place) order by t.place";

    private NullParameters() {}

    /**
     * Asks the server for the types, if there are parameters.
     *
     * @param bound the same SQL with its values, not run
     */
    static String in(String sql, PreparedStatement bound, Connection connection) throws SQLException {
        BaseConnection driver = connection.unwrap(BaseConnection.class);
        boolean standard = driver.getStandardConformingStrings();
        List<NativeQuery> queries =
                Parser.parseJdbcSql(Parser.replaceProcessing(sql, true, standard), standard, true, false, false, true);
        if (queries.size() != 1) {
            throw new SQLException("it is " + queries.size() + " statements", "42601");
        }
        NativeQuery query = queries.get(0);
        return query.bindPositions.length == 0 ? query.nativeSql : replaced(query, types(bound, driver, connection));
    }

    /** Positions are those of the driver's {@code $1}, {@code $2} and so on. */
    private static String replaced(NativeQuery query, String[] types) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int i = 0; i < types.length; i++) {
            int at = query.bindPositions[i];
            text.append(query.nativeSql, from, at)
                    .append("cast(null as ")
                    .append(types[i])
                    .append(')');
            from = at + NativeQuery.bindName(i + 1).length();
        }
        return text.append(query.nativeSql, from, query.nativeSql.length()).toString();
    }

    /** What is wrong with the SQL must not end the transaction. */
    private static String[] types(PreparedStatement bound, BaseConnection driver, Connection connection)
            throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            ParameterMetaData parameters = bound.getParameterMetaData();
            Long[] ids = new Long[parameters.getParameterCount()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = Integer.toUnsignedLong(driver.getTypeInfo().getPGType(parameters.getParameterTypeName(i + 1)));
            }
            return names(ids, connection);
        } finally {
            connection.rollback(before);
            connection.releaseSavepoint(before);
        }
    }

    private static String[] names(Long[] ids, Connection connection) throws SQLException {
        String[] names = new String[ids.length];
        try (PreparedStatement statement = connection.prepareStatement(TYPES)) {
            statement.setArray(1, connection.createArrayOf("oid", ids));
            try (ResultSet row = statement.executeQuery()) {
                for (int i = 0; row.next(); i++) {
                    names[i] = row.getString(1);
                }
            }
        }
        return names;
    }
}
