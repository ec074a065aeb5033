package io.hibernateshards.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.MappingReader;
import io.hibernateshards.internal.mapping.ReadMappings;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.RouteModel.Profile;
import io.hibernateshards.internal.route.RouteModel.ProfileId;
import io.hibernateshards.internal.route.RouteModel.Region;
import io.hibernateshards.internal.topology.HashFunction;
import java.util.List;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** The router against what the mapping room really reads, where the other tests write the mapping by hand. */
class ReadMappingTest {
    @Test
    void readMapping_isWhatTheTestsAssume_andRoutes() {
        MetadataImplementor metadata = ReadMappings.metadata(RouteModel.entities());
        ShardMapping read = MappingReader.read(metadata, new ReadMappings.Shipped(), RouteModel.TOPOLOGY.shards());
        try (SessionFactoryImplementor factory = metadata.buildSessionFactory()) {
            for (EntityPlacement expected : RouteModel.mapping(factory).all()) {
                Sharded byHand = (Sharded) expected;
                Sharded found = (Sharded) read.of(byHand.entityName());
                assertThat(found.id()).as(byHand.entityName()).isEqualTo(byHand.id());
                assertThat(found.idStyle()).as(byHand.entityName()).isEqualTo(byHand.idStyle());
                if (byHand.key() instanceof OwnKey own) {
                    assertThat(((OwnKey) found.key()).attributes().stream().map(KeyAttribute::path))
                            .as(byHand.entityName())
                            .containsExactlyElementsOf(own.attributes().stream()
                                    .map(KeyAttribute::path)
                                    .toList());
                } else {
                    assertThat(found.key()).as(byHand.entityName()).isEqualTo(byHand.key());
                }
            }
            Router router = new Router(read, () -> RouteModel.TOPOLOGY, factory);
            Sharded profiles = RouteModel.of(read, Profile.class);
            int bucket = new HashFunction().bucket(new Object[] {"SOUTH", 12L});
            Profile profile = new Profile();
            profile.id = new ProfileId(Region.SOUTH, 12L, 1);
            assertThat(router.placeOf(profiles, profile, Attached.NOWHERE))
                    .isEqualTo(new Place(bucket, RouteModel.TOPOLOGY.shardOf(bucket)));
            assertThat(router.bucketOfId(profiles, profile.id)).isEqualTo(bucket);
            assertThat(router.byKey(profiles, List.of(Region.SOUTH, 12)).shards())
                    .containsExactly(RouteModel.TOPOLOGY.shardOf(bucket));
        }
    }
}
