package io.hibernateshards.internal.target;

import static io.hibernateshards.internal.target.PlanModel.idIn;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.target.PlanModel.Customer;
import io.hibernateshards.internal.target.PlanModel.ProfileId;
import io.hibernateshards.internal.target.PlanModel.Purchase;
import io.hibernateshards.internal.target.PlanModel.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.QueryParameterBinding;
import org.hibernate.query.spi.QueryParameterBindings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which shards a query asks, and whether it may ask several. */
class TargetingTest {
    /** Whether several shards can each answer by themselves. */
    enum Several {
        YES,
        NO
    }

    record Case(String hql, List<@Nullable Object> parameters, List<Integer> shards, Several several, String reason) {
        Case with(@Nullable Object... parameters) {
            return new Case(hql, Arrays.asList(parameters), shards, several, reason);
        }

        Case asks(Integer... numbers) {
            return new Case(hql, parameters, List.of(numbers), several, reason);
        }

        /** Of several shards, none can answer by itself. */
        Case refusedOverSeveral(String because) {
            return new Case(hql, parameters, shards, Several.NO, because);
        }

        @Override
        public String toString() {
            return hql + " " + parameters
                    + (several == Several.NO ? " is refused over several shards" : " asks " + shards);
        }
    }

    private static final Integer[] ALL = {0, 1, 2, 3};

    private static PlanModel model;

    @BeforeAll
    static void boot() {
        model = new PlanModel();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Case hql(String hql) {
        return new Case(hql, List.of(), List.of(ALL), Several.YES, "");
    }

    private static Customer customer(long id) {
        Customer customer = new Customer();
        customer.id = id;
        return customer;
    }

    private static Purchase purchase(int bucket) {
        Purchase purchase = new Purchase();
        purchase.id = idIn(bucket);
        return purchase;
    }

    static Stream<Case> keys() {
        return Stream.of(
                hql("from Customer"),
                hql("from Customer c where c.id = 5").asks(1),
                hql("from Customer c where 5 = c.id").asks(1),
                hql("from Customer c where c.id = ?1").with(6L).asks(2),
                hql("from Customer c where c.id = ?1").with(6).asks(2),
                hql("from Customer c where id(c) = ?1").with(6L).asks(2),
                hql("from Customer c where c = ?1").with(customer(7)).asks(3),
                hql("from Customer c where c.id in (1, 2, 6)").asks(1, 2),
                hql("from Customer c where c.id in (?1)")
                        .with(List.of(1L, 5L, 3L))
                        .asks(1, 3),
                hql("from Customer c where c.id in (?1)").with(List.of()).asks(),
                hql("from Customer c where c.id in (?1, ?2)").with(1L, 5L).asks(1),
                hql("from Customer c where c.id in ?1").with(List.of(2L)).asks(2),
                hql("from Customer c where c in (?1)")
                        .with(List.of(customer(1), customer(4)))
                        .asks(0, 1),
                hql("from Customer c where c.id not in (1, 2)"),
                hql("from Customer c where c.id <> 5"),
                hql("from Customer c where not c.id = 5"),
                hql("from Customer c where not (c.id = 5 or c.id = 6)"),
                hql("from Customer c where not (not (c.id = 5))").asks(1),
                hql("from Customer c where c.id = ?1")
                        .with(new @Nullable Object[1])
                        .asks(),
                hql("from Customer c where c.id = null").asks(),
                hql("from Customer c where c.id is null").asks(),
                hql("from Customer c where c.id is not null"),
                hql("from Customer c where c.id = ?1 and c.name = ?2")
                        .with(5L, "x")
                        .asks(1),
                hql("from Customer c where c.id = 5 and c.id = 6").asks(),
                hql("from Customer c where c.id in (1, 2) and c.id in (2, 3)").asks(2),
                hql("from Customer c where c.id = 5 or c.id = 6").asks(1, 2),
                hql("from Customer c where c.id = 5 or c.name = 'x'"),
                hql("from Customer c where (c.id = 5 and c.name = 'x') or (c.id = 6 and c.name = 'y')")
                        .asks(1, 2),
                hql("from Customer c where c.score = 5"),
                hql("from Customer c where c.id = c.score"),
                hql("from Customer c where c.id = 5 + 1"),
                hql("from Customer c where c.id + 0 = 5"),
                hql("from Customer c where c.id = 5 group by c.id having c.id = 6")
                        .asks(1),
                hql("select c.name, count(*) from Customer c group by c.name having max(c.id) = 6"),
                hql("from Customer c where case when c.id = 5 then true else false end"),
                hql("from Customer c where case when c.id = 5 then 1 else 0 end = 0"),
                hql("from VipCustomer v where v.id = 5 and v.discount > 1").asks(1),
                hql("from Customer c where treat(c as VipCustomer).discount > 1 and c.id = 2")
                        .asks(2),
                hql("from Customer c where treat(c as VipCustomer).id = 2").asks(2),
                hql("from Customer c where c.id between 1 and 2").asks(1, 2),
                hql("from Customer c where c.id not between 1 and 2"),
                hql("from Customer c where c.id between ?1 and ?2").with(5L, 5L).asks(1),
                hql("from Customer c where c.id >= 4 and c.id <= 6").asks(0, 1, 2),
                hql("from Customer c where 4 <= c.id and 6 >= c.id").asks(0, 1, 2),
                hql("from Customer c where c.id <= 1").asks(0, 1),
                hql("from Customer c where c.id <= c.score and c.id = 1").asks(1),
                hql("from Customer c where c.id < ?1")
                        .with(new @Nullable Object[1])
                        .asks(),
                hql("from Document d where d.tenant = 'abc'").asks(3),
                hql("from Document d where d.tenant = ?1").with("abc").asks(3),
                hql("from Document d where d.tenant like 'abc'"),
                hql("from Document d where lower(d.tenant) = 'abc'"),
                hql("from Setting s where s.name = 'x'").asks(2));
    }

    static Stream<Case> compositeKeys() {
        return Stream.of(
                hql("from Profile p where p.id.region = ?1 and p.id.userId = ?2")
                        .with(Region.SOUTH, 4L)
                        .asks(2),
                hql("from Profile p where p.id.region = SOUTH and p.id.userId = 4")
                        .asks(2),
                hql("from Profile p where p.id.userId = 4 and p.motto = 'x' and p.id.region = NORTH")
                        .asks(1),
                hql("from Profile p where (p.id.region, p.id.userId) = (?1, ?2)")
                        .with(Region.SOUTH, 4L)
                        .asks(2),
                hql("from Profile p where (p.id.region, p.id.userId) in ((?1, ?2), (?3, ?4))")
                        .with(Region.SOUTH, 4L, Region.NORTH, 4L)
                        .asks(1, 2),
                hql("from Profile p where p.id.region in (NORTH, SOUTH) and p.id.userId = 4")
                        .asks(1, 2),
                hql("from Profile p where p.id = ?1")
                        .with(new ProfileId(Region.SOUTH, 5L))
                        .asks(3),
                hql("from Profile p where p.id.userId = 4"),
                hql("from Profile p where p.id.region = NORTH or p.id.userId = 4"),
                hql("from Profile p where p.id.userId between 1 and 2 and p.id.region = NORTH"),
                hql(
                        "select p.motto, l.id from Profile p join Login l on l.region = p.id.region and l.userId = p.id.userId"),
                hql(
                        "select p.motto, l.id from Profile p, Login l where (l.region, l.userId) = (p.id.region, p.id.userId)"),
                hql("select p.motto, l.id from Profile p join Login l on l.userId = p.id.userId")
                        .refusedOverSeveral("Login"));
    }

    static Stream<Case> idsAndAssociations() {
        return Stream.of(
                hql("from Purchase p where p.id = ?1").with(idIn(6)).asks(2),
                hql("from Purchase p where p.id in (?1)")
                        .with(List.of(idIn(6), idIn(3)))
                        .asks(2, 3),
                hql("from Purchase p where p.id between 1 and 2"),
                hql("from Purchase p where p = ?1").with(purchase(6)).asks(2),
                hql("from Purchase p where p.customer.id = 5").asks(1),
                hql("from Purchase p where p.customer = ?1").with(customer(5)).asks(1),
                hql("from Purchase p where fk(p.customer) = 5").asks(1),
                hql("from Purchase p where p.customer is null").asks(),
                hql("from Purchase p where p.referrer.id = 5"),
                hql("from Purchase p where p.referrer = ?1").with(customer(5)),
                hql("from Purchase p where p.referrer is null"),
                hql("from Purchase p where p.customer.name = 'x'"),
                hql("from Line l where l.id = 5"),
                hql("from Line l where l.purchase = ?1").with(purchase(7)).asks(3),
                hql("from Line l where l.purchase.id = ?1").with(idIn(7)).asks(3),
                hql("from Line l where l.purchase.customer.id = 5").asks(1),
                hql("from Line l where l.purchase.customer = ?1")
                        .with(customer(6))
                        .asks(2),
                hql("from Line l where l.purchase.customer.name = 'x' and l.product.origin.name = 'y'"),
                hql("from Line l join l.purchase p join p.customer c where c.id = 5")
                        .asks(1),
                hql("from Line l join fetch l.purchase p join fetch p.customer"),
                hql("from Customer c left join fetch c.purchases p left join p.lines"),
                hql("select p.total from Customer c join c.purchases p where p.id = ?1")
                        .with(idIn(6))
                        .asks(2),
                hql("select n from Customer c join c.nicknames n where n = 'x'"),
                hql("select a.city from Customer c join c.addresses a where a.land.name = 'x'"),
                hql("select v.name from Customer c join c.visited v where v.name = 'x'"),
                hql("from Customer c where size(c.purchases) > 1 and c.purchases is not empty"),
                hql("from Customer c where ?1 member of c.nicknames").with("x"),
                hql("from Customer c where max(elements(c.nicknames)) = 'x'"),
                hql("from Customer c where exists elements(c.purchases)"),
                hql("from Customer c where c.nicknames[0] = 'x' and c.id = 5").asks(1),
                hql("from Customer c where size(c.referred) > 1").refusedOverSeveral("Purchase"),
                hql("from Customer c join c.referred r").refusedOverSeveral("Purchase"),
                hql("select p.referrer.name from Purchase p").refusedOverSeveral("Customer"),
                hql("select p.referrer from Purchase p").refusedOverSeveral("Customer"),
                hql("from Purchase p join p.referrer r where p.customer.id = 5").refusedOverSeveral("Customer"),
                hql("from Purchase p join p.referrer r where p.customer.id = 5 and r.id = 9")
                        .asks(1));
    }

    static Stream<Case> joins() {
        return Stream.of(
                hql("select c.name, p.total from Customer c join Purchase p on p.customer = c"),
                hql("select c.name, p.total from Customer c join Purchase p on p.customer.id = c.id and c.id = 5")
                        .asks(1),
                hql("select c.name, p.total from Customer c, Purchase p where p.customer = c and p.customer.id = 5")
                        .asks(1),
                hql("select c.name, p.total from Customer c cross join Purchase p where p.customer.id = c.id"),
                hql("select a.id, b.id from Purchase a, Purchase b where a.id = b.id"),
                hql("select a.id, b.id from Purchase a, Purchase b where a.customer = b.customer"),
                hql("select a.id, b.id from Purchase a, Purchase b where a.total = b.total")
                        .refusedOverSeveral("Purchase"),
                hql("select a.id from Customer a, Customer b").refusedOverSeveral("Customer"),
                hql("select a.id from Customer a, Customer b where a.id = b.id or a.name = b.name")
                        .refusedOverSeveral("Customer"),
                hql("select a.id from Customer a, Customer b where not a.id = b.id")
                        .refusedOverSeveral("Customer"),
                hql("select a.id from Customer a, Customer b where a.id = 5 and b.id = 6 and a.name = b.name")
                        .asks(1, 2)
                        .refusedOverSeveral("Customer"),
                hql("select a.id from Customer a, Customer b where a.id = 5 and b.id = 9 and a.name = b.name")
                        .asks(1),
                hql("select a.id from Customer a, Customer b where a.id = 5").refusedOverSeveral("Customer"),
                hql("select a.id from Customer a, Customer b where a.id = 5 and b.id is null")
                        .asks(),
                hql("select c.name from Customer c, Document d where d.author = c.id")
                        .refusedOverSeveral("Document"),
                hql("select c.name from Customer c, Reading r where r.day = c.id")
                        .refusedOverSeveral("Reading"),
                hql("select c.name, l.id from Customer c, Purchase p, Line l where p.customer = c and l.purchase = p"),
                hql("select c.name from Customer c join Setting s on s.name = c.name where c.id = 6")
                        .asks(2),
                hql("select c.name from Customer c join Setting s on s.name = c.name where c.id = 5")
                        .asks(1, 2)
                        .refusedOverSeveral("Setting"),
                hql("select c.name from Customer c join Country r on r.code = c.name"),
                hql("select c.name from Country r join Customer c on c.country = r"),
                hql("select a.id from Country r join Customer a on a.country = r join Customer b on b.country = r")
                        .refusedOverSeveral("Customer"),
                // ON and WHERE of outer joins
                hql("from Customer c left join Purchase p on p.customer = c and p.customer.id = 5"),
                hql("from Customer c left join c.purchases p on p.customer.id = 5"),
                hql("from Customer c left join Purchase p on p.customer = c where p.customer.id = 5")
                        .asks(1),
                hql("from Customer c left join Purchase p on p.customer = c and c.id = 5"),
                hql("from Customer c left join c.purchases p where p.id is null"),
                hql("from Customer c left join Purchase p on p.total = c.score").refusedOverSeveral("Purchase"),
                hql("from Customer c left join Purchase p on p.total = c.score where p.customer = c"),
                hql("from Customer c left join Purchase p on p.total = c.score and p.customer.id = 5 where c.id = 9")
                        .asks(1),
                hql("from Customer c left join Purchase p on p.total = c.score where c.id = 9")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer a join Customer b on a.name = b.name left join b.purchases p on p.customer = a")
                        .refusedOverSeveral("Customer"),
                hql("from Customer a left join Customer b on b.id = a.id left join Purchase p on p.customer = b"),
                hql(
                        "from Customer a join Customer b on b.id = a.id and b.id = 5 right join Purchase p on p.customer = a"),
                hql("from Customer a right join Purchase p on p.customer = a where a.id = 5")
                        .asks(1),
                hql("from Customer c right join Country r on c.country = r").refusedOverSeveral("reference"),
                hql("from Country r left join Customer c on c.country = r").refusedOverSeveral("reference"),
                hql("from Country r left join Customer c on c.country = r and c.id = 5")
                        .asks(1),
                hql("from Country r left join Customer c on c.country = r and c.id = null")
                        .asks(0));
    }

    static Stream<Case> subqueries() {
        return Stream.of(
                hql("from Customer c where exists (select 1 from Purchase p where p.customer = c and p.total > 1)"),
                hql("from Customer c where not exists (select 1 from Purchase p where p.customer.id = c.id)"),
                hql("from Customer c where exists (select 1 from c.purchases p where p.total > 1)"),
                hql(
                        "from Customer c where exists (select 1 from Purchase p where p.customer = c and p.customer.id = 5)"),
                hql("from Customer c where c.id = 5 and exists (select 1 from Purchase p where p.customer = c)")
                        .asks(1),
                hql("from Customer c where exists (select 1 from Purchase p where p.total = c.score)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where exists (select 1 from Purchase p where p.customer = c or p.total = 1)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where exists (select 1 from Document d)").refusedOverSeveral("Document"),
                hql("from Customer c where c.id = 5 and exists (select 1 from Document d)")
                        .refusedOverSeveral("Document"),
                hql("from Customer c where c.id = 7 and exists (select 1 from Document d where d.tenant = 'abc')")
                        .asks(3),
                hql("from Customer c where c.id = 5 and exists (select 1 from Document d where d.tenant = 'abc')")
                        .asks(1, 3)
                        .refusedOverSeveral("Document"),
                hql("from Customer c where c.score > (select avg(p.total) from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.score > (select avg(p.total) from Purchase p where p.customer = c)"),
                hql("select c.name, (select count(*) from Purchase p where p.customer = c) from Customer c"),
                hql("select c.name, (select count(*) from Purchase p) from Customer c")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c order by (select count(*) from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("select c.name from Customer c group by c.name having count(*) > (select count(*) from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.id in (select p.customer.id from Purchase p where p.total > 1)"),
                hql("from Customer c where c.id not in (select p.customer.id from Purchase p where p.total > 1)"),
                hql("from Customer c where c.id in (select p.customer.id from Purchase p order by p.total limit 3)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.id in (select p.referrer.id from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.id not in (select p.customer.id from Customer o left join o.purchases p)")
                        .refusedOverSeveral("Customer"),
                hql("from Customer c where c.name in (select r.name from Country r)"),
                hql("from Customer c where c.id in (select max(p.customer.id) from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.id in (select p.customer.id from Purchase p group by p.customer.id"
                        + " having count(*) > 1)"),
                hql("from Customer c where c.score = 1 or c.id in (select p.customer.id from Purchase p)"),
                hql("from Customer c where c.id = (select max(p.customer.id) from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where c.id = any (select p.customer.id from Purchase p)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where exists (select 1 from Purchase p join p.customer d where d = c)"),
                hql("from Customer c where exists (select 1 from Purchase p left join p.lines l on l.purchase.customer = c)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where exists (select 1 from Purchase p where p.total = 1 and c.id = 5)")
                        .refusedOverSeveral("Purchase"),
                hql("from Customer c where exists (select 1 from c.purchases p where c.id = 5)"),
                hql(
                        "from Purchase p where p.total > (select max(o.total) from Purchase o where o.customer = p.customer)"),
                hql("from Purchase p where p.total > (select max(o.total) from Purchase o where o.referrer = p.referrer)")
                        .refusedOverSeveral("Purchase"),
                hql("from Country r where exists (select 1 from Customer c where c.country = r)")
                        .refusedOverSeveral("reference"),
                hql("from Customer a, Customer b where a.id = b.id and not exists "
                        + "(select 1 from Purchase p where p.customer = a and p.customer = b)"),
                hql("from Customer a, Customer b where not exists "
                                + "(select 1 from Purchase p where p.customer = a and p.customer = b)")
                        .refusedOverSeveral("Customer"),
                hql("from Customer c where exists (select 1 from Purchase p where p.customer = c"
                        + " and exists (select 1 from Line l where l.purchase = p and l.quantity > 1))"),
                hql("from Customer c where exists (select 1 from Purchase p where p.customer = c"
                                + " and exists (select 1 from Line l where l.quantity = p.total))")
                        .refusedOverSeveral("Line"),
                hql("select d.n from (select c.name as n from Customer c) d").refusedOverSeveral("from clause"),
                hql("select d.n from (select c.name as n from Customer c where c.id = 5) d")
                        .asks(1),
                hql("with x as (select c.name as n from Customer c where c.id = 5) select x.n from x x")
                        .asks(1),
                hql("with x as (select c.name as n from Customer c) select x.n from x x")
                        .refusedOverSeveral("with"),
                hql("select c.name from Customer c union all select d.title from Document d"),
                hql("select c.name from Customer c where c.id = 5 union all select d.title from Document d where d.tenant = 'abc'")
                        .asks(1, 3),
                hql("select c.name from Customer c union all select r.name from Country r")
                        .refusedOverSeveral("reference"),
                hql("select c.name from Customer c union select d.title from Document d")
                        .refusedOverSeveral("set operation"),
                hql("select c.name from Customer c where c.id = 5 except select c.name from Customer c where c.id = 9")
                        .asks(1));
    }

    static Stream<Case> changes() {
        return Stream.of(
                hql("delete from Customer"),
                hql("delete from Customer c where c.id = 5").asks(1),
                hql("delete from Purchase p where p.customer.id in (5, 6)").asks(1, 2),
                hql("delete from Purchase p where p.referrer.id = 5"),
                hql("delete from Purchase p where exists (select 1 from Line l where l.purchase = p)"),
                hql("delete from Purchase p where not exists (select 1 from Document d where d.author = p.id)")
                        .refusedOverSeveral("Document"),
                hql("update Purchase p set p.total = 0 where p.id = ?1")
                        .with(idIn(6))
                        .asks(2),
                hql("update Purchase p set p.total = p.total + 1"),
                hql("update Purchase p set p.referrer = ?1").with(customer(5)),
                hql("update Purchase p set p.total = (select sum(l.quantity) from Line l where l.purchase = p)"),
                hql("update Purchase p set p.total = (select count(*) from Line l)")
                        .refusedOverSeveral("Line"),
                hql("insert into Document (id, tenant) values (?1, 'abc')")
                        .with(new UUID(1, 1))
                        .asks(3),
                hql("insert into Document (id, tenant) values (?1, 'abc'), (?2, 'ab')")
                        .with(new UUID(1, 1), new UUID(1, 2))
                        .asks(2, 3),
                hql("insert into Document (id, title) values (?1, 'abc')")
                        .with(new UUID(1, 1))
                        .refusedOverSeveral("insert into Document"),
                hql("insert into Document (id, tenant) values (?1, null)").with(new UUID(1, 1)),
                hql("insert into Line (id, purchase) values (1, ?1)")
                        .with(purchase(5))
                        .asks(1),
                hql("insert into Line (id, purchase) values (1, ?1) on conflict (id) do update set quantity = 2")
                        .with(purchase(5))
                        .asks(1),
                hql("insert into Line (id, purchase, quantity) values (1, ?1, (select count(*) from Document))")
                        .with(purchase(5))
                        .refusedOverSeveral("subquery of Document with Line"),
                hql("insert into Line (id, quantity) values (1, 2)").refusedOverSeveral("insert into Line"),
                hql("insert into Line (id, purchase) select l.id + 1, l.purchase from Line l where l.purchase = ?1")
                        .with(purchase(5))
                        .asks(1),
                hql("insert into Line (id, purchase) select l.id + 1, l.purchase from Line l"),
                hql("insert into Document (id, tenant) select d.id, d.title from Document d where d.tenant = 'abc'")
                        .refusedOverSeveral("insert into Document"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"keys", "compositeKeys", "idsAndAssociations", "joins", "subqueries", "changes"})
    void target_isTheShardsThatMatter_andSeveralOnlyIfTheirRowsNeedNoOther(Case query) {
        boolean isMutation = !query.hql().matches("(from|select|with) .*");
        HqlInterpretation<?> read =
                model.factory.getQueryEngine().interpretHql(query.hql(), isMutation ? null : Object[].class);
        Targeting targeting = Targeting.of(read.getSqmStatement(), model.mapping, model.factory);
        QueryParameterBindings bindings = read.getParameterMetadata().createBindings(model.factory);
        bind(bindings, query.parameters());

        List<ShardId> expected =
                query.shards().stream().map(PlanModel.SHARDS::get).toList();
        assertThat(targeting.target(new Arguments(model.router, bindings)).shards())
                .isEqualTo(expected);
        Refusal refusal = targeting.crossShard();
        if (query.several() == Several.NO) {
            assertThat(refusal).asString().contains(query.reason());
        } else if (expected.size() > 1) {
            assertThat(refusal).isNull();
        }
        assertThat(targeting.refused()).isNull();
        assertThat(targeting.anyShard()).isFalse();
        assertThat(targeting.isMutation()).isEqualTo(isMutation);
    }

    static void bind(QueryParameterBindings bindings, List<@Nullable Object> parameters) {
        List<@Nullable Object> values = new ArrayList<>(parameters);
        for (int i = 0; i < values.size(); i++) {
            QueryParameterBinding<?> binding = bindings.getBinding(i + 1);
            if (values.get(i) instanceof Collection<?> several) {
                binding.setBindValues(several);
            } else {
                binding.setBindValue(values.get(i));
            }
        }
    }
}
