package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.KeyMistakesTest.PriceKey;
import io.hibernateshards.internal.mapping.ShardedIdMistakesTest.TextTime;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.Transient;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.spi.MetadataImplementor;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Every mistake of placing an entity, with the words that the application's developer reads. */
@NullUnmarked // Hibernate would fill the entities
class MappingMistakesTest {
    private static final String PUT = "Put @ShardKey on the attribute or association that decides where its rows live,"
            + " or @ReferenceEntity or @SingleShard on the class.";

    /** The lines of the one error, names without package. */
    static List<String> mistakes(Class<?>... entities) {
        return mistakes(ReadMappings.metadata(entities));
    }

    static List<String> mistakes(MetadataImplementor metadata) {
        ShardingException error = catchThrowableOfType(
                ShardingException.class,
                () -> MappingReader.read(metadata, new ReadMappings.Shipped(), ReadMappings.SHARDS));
        assertThat(error).isNotNull();
        assertThat(error.code()).isEqualTo(ShardErrorCode.MAPPING);
        List<String> lines = error.getMessage()
                .replaceAll("io\\.hibernateshards\\.internal\\.mapping\\.\\w+\\$", "")
                .lines()
                .toList();
        int mistakes = lines.size() - 1;
        assertThat(lines.get(0))
                .isEqualTo("HS-002 " + mistakes + (mistakes == 1 ? " mistake" : " mistakes") + " in the mapping:");
        return lines.subList(1, lines.size()).stream().map(String::strip).toList();
    }

    @Entity
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        Long id;
    }

    // ---- no key, too many

    @Entity
    static class NoKey {
        @Id
        Long id;
    }

    @Test
    void noKey() {
        assertThat(mistakes(NoKey.class)).containsExactly("NoKey: it has no shard key. " + PUT);
    }

    @Entity
    static class KeyNotMapped {
        @Id
        Long id;

        @Transient
        @ShardKey
        String tenant;
    }

    @Test
    void keyThatIsNotMapped() {
        assertThat(mistakes(KeyNotMapped.class))
                .containsExactly("KeyNotMapped.tenant: its @ShardKey is not on a mapped attribute. " + PUT);
    }

    @Entity
    static class TwoKeys {
        @Id
        @ShardKey
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void twoKeys() {
        assertThat(mistakes(TwoKeys.class))
                .containsExactly("TwoKeys: it has more than one @ShardKey, on [id, tenant]. Keep one; for a key of"
                        + " several attributes put @ShardKey({\"a\", \"b\"}) on the class.");
    }

    @Entity
    @ShardKey({"tenant", "region"})
    static class KeyOnBoth {
        @Id
        Long id;

        @ShardKey
        String tenant;

        String region;
    }

    @Test
    void keyOnAttributeAndOnType() {
        assertThat(mistakes(KeyOnBoth.class))
                .containsExactly("KeyOnBoth: it has more than one @ShardKey, on the class and [tenant]. Keep one; for a"
                        + " key of several attributes put @ShardKey({\"a\", \"b\"}) on the class.");
    }

    @Embeddable
    static class Address {
        @ShardKey
        String region;
    }

    @Entity
    static class TwoHomes {
        @Id
        Long id;

        @Embedded
        Address home;

        @Embedded
        @jakarta.persistence.AttributeOverride(name = "region", column = @Column(name = "work_region"))
        Address work;
    }

    @Test
    void keyInAnEmbeddable_thatIsThereTwice() {
        assertThat(mistakes(TwoHomes.class))
                .containsExactly("TwoHomes: it has more than one @ShardKey, on [home.region, work.region]. Keep one;"
                        + " for a key of several attributes put @ShardKey({\"a\", \"b\"}) on the class.");
    }

    @Entity
    @ReferenceEntity
    @SingleShard("east")
    static class EveryKind {
        @Id
        @ShardKey
        String code;
    }

    @Entity
    @ReferenceEntity
    @SingleShard("east")
    static class TwoKinds {
        @Id
        String code;
    }

    @Test
    void severalKinds() {
        String cure = "it is annotated with more than one of @ShardKey, @ReferenceEntity and @SingleShard."
                + " Keep the one that says where its rows live.";
        assertThat(mistakes(EveryKind.class)).containsExactly("EveryKind.code: " + cure);
        assertThat(mistakes(TwoKinds.class)).containsExactly("TwoKinds: " + cure);
    }

    // ---- where keys lead

    @Entity
    static class Egg {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Hen hen;
    }

    @Entity
    static class Hen {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Egg egg;
    }

    @Test
    void circleOfKeys() {
        assertThat(mistakes(Egg.class, Hen.class))
                .hasSize(1)
                .first()
                .asString()
                .matches("(Egg.hen|Hen.egg): its @ShardKey associations lead in a circle:"
                        + " (Egg -> Hen -> Egg|Hen -> Egg -> Hen)\\. One of them must have a key of its own\\.");
    }

    @Entity
    static class Folder {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Folder parent;
    }

    @Test
    void keyThatLeadsToItsOwnEntity() {
        assertThat(mistakes(Folder.class))
                .containsExactly("Folder.parent: its @ShardKey associations lead in a circle: Folder -> Folder."
                        + " One of them must have a key of its own.");
    }

    @Entity
    @ReferenceEntity
    static class Country {
        @Id
        String code;
    }

    @Entity
    @SingleShard("east")
    static class Setting {
        @Id
        String name;
    }

    @Entity
    static class City {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Country country;
    }

    @Entity
    static class SettingValue {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        Setting setting;
    }

    @Test
    void keyThatLeadsToAnEntityWithoutOne() {
        assertThat(mistakes(City.class, Country.class))
                .containsExactly("City.country: its @ShardKey leads to Country, which has no shard key."
                        + " Point it to a sharded entity.");
        assertThat(mistakes(SettingValue.class, Setting.class))
                .containsExactly("SettingValue.setting: its @ShardKey leads to Setting, which has no shard key."
                        + " Point it to a sharded entity.");
    }

    @Entity
    @SingleShard("north")
    static class Lost {
        @Id
        Long id;
    }

    @Test
    void unknownShard() {
        assertThat(mistakes(Lost.class))
                .containsExactly("Lost: @SingleShard names the shard \"north\", but there are only [east, west]."
                        + " Name one of those.");
    }

    // ---- inheritance

    @Entity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Animal {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String farm;
    }

    @Entity
    static class Cow extends Animal {
        @ShardKey
        String herd;
    }

    @Entity
    @ShardKey("coop")
    static class Chicken extends Animal {
        String coop;
    }

    @MappedSuperclass
    @SingleShard("east")
    abstract static class OnEast extends Animal {}

    @Entity
    static class Duck extends OnEast {}

    @Entity
    @ReferenceEntity
    static class Goose extends Animal {
        @ShardedId
        Long number;
    }

    @Test
    void subclassWithAPlaceOfItsOwn() {
        String only = ": only the root of an inheritance tree says where its rows live. Move @";
        assertThat(mistakes(Animal.class, Cow.class, Chicken.class, Duck.class, Goose.class))
                .containsExactlyInAnyOrder(
                        "Cow.herd: only the root of an inheritance tree has a shard key."
                                + " Move @ShardKey to an attribute of Animal.",
                        "Chicken" + only + "ShardKey to Animal.",
                        "Duck" + only + "SingleShard to Animal.",
                        "Goose" + only + "ReferenceEntity to Animal.",
                        "Goose.number: @ShardedId is for an @Id attribute. Move it to the id.");
    }

    @Test
    void entityWithoutAClass() {
        String hbm = "<hibernate-mapping xmlns=\"http://www.hibernate.org/xsd/orm/hbm\"><class entity-name=\"Dynamic\">"
                + "<id name=\"id\" type=\"long\"/></class></hibernate-mapping>";
        MetadataImplementor metadata = (MetadataImplementor) new MetadataSources()
                .addInputStream(new ByteArrayInputStream(hbm.getBytes(StandardCharsets.UTF_8)))
                .getMetadataBuilder(ReadMappings.registry())
                .build();
        assertThat(mistakes(metadata))
                .containsExactly("Dynamic: it has no Java class. Map it to one; dynamic entities cannot be sharded.");
    }

    // ---- all together

    @Test
    void allMistakesOfAllEntities_areOneError() {
        assertThat(mistakes(NoKey.class, TwoKeys.class, PriceKey.class, TextTime.class, Lost.class, Folder.class))
                .hasSize(6)
                .anyMatch(line -> line.startsWith("NoKey: "))
                .anyMatch(line -> line.startsWith("TwoKeys: "))
                .anyMatch(line -> line.startsWith("PriceKey.price: "))
                .anyMatch(line -> line.startsWith("TextTime.id: "))
                .anyMatch(line -> line.startsWith("Lost: "))
                .anyMatch(line -> line.startsWith("Folder.parent: "));
    }

    @Entity
    static class Orphan {
        @Id
        UUID id;

        @ShardKey
        @ManyToOne
        NoKey parent;
    }

    @Test
    void mistakeOfAParent_isReportedOnce() {
        assertThat(mistakes(Orphan.class, NoKey.class)).hasSize(1).allMatch(line -> line.startsWith("NoKey: "));
    }

    @Entity
    static class Twice {
        @Id
        @ShardedId
        String id;

        @ShardKey
        BigDecimal price;
    }

    @Test
    void severalMistakesOfOneEntity_areAllReported() {
        assertThat(mistakes(Twice.class))
                .hasSize(2)
                .anyMatch(line -> line.startsWith("Twice.id: "))
                .anyMatch(line -> line.startsWith("Twice.price: "));
    }

    @Entity
    static class OptionalParent {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne(optional = true)
        Customer customer;
    }

    @Test
    void optionalKeyAssociation_isNoMistake_becauseStoringItUnsetIsRefused() {
        assertThat(ReadMappings.read(OptionalParent.class, Customer.class).all())
                .hasSize(2);
    }
}
