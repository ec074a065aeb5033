package io.hibernateshards.internal.guard;

import static io.hibernateshards.internal.route.RouteModel.EAST;
import static io.hibernateshards.internal.route.RouteModel.TOPOLOGY;
import static io.hibernateshards.internal.route.RouteModel.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.route.RouteModel;
import io.hibernateshards.internal.route.RouteModel.Customer;
import io.hibernateshards.internal.route.RouteModel.Document;
import io.hibernateshards.internal.route.RouteModel.Line;
import io.hibernateshards.internal.route.RouteModel.Page;
import io.hibernateshards.internal.route.RouteModel.Purchase;
import io.hibernateshards.internal.route.RouteModel.Tag;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.TestFactory;
import io.hibernateshards.internal.route.TestServer;
import io.hibernateshards.internal.topology.IdBits;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ShardGuardTest {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static TestServer server;
    private static SessionFactoryImplementor factory;

    @BeforeAll
    static void start() throws SQLException {
        server = new TestServer();
        server.createTables(RouteModel.entities());
        factory = TestFactory.on(server.shards(), (style, session, entity) -> 0L, RouteModel.entities());
        ShardGuard.register(factory, new Router(RouteModel.mapping(factory), () -> TOPOLOGY, factory));
    }

    @AfterAll
    static void stop() {
        factory.close();
        server.close();
    }

    private static void in(ShardId shard, Consumer<Session> work) {
        try (Session session =
                factory.withOptions().tenantIdentifier((Object) shard).openSession()) {
            session.beginTransaction();
            work.accept(session);
            session.getTransaction().commit();
        }
    }

    private static void assertRefused(ThrowingCallable work, ShardErrorCode code, String... parts) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    /** A new id in a bucket; even buckets are in the east. */
    private static long id(int bucket) {
        int next = NEXT.getAndIncrement();
        return IdBits.timeBucket(100 + next / 32, bucket, 0, next % 32);
    }

    private static Customer customer(int bucket) {
        Customer customer = new Customer();
        customer.id = id(bucket);
        return customer;
    }

    private static Purchase purchase(int bucket, Customer customer) {
        Purchase purchase = new Purchase();
        purchase.id = id(bucket);
        purchase.customer = customer;
        return purchase;
    }

    private static String tenantIn(ShardId shard, int skip) {
        return IntStream.range(0, 100)
                .mapToObj(i -> "tenant" + i)
                .filter(name -> TOPOLOGY.shardOf(RouteModel.SUM.bucket(new Object[] {name}))
                        .equals(shard))
                .skip(skip)
                .findFirst()
                .orElseThrow();
    }

    private static Document document(String tenant) {
        Document document = new Document();
        document.id = UUID.randomUUID();
        document.tenant = tenant;
        return document;
    }

    @Test
    void insert_ofAnotherShardsKey_isRefused_andNothingIsStored() throws SQLException {
        Customer customer = customer(5);
        assertRefused(
                () -> in(EAST, session -> session.persist(customer)),
                ShardErrorCode.MISPLACED_ROW,
                "Customer#" + customer.id,
                "bucket 5",
                "\"west\"",
                "\"east\"");
        assertThat(TestServer.number(
                        server.of(EAST), "select count(*) from \"routemodel$customer\" where id = " + customer.id))
                .isZero();
        in(WEST, session -> session.persist(customer));
    }

    @Test
    void insert_whoseIdCarriesAnotherBucketThanItsKey_isRefused() {
        Customer customer = customer(4);
        in(EAST, session -> session.persist(customer));
        assertRefused(
                () -> in(
                        EAST,
                        session -> session.persist(purchase(6, session.getReference(Customer.class, customer.id)))),
                ShardErrorCode.MISPLACED_ROW,
                "carries bucket 6",
                "bucket 4",
                "leave the id unset");
    }

    @Test
    void insert_withoutAKey_isRefused() {
        Document document = document(tenantIn(EAST, 0));
        document.tenant = null;
        assertRefused(() -> in(EAST, session -> session.persist(document)), ShardErrorCode.SHARD_KEY_MISSING, "tenant");
    }

    @Test
    void update_ofTheKey_isRefused_withOldAndNewValue() {
        String before = tenantIn(EAST, 0);
        String after = tenantIn(EAST, 1);
        Document document = document(before);
        in(EAST, session -> session.persist(document));
        assertRefused(
                () -> in(EAST, session -> session.find(Document.class, document.id).tenant = after),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "Document#" + document.id,
                "\"tenant\"",
                before,
                after,
                "remove this one");
        in(EAST, session -> session.find(Document.class, document.id).title = "another");
    }

    @Test
    void update_toAnotherParent_isRefused_unlessTheRootStaysTheSame() {
        Customer customer = customer(8);
        Customer other = customer(8);
        Purchase first = purchase(8, customer);
        Purchase second = purchase(8, customer);
        Line line = new Line();
        line.id = id(8);
        line.purchase = first;
        in(EAST, session -> {
            session.persist(customer);
            session.persist(other);
            session.persist(first);
            session.persist(second);
            session.persist(line);
        });
        in(
                EAST,
                session ->
                        session.find(Line.class, line.id).purchase = session.getReference(Purchase.class, second.id));
        assertRefused(
                () -> in(
                        EAST,
                        session -> session.find(Purchase.class, first.id).customer =
                                session.getReference(Customer.class, other.id)),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "Purchase#" + first.id,
                "\"customer\"",
                "" + customer.id,
                "" + other.id);
    }

    @Test
    void update_toAnotherParentOfTheSameTenant_isNoChangeOfTheKey() {
        String tenant = tenantIn(WEST, 0);
        Document from = document(tenant);
        Document to = document(tenant);
        Document foreign = document(tenantIn(WEST, 1));
        Page page = new Page();
        page.id = IdBits.uuidV7(1, 1, RouteModel.SUM.bucket(new Object[] {tenant}), NEXT.getAndIncrement());
        page.document = from;
        in(WEST, session -> {
            session.persist(from);
            session.persist(to);
            session.persist(foreign);
            session.persist(page);
        });
        in(WEST, session -> {
            Page found = session.find(Page.class, page.id);
            found.document = session.find(Document.class, to.id);
        });
        assertRefused(
                () -> in(WEST, session -> {
                    Page found = session.find(Page.class, page.id);
                    found.document = session.find(Document.class, foreign.id);
                }),
                ShardErrorCode.SHARD_KEY_CHANGED,
                "document");
    }

    @Test
    void referenceToAnotherShardsEntity_isRefused_alsoByAProxyThatIsNotLoaded() {
        Customer east = customer(10);
        Customer west = customer(11);
        Customer neighbour = customer(12);
        in(EAST, session -> session.persist(east));
        in(WEST, session -> session.persist(west));
        in(EAST, session -> session.persist(neighbour));
        Purchase purchase = purchase(10, east);
        assertRefused(
                () -> storeReferredBy(purchase, east, west),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "Purchase.referredBy",
                "Customer",
                "\"west\"");
        assertRefused(
                () -> storeReferredBy(purchase, east, neighbour),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "bucket 12",
                "bucket 10");
        storeReferredBy(purchase, east, east);
        assertRefused(
                () -> in(
                        EAST,
                        session -> session.find(Purchase.class, purchase.id).referredBy =
                                session.getReference(Customer.class, west.id)),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "Purchase.referredBy");
        in(
                EAST,
                session -> session.find(Purchase.class, purchase.id).referredBy =
                        session.getReference(Customer.class, east.id));
    }

    private static void storeReferredBy(Purchase purchase, Customer owner, Customer referredBy) {
        in(EAST, session -> {
            purchase.customer = session.getReference(Customer.class, owner.id);
            purchase.referredBy = session.getReference(Customer.class, referredBy.id);
            session.persist(purchase);
        });
    }

    @Test
    void manyToManyElementOfAnotherShard_isRefused() {
        Customer east = customer(20);
        Purchase purchase = purchase(20, east);
        Tag own = new Tag();
        own.customer = east;
        in(EAST, session -> {
            session.persist(east);
            session.persist(own);
            purchase.tags.add(own);
            session.persist(purchase);
        });
        Customer west = customer(21);
        Tag foreign = new Tag();
        foreign.customer = west;
        in(WEST, session -> {
            session.persist(west);
            session.persist(foreign);
        });
        assertRefused(
                () -> in(EAST, session -> session.find(Purchase.class, purchase.id)
                        .tags
                        .add(session.getReference(Tag.class, foreign.id))),
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                "Purchase.tags",
                "\"west\"");
    }

    @Test
    void statelessSessions_areGuardedToo() {
        try (var session =
                factory.withStatelessOptions().tenantIdentifier((Object) EAST).openStatelessSession()) {
            session.beginTransaction();
            Customer own = customer(30);
            Customer foreign = customer(31);
            session.insert(own);
            session.insert(purchase(30, own));
            assertRefused(() -> session.insert(foreign), ShardErrorCode.MISPLACED_ROW, "bucket 31");
            assertRefused(() -> session.upsert(foreign), ShardErrorCode.MISPLACED_ROW, "bucket 31");
            assertRefused(() -> session.update(foreign), ShardErrorCode.MISPLACED_ROW, "bucket 31");
            assertRefused(() -> session.delete(foreign), ShardErrorCode.MISPLACED_ROW, "bucket 31");
            session.upsert(own);
            session.getTransaction().rollback();
        }
    }
}
