package io.hibernateshards.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.id.ShardedIds;
import io.hibernateshards.internal.route.TestFactory;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.Table;
import java.sql.SQLException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.tool.schema.Action;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The sequences that are created are those that ids are fetched from. */
class IdSequencesTest {
    private static final Class<?>[] ENTITIES = {
        SchemaModel.Asset.class,
        SchemaModel.Bond.class,
        SchemaModel.Share.class,
        Quoted.class,
        Lengthy.class,
        InSchema.class,
        Animal.class,
        Cat.class,
        Shape.class,
        Circle.class
    };

    @Test
    void everySequenceThatIdsAreFetchedFrom_isCreatedWithItsIncrement() throws SQLException {
        try (SchemaShards shards = SchemaShards.of(LocalCluster.shared(Layout.DATABASES, 2));
                SessionFactoryImplementor factory = TestFactory.offline(ENTITIES)) {
            for (int shard = 0; shard < 2; shard++) {
                shards.execute(shard, "create schema stock");
            }
            ShardSchemas schemas = shards.schemas(Guard.NONE, ENTITIES);
            schemas.run(Action.UPDATE);
            schemas.run(Action.UPDATE);
            schemas.run(Action.VALIDATE);
            factory.getMappingMetamodel().forEachEntityDescriptor(entity -> {
                String sequence = ShardedIds.sequenceOf(entity);
                assertThat(increment(shards, sequence)).as(sequence).isEqualTo("64");
            });
            schemas.manager().resynchronizeGenerators();
            shards.execute(1, "alter sequence \"Quoted Things_shard_seq\" increment by 1");
            assertThatThrownBy(() -> schemas.run(Action.VALIDATE))
                    .hasMessageContaining("Things_shard_seq\" counts by 1, the mapping needs 64: alter sequence ");
        }
    }

    private static String increment(SchemaShards shards, String sequence) {
        try {
            return shards.column(
                            1, "select seqincrement from pg_sequence where seqrelid = '" + sequence + "'::regclass")
                    .get(0);
        } catch (SQLException e) {
            return e.toString();
        }
    }

    @Test
    void theEntitiesOfOneTree_shareTheirSequence() {
        try (SessionFactoryImplementor factory = TestFactory.offline(ENTITIES)) {
            assertThat(sequence(factory, SchemaModel.Bond.class))
                    .isEqualTo(sequence(factory, SchemaModel.Share.class))
                    .isEqualTo("asset_shard_seq");
            assertThat(sequence(factory, Circle.class)).isEqualTo(sequence(factory, Shape.class));
            assertThat(sequence(factory, Cat.class)).isEqualTo(sequence(factory, Animal.class));
        }
    }

    private static String sequence(SessionFactoryImplementor factory, Class<?> entity) {
        return ShardedIds.sequenceOf(factory.getMappingMetamodel().getEntityDescriptor(entity));
    }

    @Entity
    @Table(name = "\"Quoted Things\"")
    static class Quoted {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "a_table_whose_name_is_so_long_that_its_sequence_needs_a_hash")
    static class Lengthy {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "item", schema = "stock")
    static class InSchema {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;
    }

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    @Table(name = "animal")
    static class Animal {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "cat")
    static class Cat extends Animal {}

    @Entity
    @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    @Table(name = "shape")
    static class Shape {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;
    }

    @Entity
    @Table(name = "circle")
    static class Circle extends Shape {}
}
