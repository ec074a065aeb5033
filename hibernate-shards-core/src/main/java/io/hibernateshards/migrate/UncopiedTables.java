package io.hibernateshards.migrate;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * What stays behind: the tables of a database that are none of those that are copied. Not among them are what a copied view
 * reads, partitions and children of a copied table, whose rows are copied with it, and what belongs to extensions, to
 * PostgreSQL, or to this library.
 */
final class UncopiedTables {
    private static final String TABLES =
            """
            with recursive copied(id) as (
              select to_regclass(name)::oid from unnest(?::text[]) name
              union
              select next.id from copied cross join lateral (
                select d.refobjid as id
                from pg_rewrite r
                join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
                where r.ev_class = copied.id
                union all
                select inhrelid from pg_inherits where inhparent = copied.id) next
            )
            select t.oid::regclass::text, sum(part.rows)::bigint, count(*) = count(part.rows)
            from pg_class t
            cross join lateral (
              select case
                  when pg_relation_size(p.oid) = 0 then 0
                  when p.relpages > 0 and p.reltuples >= 0
                    then p.reltuples * pg_relation_size(p.oid) / (p.relpages * current_setting('block_size')::float8)
                  else nullif(pg_stat_get_live_tuples(p.oid), 0)
                end as rows
              from pg_class p
              where p.oid = t.oid and t.relkind = 'r'
                or t.relkind = 'p' and p.oid in (select relid from pg_partition_tree(t.oid) where isleaf and relid <> t.oid)
            ) part
            where t.relkind in ('r', 'p') and not t.relispartition and t.relpersistence <> 't'
              and t.relnamespace <> all (array(select oid from pg_namespace
                where nspname = 'information_schema' or starts_with(nspname, 'pg_') or oid = any (
                  select to_regnamespace(schema)::oid from unnest(?::text[]) schema)))
              and not exists (select from copied where id = t.oid)
              and not exists (select from pg_depend d
                where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype = 'e')
            group by t.oid
            order by t.oid::regclass::text collate "C\"""";

    private UncopiedTables() {}

    /**
     * In the order of their names.
     *
     * @param copied tables and views, as SQL writes them
     * @param own schemas of this library
     */
    static List<UncopiedTable> of(Connection source, Collection<String> copied, Collection<String> own)
            throws SQLException {
        List<UncopiedTable> tables = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(TABLES)) {
            statement.setArray(1, source.createArrayOf("text", copied.toArray()));
            statement.setArray(2, source.createArrayOf("text", own.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    tables.add(new UncopiedTable(
                            row.getString(1),
                            row.getBoolean(3) ? OptionalLong.of(row.getLong(2)) : OptionalLong.empty()));
                }
            }
        }
        return tables;
    }
}
