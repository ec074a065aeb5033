package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardHints;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Line;
import io.hibernateshards.internal.scatter.OracleModel.Nothing;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.hibernate.Session;
import org.hibernate.query.criteria.JpaValues;

/** Statements that change the rows of one shard, and all rows after them. */
final class BulkAsks {
    private static final List<String> ON_ONE_SHARD = List.of(
            "update Owner o set o.number = 5, o.name = upper(o.name) where o.id = 4",
            "update Owner o set o.number = o.number + 1 where o.id = 4 and o.number is not null",
            "update Owner o set o.name = 'x' where o.id = 4 and o.id = 6",
            "update Owner o set o.name = 'x' where o.id in (4)",
            "update Owner o set o.place.city = null, o.grade = io.hibernateshards.internal.scatter.OracleModel$Grade.SECOND"
                    + " where o.id = 4",
            "update Owner o set o.region = (select r from Region r where r.code = 'N') where o.id = 4",
            "update Deal d set d.note = 'x' where d.owner.id = -9",
            "update Deal d set d.note = 'x' where d.owner.id = -9 and exists (select 1 from d.lines l)",
            "update Sale s set s.discount = 1 where s.owner.id = -9",
            "update Line l set l.quantity = 9 where l.deal.owner.id = -9",
            "update House h set h.floors = 77, h.label = 'tall' where h.tenant = 'tenant3'",
            "update Asset a set a.label = 'x' where a.tenant = 'tenant3'",
            "delete from Line l where l.deal.owner.id = -9",
            "delete from Line l where l.deal.owner.id = -9 and l.deal in (select d from Deal d where d.owner.id = -9)",
            "delete from Owner o where o.id = 4 and o.deals is empty",
            "delete from Asset a where a.tenant = 'tenant3'",
            "delete from Boat b where b.tenant = 'tenant4'",
            "insert into Owner (id, name, number) values (1000, 'new', 3)",
            "insert into Owner (id, name) values (1000, 'new'), (1000, 'same') on conflict (id) do nothing",
            "insert into Deal (id, owner, note) select d.id + 10000, d.owner, 'copy' from Deal d where d.owner.id = -9");

    private static final List<String> ON_ALL_SHARDS = List.of(
            "update Owner o set o.number = 5",
            "update Owner o set o.number = o.number + 1, o.name = upper(o.name) where o.number > 2",
            "update Owner o set o.name = 'x' where o.id in (2, 4, 6, 8, -9)",
            "update Owner o set o.region = (select r from Region r where r.code = 'N') where o.active = true",
            "update Owner o set o.number = (select count(d) from Deal d where d.owner = o)",
            "update Owner o set o.place.city = null where exists (select 1 from o.deals d where d.price > 3)",
            "update Deal d set d.note = 'x' where d.price > 0",
            "update Sale s set s.discount = 1",
            "update Line l set l.quantity = l.quantity * 2 where l.deal.note is not null",
            "update House h set h.floors = 77, h.label = 'tall'",
            "update Asset a set a.label = 'x' where a.tenant in ('tenant1', 'tenant2', 'tenant3')",
            "update versioned Stock s set s.amount = s.amount + 1 where s.amount < 50",
            "update Stock s set s.amount = 0",
            "delete from Line l where l.quantity > 2",
            "delete from Line",
            "delete from Line l where l.deal in (select d from Deal d where d.price is null)",
            "delete from Owner o where o.deals is empty",
            "delete from Asset",
            "delete from Boat b where b.length is null",
            "delete from Stock s where s.amount > 30",
            "insert into Owner (id, name) values (1000, 'a'), (1001, 'b'), (1002, 'c'), (1003, 'd'), (1004, null)",
            "insert into Owner (id, name) values (2, 'a'), (1001, 'b'), (4, 'c'), (1003, 'd') on conflict (id) do nothing",
            "insert into Owner (id, name) values (2, 'a'), (1001, 'b'), (4, 'c'), (1003, 'd') on conflict (id) do update"
                    + " set name = excluded.name, number = 17 where number is not null",
            "insert into Stock (id, amount, version) values (1000, 1, 0), (1001, 2, 0), (1002, 3, 0)",
            "insert into Deal (id, owner, note) select d.id + 10000, d.owner, 'copy' from Deal d",
            "insert into Deal (id, owner, note) select d.id + 10000, d.owner, r.name from Deal d left join d.region r"
                    + " where d.price > 0",
            "insert into Deal (id, owner, price) select max(d.id) + 10000, d.owner, sum(d.price) from Deal d"
                    + " group by d.owner having count(*) > 1",
            "insert into Nothing (id, name) select o.id, o.name from Owner o where o.number > 1",
            "insert into Nothing (id, number) select distinct o.id, 1 from Owner o join o.deals d",
            "insert into Nothing (id, name) select o.id, o.name from Owner o on conflict do nothing");

    private BulkAsks() {}

    /** Statements that change rows of several shards. */
    static List<Ask> onAllShards() {
        List<Ask> asks = new ArrayList<>();
        for (String hql : ON_ALL_SHARDS) {
            asks.add(change(hql, session -> session.createMutationQuery(hql).executeUpdate()));
        }
        asks.add(change("parameters of some rows", session -> session.createMutationQuery(
                        "insert into Owner (id, name, number) values (:a, :n, 1), (:b, 'b', :m), (:c, :n, :m), (:d, 'd', 2)")
                .setParameter("a", 1000L)
                .setParameter("b", 1001L)
                .setParameter("c", 1002L)
                .setParameter("d", 1003L)
                .setParameter("n", "name")
                .setParameter("m", 4711)
                .executeUpdate()));
        asks.add(change("parameters of all shards", session -> session.createMutationQuery(
                        "update Owner o set o.name = ?1 where o.number in ?2")
                .setParameter(1, "by parameter")
                .setParameterList(2, List.of(1, 2, 3))
                .executeUpdate()));
        asks.add(change("criteria update of all", session -> {
            var builder = session.getCriteriaBuilder();
            var update = builder.createCriteriaUpdate(Owner.class);
            var owner = update.from(Owner.class);
            update.set(owner.get("name"), "by criteria").where(builder.gt(owner.get("number"), 2));
            return session.createMutationQuery(update).executeUpdate();
        }));
        asks.add(change("criteria delete of all", session -> {
            var builder = session.getCriteriaBuilder();
            var delete = builder.createCriteriaDelete(Line.class);
            var line = delete.from(Line.class);
            delete.where(builder.gt(line.get("quantity"), 1));
            return session.createMutationQuery(delete).executeUpdate();
        }));
        asks.add(change("criteria insert of values", session -> {
            var builder = session.getCriteriaBuilder();
            var insert = builder.createCriteriaInsertValues(Owner.class);
            var owner = insert.getTarget();
            insert.setInsertionTargetPaths(owner.get("id"), owner.get("name"));
            List<JpaValues> rows = new ArrayList<>();
            for (long id = 1000; id < 1010; id++) {
                rows.add(builder.values(builder.value(id), builder.value("n" + id)));
            }
            insert.values(rows);
            return session.createMutationQuery(insert).executeUpdate();
        }));
        asks.add(change("criteria insert of a select", session -> {
            var builder = session.getCriteriaBuilder();
            var insert = builder.createCriteriaInsertSelect(Nothing.class);
            var target = insert.getTarget();
            insert.setInsertionTargetPaths(target.get("id"), target.get("name"));
            var select = builder.createTupleQuery();
            var owner = select.from(Owner.class);
            select.select(builder.tuple(owner.get("id"), owner.get("name")));
            insert.select(select);
            return session.createMutationQuery(insert).executeUpdate();
        }));
        asks.add(change("named", session -> session.createNamedMutationQuery("Owner.renamed")
                .setParameter("name", "by name")
                .executeUpdate()));
        asks.add(change("SQL on all shards", session -> session.createNativeMutationQuery(
                        "update Owner set name = :name where number > 3")
                .setHint(ShardHints.ALL, true)
                .setParameter("name", "by SQL")
                .executeUpdate()));
        asks.add(change("after changes in the session", session -> {
            session.find(Owner.class, 8L).number = 123;
            session.find(Owner.class, 4L).number = 123;
            session.find(Owner.class, -9L).number = 123;
            return session.createMutationQuery("update Owner o set o.name = 'seen' where o.number = 123")
                    .executeUpdate();
        }));
        asks.add(change("before a query", session -> {
            int changed = session.createMutationQuery("update Owner o set o.number = 321 where o.number = 1")
                    .executeUpdate();
            return changed
                    + session.createQuery("from Owner o where o.number = 321", Owner.class)
                            .getResultList()
                            .size();
        }));
        return asks;
    }

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>();
        for (String hql : ON_ONE_SHARD) {
            asks.add(change(hql, session -> session.createMutationQuery(hql).executeUpdate()));
        }
        asks.add(change("parameters", session -> session.createMutationQuery(
                        "update Owner o set o.name = :name where o.id = :id")
                .setParameter("name", "by parameter")
                .setParameter("id", 8L)
                .executeUpdate()));
        asks.add(change("criteria update", session -> {
            var builder = session.getCriteriaBuilder();
            var update = builder.createCriteriaUpdate(Owner.class);
            var owner = update.from(Owner.class);
            update.set(owner.get("name"), "by criteria").where(builder.equal(owner.get("id"), 8L));
            return session.createMutationQuery(update).executeUpdate();
        }));
        asks.add(change("criteria delete", session -> {
            var builder = session.getCriteriaBuilder();
            var delete = builder.createCriteriaDelete(Deal.class);
            var deal = delete.from(Deal.class);
            delete.where(builder.equal(deal.get("owner").get("id"), -9L), builder.isEmpty(deal.get("lines")));
            return session.createMutationQuery(delete).executeUpdate();
        }));
        asks.add(change("after a change in the session", session -> {
            session.find(Owner.class, 8L).number = 123;
            return session.createMutationQuery("update Owner o set o.name = 'seen' where o.id = 8 and o.number = 123")
                    .executeUpdate();
        }));
        return asks;
    }

    private static Ask change(String name, ToIntFunction<Session> statement) {
        return Ask.that(name, session -> {
            List<Object> seen = new ArrayList<>();
            seen.add(statement.applyAsInt(session));
            session.clear();
            for (String rows : List.of("Owner", "Deal", "Line", "Asset", "Stock", "Nothing")) {
                seen.addAll(session.createSelectionQuery("from " + rows + " e order by e.id", Object.class)
                        .getResultList());
            }
            seen.addAll(session.createSelectionQuery(
                            "select o.id, t from Owner o join o.tags t order by o.id, t", Object[].class)
                    .getResultList());
            session.getTransaction().setRollbackOnly();
            return seen;
        });
    }
}
