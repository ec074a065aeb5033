package io.hibernateshards.internal.gather;

import io.hibernateshards.internal.target.Refusal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables that SQL reads, as PostgreSQL itself sees it: a temporary view on the SQL, which is gone right away, is asked.
 *
 * @param names of tables that are named without a schema, by their object ids
 * @param keys whether the SQL relies on a primary key
 * @param refusal why copies cannot take the tables' place; null if they can
 */
public record SqlTables(Map<Long, String> names, boolean keys, @Nullable Refusal refusal) {
    private static final String VIEW = "\"hibernate_shards_gathered\"";

    private static final String RELATIONS =
            """
            select distinct c.oid, c.relname, c.oid::regclass::text, c.relkind::text, pg_table_is_visible(c.oid),
                n.nspname in ('pg_catalog', 'information_schema')
            from pg_rewrite r
            cross join regexp_matches(r.ev_action::text, ':relid ([0-9]+)', 'g') found
            join pg_class c on c.oid = found[1]::oid
            join pg_namespace n on n.oid = c.relnamespace
            where r.ev_class = 'pg_temp.hibernate_shards_gathered'::regclass and c.oid <> r.ev_class and c.oid <> 0
            order by 2""";

    private static final String REST =
            """
            select r.ev_action::text like '%{ROWMARKCLAUSE%',
                exists (select from pg_depend d where d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
                    and d.refclassid = 'pg_constraint'::regclass),
                (select min(p.oid::regprocedure::text) from pg_depend d
                    left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
                    join pg_proc p on p.oid = case when d.refclassid = 'pg_proc'::regclass then d.refobjid
                        else o.oprcode end
                    join pg_language l on l.oid = p.prolang
                    where d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
                    and (p.prokind = 'a' or p.provolatile <> 'i' and l.lanname not in ('c', 'internal')))
            from pg_rewrite r where r.ev_class = 'pg_temp.hibernate_shards_gathered'::regclass""";

    /**
     * Asks.
     *
     * @param sql with constants in place of parameters; it is not run
     */
    public static SqlTables of(String sql, Connection connection) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try (Statement statement = connection.createStatement()) {
            // In parentheses the SQL can be nothing but one query; and its columns need not have different names
            statement.execute("create temp view " + VIEW + " as select count(*) from (\n" + query(sql) + "\n) q");
            return read(connection);
        } finally {
            connection.rollback(before);
            connection.releaseSavepoint(before);
        }
    }

    private static String query(String sql) {
        String query = sql.strip();
        return query.endsWith(";") ? query.substring(0, query.length() - 1) : query;
    }

    private static SqlTables read(Connection connection) throws SQLException {
        Map<Long, String> names = new LinkedHashMap<>();
        List<Refusal> refusals = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(RELATIONS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String kind = row.getString(4);
                if (row.getBoolean(6)) {
                    refusals.add(refusal(row.getString(3), "each server has its own catalog", "leave it out"));
                } else if (!kind.equals("r") && !kind.equals("p")) {
                    refusals.add(refusal(
                            row.getString(3), "it is no table, so no copy can take its place", "name the tables"));
                } else if (!row.getBoolean(5)) {
                    refusals.add(refusal(
                            row.getString(3),
                            "it is not in the search path, and a copy can only take the place of a table that is named"
                                    + " without a schema",
                            "name the schema in the shard's URL"));
                } else {
                    names.put(row.getLong(1), row.getString(2));
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(REST);
                ResultSet row = statement.executeQuery()) {
            row.next();
            if (row.getBoolean(1)) {
                refusals.add(new Refusal(
                        "SQL that locks rows",
                        "gathered rows are copies, which nobody else sees",
                        "run it without a lock, then lock what it yields"));
            }
            String function = row.getString(3);
            if (function != null) {
                refusals.add(new Refusal(
                        "the function " + function,
                        "it may read tables that the SQL does not name",
                        "call none but PostgreSQL's own, or declare it immutable if it reads no table"));
            }
            return new SqlTables(names, row.getBoolean(2), refusals.isEmpty() ? null : refusals.get(0));
        }
    }

    private static Refusal refusal(String relation, String reason, String rewrite) {
        return new Refusal("the relation " + relation, reason, rewrite);
    }
}
