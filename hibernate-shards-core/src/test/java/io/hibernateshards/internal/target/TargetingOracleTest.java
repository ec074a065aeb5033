package io.hibernateshards.internal.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.target.TargetingTest.Case;
import io.hibernateshards.internal.topology.IdBits;
import jakarta.persistence.Entity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.query.SelectionQuery;
import org.hibernate.query.spi.HqlInterpretation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The queries of {@link TargetingTest} on real databases: what the targeted shards answer, one by one, is together what one
 * database with all rows answers.
 */
class TargetingOracleTest {
    private static PlanModel model;
    private static LocalCluster cluster;

    /** By number of the shard; the last one has all rows. */
    private static final List<SessionFactory> DATABASES = new ArrayList<>();

    @BeforeAll
    static void fill() {
        model = new PlanModel();
        cluster = LocalCluster.shared(Layout.DATABASES, PlanModel.SHARDS.size() + 1);
        cluster.shards().forEach(shard -> DATABASES.add(open(shard)));
        Rows rows = new Rows(new Random(7));
        SessionFactory oracle = DATABASES.get(PlanModel.SHARDS.size());
        rows.everywhere().forEach(sql -> run(sql, DATABASES));
        rows.byShard().forEach(row -> run(row.sql(), List.of(DATABASES.get(row.bucket() % 4), oracle)));
    }

    private static void run(String sql, List<SessionFactory> databases) {
        databases.forEach(database -> database.inTransaction(
                session -> session.createNativeMutationQuery(sql).executeUpdate()));
    }

    private static SessionFactory open(Shard shard) {
        ShardedIdGenerator.Source none = (style, session, entity) -> 0L;
        return new MetadataSources(new StandardServiceRegistryBuilder()
                        .addService(ShardedIdGenerator.Source.class, none)
                        .applySetting("jakarta.persistence.jdbc.url", shard.url())
                        .applySetting("jakarta.persistence.jdbc.user", shard.user())
                        .applySetting("jakarta.persistence.jdbc.password", shard.password())
                        .applySetting("hibernate.hbm2ddl.auto", "create")
                        .build())
                .addAnnotatedClasses(PlanModel.entities())
                .buildMetadata()
                .buildSessionFactory();
    }

    @AfterAll
    static void close() {
        DATABASES.forEach(SessionFactory::close);
        DATABASES.clear();
        cluster.close();
        model.close();
    }

    static Stream<Case> queries() {
        return Stream.of(
                        TargetingTest.keys(),
                        TargetingTest.compositeKeys(),
                        TargetingTest.idsAndAssociations(),
                        TargetingTest.joins(),
                        TargetingTest.subqueries())
                .flatMap(cases -> cases)
                // Hibernate binds an enum in a tuple as a number
                .filter(query -> !query.hql().contains("(p.id.region, p.id.userId) "));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("queries")
    void targetedShards_together_answerWhatOneDatabaseDoes(Case query) {
        HqlInterpretation<?> read = model.factory.getQueryEngine().interpretHql(query.hql(), Object[].class);
        Targeting targeting = Targeting.of(read.getSqmStatement(), model.mapping, model.factory);
        var bindings = read.getParameterMetadata().createBindings(model.factory);
        TargetingTest.bind(bindings, query.parameters());
        List<ShardId> shards =
                targeting.target(new Arguments(model.router, bindings)).shards();
        List<String> found = new ArrayList<>();
        for (ShardId shard : shards) {
            found.addAll(answer(DATABASES.get(PlanModel.SHARDS.indexOf(shard)), query));
        }
        boolean aggregates = query.hql().contains("count(*) from Customer");
        if (shards.size() <= 1 || targeting.crossShard() == null && !aggregates) {
            assertThat(found)
                    .containsExactlyInAnyOrderElementsOf(answer(DATABASES.get(PlanModel.SHARDS.size()), query));
        }
    }

    private static List<String> answer(SessionFactory database, Case query) {
        return database.fromTransaction(session -> {
            SelectionQuery<Object[]> selection = session.createSelectionQuery(query.hql(), Object[].class);
            for (int i = 0; i < query.parameters().size(); i++) {
                Object value = query.parameters().get(i);
                if (value instanceof Collection<?> several) {
                    selection.setParameterList(i + 1, several);
                } else {
                    selection.setParameter(i + 1, value);
                }
            }
            return selection.getResultList().stream()
                    .map(row -> text(session, row))
                    .toList();
        });
    }

    private static String text(Session session, Object[] row) {
        List<String> values = new ArrayList<>();
        for (Object value : row) {
            boolean entity = value != null && value.getClass().isAnnotationPresent(Entity.class);
            values.add(entity ? value.getClass() + "#" + session.getIdentifier(value) : "" + value);
        }
        return values.toString();
    }

    /** A small shop, in which values repeat from shard to shard. */
    private record Rows(Random random) {
        record Placed(int bucket, String sql) {}

        List<String> everywhere() {
            List<String> all = new ArrayList<>();
            for (String code : List.of("x", "y", "z")) {
                all.add("insert into country (code, name) values ('%s', '%s')".formatted(code, code));
            }
            for (int i = 1; i <= 3; i++) {
                all.add("insert into product (id, name, origin_code) values (%d, 'x', '%s')".formatted(i, text()));
            }
            return all;
        }

        List<Placed> byShard() {
            List<Placed> all = new ArrayList<>();
            for (int i = 1; i <= 16; i++) {
                customer(i, all);
            }
            for (int i = 1; i <= 12; i++) {
                String region = i % 2 == 0 ? "SOUTH" : "NORTH";
                int bucket = (i % 2 == 0 ? 2 : 1) + i / 3;
                all.add(new Placed(
                        bucket,
                        "insert into profile (region, userId, motto) values ('%s', %d, '%s') on conflict do nothing"
                                .formatted(region, i / 3, text())));
                all.add(new Placed(
                        bucket,
                        "insert into login (id, region, userId) values ('%s', '%s', %d)"
                                .formatted(uuid(), region, i / 3)));
                all.add(new Placed(
                        i,
                        "insert into reading (id, day, number) values ('%s', %d, %d)"
                                .formatted(uuid(), i, random.nextInt(3))));
                String tenant = "abcd".substring(0, 1 + i % 4);
                all.add(new Placed(
                        tenant.length(),
                        "insert into document (id, tenant, title, author) values ('%s', '%s', '%s', %d)"
                                .formatted(uuid(), tenant, text(), 1 + random.nextInt(16))));
            }
            all.add(new Placed(2, "insert into setting (name, setting) values ('x', '1'), ('y', '2')"));
            return all;
        }

        private void customer(int id, List<Placed> all) {
            boolean vip = random.nextInt(3) == 0;
            all.add(new Placed(
                    id,
                    "insert into customer (id, dtype, name, score, country_code, discount) values (%d, '%s', '%s', %d, %s, %s)"
                            .formatted(
                                    id,
                                    vip ? "VipCustomer" : "Customer",
                                    text(),
                                    random.nextInt(6),
                                    random.nextInt(4) == 0 ? "null" : "'" + text() + "'",
                                    vip ? "2" : "null")));
            for (int i = random.nextInt(3); i > 0; i--) {
                all.add(new Placed(
                        id,
                        "insert into customer_nicknames (customer_id, place, nicknames) values (%d, %d, '%s')"
                                .formatted(id, i - 1, text())));
                all.add(new Placed(
                        id,
                        "insert into customer_addresses (customer_id, city, land_code) values (%d, '%s', '%s')"
                                .formatted(id, text(), text())));
                all.add(new Placed(
                        id,
                        "insert into customer_country (customer_id, visited_code) values (%d, '%s')"
                                .formatted(id, text())));
            }
            for (int i = id % 5 == 3 ? 0 : 1 + random.nextInt(3); i > 0; i--) {
                long purchase = IdBits.timeBucket(5, id, 0, i - 1);
                all.add(new Placed(
                        id,
                        "insert into purchases (id, customer_id, referrer_id, state, total) values (%d, %d, %s, '%s', %d)"
                                .formatted(purchase, id, id > 4 ? id - 4 : "null", text(), random.nextInt(4))));
                for (int line = random.nextInt(4); line > 0; line--) {
                    all.add(new Placed(
                            id,
                            "insert into line (id, purchase_id, product_id, quantity) values (%d, %d, %d, %d)"
                                    .formatted(
                                            id * 100 + i * 10 + line,
                                            purchase,
                                            1 + random.nextInt(3),
                                            random.nextInt(4))));
                }
            }
        }

        private String text() {
            return "xyz".substring(random.nextInt(3)).substring(0, 1);
        }

        private UUID uuid() {
            return new UUID(random.nextLong(), random.nextLong());
        }
    }
}
