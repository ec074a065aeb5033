package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.hibernate.Session;

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

    private BulkAsks() {}

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
            for (String rows : List.of("Owner", "Deal", "Line", "Asset")) {
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
