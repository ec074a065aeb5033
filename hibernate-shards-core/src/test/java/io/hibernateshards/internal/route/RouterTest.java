package io.hibernateshards.internal.route;

import static io.hibernateshards.internal.route.RouteModel.EAST;
import static io.hibernateshards.internal.route.RouteModel.TOPOLOGY;
import static io.hibernateshards.internal.route.RouteModel.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.RouteModel.Customer;
import io.hibernateshards.internal.route.RouteModel.Document;
import io.hibernateshards.internal.route.RouteModel.Line;
import io.hibernateshards.internal.route.RouteModel.Page;
import io.hibernateshards.internal.route.RouteModel.Profile;
import io.hibernateshards.internal.route.RouteModel.ProfileId;
import io.hibernateshards.internal.route.RouteModel.Purchase;
import io.hibernateshards.internal.route.RouteModel.Region;
import io.hibernateshards.internal.route.RouteModel.Tag;
import io.hibernateshards.internal.route.RouteModel.Visit;
import io.hibernateshards.internal.route.RouteModel.VisitId;
import io.hibernateshards.internal.topology.IdBits;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RouterTest {
    private static SessionFactoryImplementor factory;
    private static ShardMapping mapping;
    private static Router router;

    @BeforeAll
    static void boot() {
        factory = TestFactory.offline(RouteModel.entities());
        mapping = RouteModel.mapping(factory);
        router = new Router(mapping, () -> TOPOLOGY, factory);
    }

    @AfterAll
    static void close() {
        factory.close();
    }

    private static Sharded of(Class<?> entity) {
        return RouteModel.of(mapping, entity);
    }

    private static long idIn(int bucket) {
        return IdBits.timeBucket(5, bucket, 0, 0);
    }

    private static @Nullable Place place(Object entity) {
        return router.placeOf(of(entity.getClass()), entity, Attached.NOWHERE);
    }

    @Test
    void byId_carriedBucket_asksItsOwner() {
        assertThat(router.byId(of(Purchase.class), idIn(7)).shards()).containsExactly(WEST);
        assertThat(router.byId(of(Purchase.class), idIn(8190)).shards()).containsExactly(EAST);
    }

    @Test
    void byId_integerForLong_isConvertedAsHibernateDoes() {
        assertThat(router.byId(of(Purchase.class), 3 << 10).shards()).containsExactly(WEST);
        assertThatThrownBy(() -> router.byId(of(Purchase.class), UUID.randomUUID()))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Purchase")
                .hasMessageContaining("java.util.UUID")
                .hasMessageContaining("java.lang.Long");
    }

    @Test
    void byId_silent_asksAllThatOwnABucket() {
        assertThat(router.byId(of(Line.class), 1L).shards()).containsExactly(EAST, WEST);
        Topology oneEmpty = Topology.of(2, List.of(EAST, WEST, ShardId.of("new")), owners(1));
        assertThat(new Router(mapping, () -> oneEmpty, factory)
                        .byId(of(Line.class), 1L)
                        .shards())
                .containsExactly(WEST);
    }

    @Test
    void byId_embeddedIdWithConvertedKey_asksTheKeysOwner() {
        int bucket = RouteModel.SUM.bucket(new Object[] {"SOUTH", 12L});
        assertThat(router.byId(of(Profile.class), new ProfileId(Region.SOUTH, 12L, 3))
                        .shards())
                .containsExactly(TOPOLOGY.shardOf(bucket));
        assertThat(router.byId(of(Profile.class), new ProfileId(null, 12L, 3)).shards())
                .as("no row has a key of null")
                .isEmpty();
    }

    @Test
    void byId_idClassAndSharedId_leadToTheParentsKey() {
        assertThat(router.byId(of(Visit.class), new VisitId(idIn(9), 1)).shards())
                .containsExactly(WEST);
        assertThat(router.byId(of(Tag.class), idIn(9)).shards()).containsExactly(WEST);
    }

    @Test
    void byId_singleShardAndReference() {
        assertThat(router.byId(new EntityPlacement.Single("Setting", WEST), 1L).shards())
                .containsExactly(WEST);
        assertThatThrownBy(() -> router.byId(new EntityPlacement.Reference("Country"), 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Country");
    }

    @Test
    void byId_andByKey_ofOneShard_returnTheSameTargetUntilTheTopologyChanges() {
        AtomicReference<Topology> now = new AtomicReference<>(TOPOLOGY);
        Router moving = new Router(mapping, now::get, factory);
        Target before = moving.byId(of(Purchase.class), idIn(7));
        assertThat(moving.byId(of(Purchase.class), idIn(9))).isSameAs(before);
        assertThat(moving.byKey(of(Purchase.class), List.of(idIn(11)))).isSameAs(before);

        now.set(Topology.of(2, List.of(EAST, WEST), owners(0)));
        assertThat(moving.byId(of(Purchase.class), idIn(7)).shards()).containsExactly(EAST);
    }

    @Test
    void byKey_enumsAndNumbers_areConvertedToWhatTheColumnHolds() {
        Target expected = router.byKey(of(Profile.class), List.of(Region.NORTH, 40L));
        assertThat(expected.shards())
                .containsExactly(TOPOLOGY.shardOf(RouteModel.SUM.bucket(new Object[] {"NORTH", 40L})));
        assertThat(router.byKey(of(Profile.class), List.of(Region.NORTH, 40))).isSameAs(expected);
    }

    @Test
    void byKey_unknownToTheFunction_asksNoShard() {
        assertThat(router.byKey(of(Document.class), List.of("nowhere")).shards())
                .isEmpty();
    }

    @Test
    void byKey_ofAChild_isTheRootsKey() {
        assertThat(router.byKey(of(Page.class), List.of("acme")))
                .isSameAs(router.byKey(of(Document.class), List.of("acme")));
        assertThat(router.byKey(of(Line.class), List.of(idIn(3))).shards()).containsExactly(WEST);
    }

    @Test
    void byKey_wrongNumberTypeOrNull_isRefusedByName() {
        assertThatThrownBy(() -> router.byKey(of(Profile.class), List.of(Region.NORTH)))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-010")
                .hasMessageContaining("id.region, id.userId");
        assertThatThrownBy(() -> router.byKey(of(Profile.class), List.of("NORTH-EAST", 1L)))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Region");
        assertThatThrownBy(() -> router.byKey(of(Document.class), Arrays.asList((Object) null)))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("tenant");
    }

    @Test
    void placeOf_rootByValue_isItsKeys() {
        Document document = new Document();
        document.tenant = "acme";
        int bucket = RouteModel.SUM.bucket(new Object[] {"acme"});
        assertThat(place(document)).isEqualTo(new Place(bucket, TOPOLOGY.shardOf(bucket)));
    }

    @Test
    void placeOf_rootWithoutKey_isRefusedWithTheCure() {
        assertThatThrownBy(() -> place(new Document()))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Document.tenant")
                .hasMessageContaining("set it before");
    }

    @Test
    void placeOf_keyTheFunctionRefuses_namesEntityAndKey() {
        Document document = new Document();
        document.tenant = "nowhere";
        assertThatThrownBy(() -> place(document))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Document")
                .hasMessageContaining("[nowhere]")
                .hasMessageContaining("in no list");
    }

    @Test
    void placeOf_rootWhoseIdIsTheKey_isUnknownUntilGenerated() {
        Customer customer = new Customer();
        assertThat(place(customer)).isNull();
        customer.id = idIn(5);
        assertThat(place(customer)).isEqualTo(new Place(5, WEST));
    }

    @Test
    void placeOf_child_followsParentsThroughLevels() {
        Line line = new Line();
        line.purchase = new Purchase();
        line.purchase.customer = new Customer();
        assertThat(place(line)).as("nothing has an id yet").isNull();
        line.purchase.customer.id = idIn(5);
        assertThat(place(line)).isEqualTo(new Place(5, WEST));
    }

    @Test
    void placeOf_childOfPartialParent_readsTheParentsId() {
        Line line = new Line();
        line.purchase = new Purchase();
        line.purchase.id = idIn(5);
        assertThat(place(line)).isEqualTo(new Place(5, WEST));
    }

    @Test
    void placeOf_newChildWithoutParent_isRefused() {
        assertThatThrownBy(() -> place(new Purchase()))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("Purchase.customer");
    }

    @Test
    void placeOf_storedChildWithoutParent_isByItsId() {
        Purchase purchase = new Purchase();
        purchase.id = idIn(6);
        assertThat(place(purchase)).isEqualTo(new Place(6, EAST));
        Line line = new Line();
        line.id = 1L;
        assertThat(place(line)).as("a silent id").isNull();
    }

    @Test
    void placeOf_proxyOfAnotherSession_isReadByItsIdWithoutLoading() {
        try (var session = factory.withOptions().tenantIdentifier((Object) EAST).openSession()) {
            Line line = new Line();
            line.purchase = session.getReference(Purchase.class, idIn(5));
            assertThat(place(line)).as("the id counts, not the session").isEqualTo(new Place(5, WEST));
        }
    }

    @Test
    void placeOf_proxyWithSilentId_isTheOneItsOpenSessionServes() {
        Page page = new Page();
        try (var session = factory.withOptions().tenantIdentifier((Object) WEST).openSession()) {
            page.document = session.getReference(Document.class, UUID.randomUUID());
            assertThat(place(page)).isEqualTo(new Place(-1, WEST));
        }
        assertThat(place(page)).as("its session is closed").isNull();
    }

    @Test
    void placeOf_attachedParentWithoutKnownBucket_isItsSessions() {
        Document attached = new Document();
        Page page = new Page();
        page.document = attached;
        attached.id = UUID.randomUUID();
        assertThat(router.placeOf(of(Page.class), page, instance -> instance == attached ? EAST : null))
                .isEqualTo(new Place(-1, EAST));
    }

    @Test
    void bucketsBy_keyAndBounds() {
        var group = of(Document.class).group();
        assertThat(router.bucketsByKey(group, new Object[] {"acme"}))
                .isEqualTo(Buckets.of(RouteModel.SUM.bucket(new Object[] {"acme"})));
        assertThat(router.bucketsByKey(group, new Object[] {"nowhere"})).isEqualTo(Buckets.NONE);
        assertThat(router.bucketsBetween(group, "a", null)).isEqualTo(Buckets.ALL);
        assertThat(router.byBuckets(Buckets.of(3).or(Buckets.of(5))))
                .as("one owner: the cached target")
                .isSameAs(router.byId(of(Purchase.class), idIn(7)));
        assertThat(router.byBuckets(Buckets.range(3, 4)).shards()).containsExactly(EAST, WEST);
        assertThat(router.byBuckets(Buckets.NONE).shards()).isEmpty();
    }

    private static int[] owners(int all) {
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, all);
        return owners;
    }
}
