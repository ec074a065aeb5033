package io.hibernateshards.internal.id;

import static io.hibernateshards.internal.route.RouteModel.EAST;
import static io.hibernateshards.internal.route.RouteModel.TOPOLOGY;
import static io.hibernateshards.internal.route.RouteModel.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.RouteModel;
import io.hibernateshards.internal.route.RouteModel.Counter;
import io.hibernateshards.internal.route.RouteModel.Customer;
import io.hibernateshards.internal.route.RouteModel.Document;
import io.hibernateshards.internal.route.RouteModel.Invoice;
import io.hibernateshards.internal.route.RouteModel.Line;
import io.hibernateshards.internal.route.RouteModel.Page;
import io.hibernateshards.internal.route.RouteModel.Purchase;
import io.hibernateshards.internal.route.RouteModel.Sensor;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.TestFactory;
import io.hibernateshards.internal.route.TestServer;
import io.hibernateshards.internal.topology.IdBits;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ShardedIdsTest {
    private static TestServer server;
    private static ShardedIds ids;
    private static SessionFactoryImplementor factory;

    @BeforeAll
    static void start() throws SQLException {
        server = new TestServer();
        server.createTables(RouteModel.entities());
        ids = new ShardedIds(IdSettings.DEFAULT, Clock.SYSTEM);
        factory = factory(ids);
    }

    @AfterAll
    static void stop() {
        factory.close();
        ids.close();
        server.close();
    }

    private static SessionFactoryImplementor factory(ShardedIds source) {
        SessionFactoryImplementor built = TestFactory.on(server.shards(), source, RouteModel.entities());
        ShardMapping mapping = RouteModel.mapping(built);
        source.connect(new Router(mapping, () -> TOPOLOGY, built), server.catalog("hibernate_shards"));
        return built;
    }

    private static Session open(ShardId shard) {
        return factory.withOptions().tenantIdentifier((Object) shard).openSession();
    }

    private static int bucket(IdStyle style, @Nullable Object id) {
        return IdBits.bucket(style, Objects.requireNonNull(id));
    }

    private static <T> T stored(ShardId shard, T entity) {
        try (Session session = open(shard)) {
            session.beginTransaction();
            session.persist(entity);
            session.getTransaction().commit();
        }
        return entity;
    }

    /** A tenant whose documents are on the western shard. */
    private static Document western() {
        Document document = new Document();
        document.id = UUID.randomUUID();
        document.tenant = IntStream.range(0, 100)
                .mapToObj(i -> "tenant" + i)
                .filter(name -> TOPOLOGY.shardOf(RouteModel.SUM.bucket(new Object[] {name}))
                        .equals(WEST))
                .findFirst()
                .orElseThrow();
        return document;
    }

    @Test
    void root_getsAnyOfItsShardsBuckets_evenly() {
        Set<Integer> buckets = new HashSet<>();
        try (Session session = open(WEST)) {
            session.beginTransaction();
            for (int i = 0; i < 2000; i++) {
                Customer customer = new Customer();
                session.persist(customer);
                buckets.add(bucket(IdStyle.TIME_BUCKET, customer.id));
            }
            session.getTransaction().rollback();
        }
        assertThat(buckets).allMatch(bucket -> TOPOLOGY.shardOf(bucket).equals(WEST));
        assertThat(buckets.size()).as("of 4096, 2000 draws hit about 1580").isBetween(1450, 1700);
    }

    @Test
    void child_hasItsParentsBucket_alsoThroughAProxyOrALongerWay() {
        Customer customer = stored(EAST, new Customer());
        int bucket = bucket(IdStyle.TIME_BUCKET, customer.id);
        Purchase purchase = new Purchase();
        try (Session session = open(EAST)) {
            session.beginTransaction();
            purchase.customer = session.getReference(Customer.class, customer.id);
            session.persist(purchase);
            session.getTransaction().commit();
        }
        assertThat(bucket(IdStyle.TIME_BUCKET, purchase.id)).isEqualTo(bucket);
        Line line = new Line();
        line.purchase = purchase;
        assertThat(stored(EAST, line).id).as("a snowflake").isPositive();
        Invoice invoice = new Invoice();
        invoice.customer = customer;
        assertThat(bucket(IdStyle.SEQUENCE, stored(EAST, invoice).id)).isEqualTo(bucket);
    }

    @Test
    void childAndNewRoot_storedByOneCascade_shareTheBucket() {
        Purchase purchase = new Purchase();
        purchase.customer = new Customer();
        stored(WEST, purchase);
        assertThat(bucket(IdStyle.TIME_BUCKET, purchase.id))
                .isEqualTo(bucket(IdStyle.TIME_BUCKET, purchase.customer.id));
        assertThat(TOPOLOGY.shardOf(bucket(IdStyle.TIME_BUCKET, purchase.id))).isEqualTo(WEST);
    }

    @Test
    void childOfAnUnloadedParentWithSilentId_loadsItForTheBucket() {
        Document document = stored(WEST, western());
        int bucket = RouteModel.SUM.bucket(new Object[] {document.tenant});
        try (Session session = open(WEST)) {
            session.beginTransaction();
            Page page = new Page();
            page.document = session.getReference(Document.class, document.id);
            session.persist(page);
            session.getTransaction().commit();
            assertThat(bucket(IdStyle.UUID_V7, page.id)).isEqualTo(bucket);
        }
        Page detached = new Page();
        try (Session session = open(WEST)) {
            detached.document = session.getReference(Document.class, document.id);
        }
        assertThat(bucket(IdStyle.UUID_V7, stored(WEST, detached).id))
                .as("by the session that stores it")
                .isEqualTo(bucket);
    }

    @Test
    void childOfAParentThatIsNotThere_isRefused() {
        try (Session session = open(WEST)) {
            session.beginTransaction();
            Page page = new Page();
            page.document = session.getReference(Document.class, UUID.randomUUID());
            assertThatThrownBy(() -> session.persist(page))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-050")
                    .hasMessageContaining("Page")
                    .hasMessageContaining("\"document\"")
                    .hasMessageContaining("west");
        }
    }

    @Test
    void rowOfAnotherShardsBucket_isRefused() {
        Customer customer = stored(EAST, new Customer());
        try (Session session = open(WEST)) {
            session.beginTransaction();
            Purchase purchase = new Purchase();
            purchase.customer = customer;
            assertThatThrownBy(() -> session.persist(purchase))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-012")
                    .hasMessageContaining("\"east\"")
                    .hasMessageContaining("\"west\"");
        }
    }

    @Test
    void generatedKeyThatIsHashed_isDrawnUntilItFallsOnTheSessionsShard() {
        for (ShardId shard : List.of(EAST, WEST)) {
            for (int i = 0; i < 50; i++) {
                Long id = Objects.requireNonNull(stored(shard, new Sensor()).id);
                assertThat(TOPOLOGY.shardOf(RouteModel.SUM.bucket(new Object[] {id})))
                        .isEqualTo(shard);
            }
        }
    }

    @Test
    void primitiveIdOfZero_isGenerated() {
        Counter counter = stored(WEST, new Counter());
        assertThat(counter.id).isPositive();
        assertThat(TOPOLOGY.shardOf(bucket(IdStyle.TIME_BUCKET, counter.id))).isEqualTo(WEST);
    }

    @Test
    void statelessSession_generatesToo() {
        try (var session =
                factory.withStatelessOptions().tenantIdentifier((Object) WEST).openStatelessSession()) {
            session.beginTransaction();
            Customer customer = new Customer();
            session.insert(customer);
            Purchase purchase = new Purchase();
            purchase.customer = customer;
            session.insert(purchase);
            session.getTransaction().commit();
            assertThat(bucket(IdStyle.TIME_BUCKET, purchase.id)).isEqualTo(bucket(IdStyle.TIME_BUCKET, customer.id));
        }
    }

    @Test
    void sequence_isPooledPerShard_andTwoJvmsNeverMeet() throws SQLException {
        Customer east = stored(EAST, new Customer());
        Set<Long> made = new HashSet<>();
        try (ShardedIds otherSource = new ShardedIds(IdSettings.DEFAULT, Clock.SYSTEM);
                SessionFactoryImplementor other = factory(otherSource)) {
            for (SessionFactoryImplementor jvm : List.of(factory, other, factory, other)) {
                try (Session session =
                        jvm.withOptions().tenantIdentifier((Object) EAST).openSession()) {
                    session.beginTransaction();
                    for (int i = 0; i < 100; i++) {
                        Invoice invoice = new Invoice();
                        invoice.customer = east;
                        session.persist(invoice);
                        made.add(Objects.requireNonNull(invoice.id));
                    }
                    session.getTransaction().rollback();
                }
            }
        }
        assertThat(made).hasSize(400);
        assertThat(TestServer.number(server.of(EAST), "select last_value from " + sequence()))
                .as("a fetch for each 64, though the transactions were rolled back")
                .isBetween(6 * 64L, 10 * 64L);
    }

    private static String sequence() {
        return ShardedIds.sequenceOf(factory.getMappingMetamodel().getEntityDescriptor(Invoice.class));
    }

    @Test
    void sequenceWithAnotherIncrement_isRefused() throws SQLException {
        Customer west = stored(WEST, new Customer());
        TestServer.execute(server.of(WEST), "create sequence " + sequence() + " increment by 50");
        Invoice invoice = new Invoice();
        invoice.customer = west;
        assertThatThrownBy(() -> stored(WEST, invoice))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("by 50 instead of 64")
                .hasMessageContaining(sequence())
                .hasMessageContaining("west");
    }

    @Test
    void sequenceNames_followTheTables() {
        assertThat(SequenceIds.sequenceOf("invoice")).isEqualTo("invoice_shard_seq");
        assertThat(SequenceIds.sequenceOf("sales.invoice")).isEqualTo("sales.invoice_shard_seq");
        assertThat(SequenceIds.sequenceOf("\"Sales\".\"The.Invoice\""))
                .isEqualTo("\"Sales\".\"The.Invoice_shard_seq\"");
        String longName = "t".repeat(60);
        assertThat(SequenceIds.sequenceOf(longName))
                .hasSizeLessThanOrEqualTo(63)
                .endsWith("_shard_seq");
        assertThat(SequenceIds.sequenceOf(longName + "a")).isNotEqualTo(SequenceIds.sequenceOf(longName + "b"));
    }
}
