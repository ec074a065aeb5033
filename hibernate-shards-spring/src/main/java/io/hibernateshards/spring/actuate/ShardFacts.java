package io.hibernateshards.spring.actuate;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spring.actuate.ShardsReport.InDoubt;
import io.hibernateshards.spring.actuate.ShardsReport.Table;
import jakarta.persistence.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL's statistics say of one shard.
 *
 * @param tables of the entities; empty before the first answer
 * @param inDoubt branches that are prepared there
 * @param asOf null before the first answer
 * @param problem why the last attempt failed, or null
 */
record ShardFacts(List<Table> tables, List<InDoubt> inDoubt, @Nullable Instant asOf, @Nullable String problem) {
    static final ShardFacts NONE = new ShardFacts(List.of(), List.of(), null, null);

    private static final int TIMEOUT_MILLIS = 3000;

    /** Rows when it was last analysed; if it has grown much since, as many to a page as then, as the planner has it. */
    private static final String TABLES =
            """
            select t.name as name, sum(p.rows) as row_count, coalesce(sum(p.bytes), 0) as bytes, count(*) = count(p.rows) as known
            from unnest(string_to_array(:tables, chr(10))) as t(name)
            cross join lateral (
              select cast(case
                  when pg_relation_size(c.oid) = 0 then 0
                  when c.relpages > 0 and c.reltuples >= 0
                    then c.reltuples * case when z.pages > 1.1 * c.relpages + 10 then z.pages / cast(c.relpages as float8) else 1 end
                  else nullif(s.n_live_tup, 0)
                end as bigint) as rows,
                pg_total_relation_size(c.oid) as bytes
              from pg_class c
              cross join lateral (select pg_relation_size(c.oid) / cast(current_setting('block_size') as int) as pages) z
              left join pg_stat_all_tables s on s.relid = c.oid
              where c.oid in (
                select to_regclass(t.name)
                union all
                select relid from pg_partition_tree(to_regclass(t.name)) where isleaf)
            ) p
            group by t.name
            order by t.name""";

    /** Only those of this shard: it may share its database with others. */
    private static final String IN_DOUBT =
            """
            select gid as gid, cast(extract(epoch from clock_timestamp() - prepared) * 1000 as bigint) as age, owner as owner
            from pg_prepared_xacts
            where database = current_database() and gid ~ ('^hibernate-shards/.*/[0-9]+-' || :shard || '$')
            order by prepared""";

    /** From the primary, or from a replica if that is down: those know no transactions in doubt. */
    static ShardFacts ask(ShardedSessionFactory factory, ShardId shard, Map<String, String> kinds) {
        try (ShardedSession session = factory.openSession()) {
            return ask(session, shard, kinds);
        } catch (RuntimeException e) {
            try (ShardedSession session = factory.withOptions()
                    .readOnly(true)
                    .consistency(Consistency.EVENTUAL)
                    .openSession()) {
                return ask(session, shard, kinds);
            } catch (RuntimeException again) {
                e.addSuppressed(again);
                throw e;
            }
        }
    }

    private static ShardFacts ask(ShardedSession session, ShardId shard, Map<String, String> kinds) {
        List<Table> tables = new ArrayList<>();
        for (Tuple row : session.createNativeQuery(TABLES, Tuple.class)
                .setParameter("tables", String.join("\n", kinds.keySet()))
                .setHint(ShardHints.SHARD, shard)
                .setTimeout(TIMEOUT_MILLIS / 1000)
                .getResultList()) {
            String name = row.get("name", String.class);
            Number rows = row.get("row_count", Number.class);
            boolean known = row.get("known", Boolean.class);
            tables.add(new Table(
                    name,
                    kinds.getOrDefault(name, MappedTables.SHARDED),
                    known && rows != null ? rows.longValue() : null,
                    row.get("bytes", Number.class).longValue()));
        }
        List<InDoubt> inDoubt = new ArrayList<>();
        for (Tuple row : session.createNativeQuery(IN_DOUBT, Tuple.class)
                .setParameter("shard", shard.name())
                .setHint(ShardHints.SHARD, shard)
                .setTimeout(TIMEOUT_MILLIS / 1000)
                .getResultList()) {
            inDoubt.add(new InDoubt(
                    row.get("gid", String.class),
                    row.get("age", Number.class).longValue(),
                    row.get("owner", String.class)));
        }
        return new ShardFacts(List.copyOf(tables), List.copyOf(inDoubt), Instant.now(), null);
    }

    /** Rows of sharded entities; null if one table's are not known, or nothing is. */
    @Nullable
    Long rows() {
        if (asOf == null) {
            return null;
        }
        long sum = 0;
        for (Table table : tables) {
            if (table.kind().equals(MappedTables.SHARDED)) {
                if (table.rows() == null) {
                    return null;
                }
                sum += table.rows();
            }
        }
        return sum;
    }

    @Nullable
    Long bytes() {
        return asOf == null ? null : tables.stream().mapToLong(Table::bytes).sum();
    }

    /** Milliseconds; 0 if there is none. */
    long oldestInDoubt() {
        return inDoubt.stream().mapToLong(InDoubt::ageMillis).max().orElse(0);
    }

    /** The same, but that it could not be asked again. */
    ShardFacts failed(String why) {
        return new ShardFacts(tables, inDoubt, asOf, why);
    }
}
