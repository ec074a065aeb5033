package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.SingleShard;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Transient;
import java.io.ByteArrayInputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.TenantId;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.type.SqlTypes;
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

    // ---- a root that everything may point to

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

    // ---- what the annotation names

    @Entity
    @ShardKey({"region", "nobody"})
    static class UnknownAttribute {
        @Id
        Long id;

        String region;
    }

    @Test
    void unknownAttribute() {
        assertThat(mistakes(UnknownAttribute.class))
                .containsExactly("UnknownAttribute.nobody: @ShardKey names this attribute, which is not mapped."
                        + " Name one of [id, region].");
    }

    @Entity
    @ShardKey({"region", "region"})
    static class NamedTwice {
        @Id
        Long id;

        String region;
    }

    @Test
    void attributeNamedTwice() {
        assertThat(mistakes(NamedTwice.class))
                .containsExactly("NamedTwice.region: @ShardKey names this attribute twice. Name it once.");
    }

    @Entity
    @ShardKey
    static class NamesNothing {
        @Id
        Long id;
    }

    @Test
    void keyOnTheTypeWithoutAttributes() {
        assertThat(mistakes(NamesNothing.class))
                .containsExactly(
                        "NamesNothing: @ShardKey on the class names no attributes. Write @ShardKey({\"a\", \"b\"}).");
    }

    @Entity
    static class NamesOnAttribute {
        @Id
        Long id;

        @ShardKey({"tenant", "region"})
        String tenant;

        String region;
    }

    @Test
    void keyOnAnAttributeThatNamesAttributes() {
        assertThat(mistakes(NamesOnAttribute.class))
                .containsExactly("NamesOnAttribute.tenant: @ShardKey on an attribute names attributes."
                        + " Name them in @ShardKey on the class.");
    }

    @Entity
    static class UnknownFunction {
        @Id
        Long id;

        @ShardKey(function = "regions")
        String region;
    }

    @Test
    void unknownFunction() {
        assertThat(mistakes(UnknownFunction.class))
                .containsExactly("UnknownFunction.region: there is no bucket function \"regions\"; there are [hash]."
                        + " Configure it under hibernate.shards.function.regions.");
    }

    @Entity
    static class IdFunctionByValue {
        @Id
        @ShardKey(function = "id")
        Long id;
    }

    @Test
    void idFunction_onAnIdThatCarriesNoBucket() {
        assertThat(mistakes(IdFunctionByValue.class))
                .containsExactly("IdFunctionByValue.id: the function \"id\" reads the bucket that a generated id"
                        + " carries, and this is none. Use it on an @Id @ShardedId of a style that carries the bucket,"
                        + " or use hash.");
    }

    @Entity
    static class HashedGeneratedKey {
        @Id
        @ShardedId
        @ShardKey(function = "hash")
        Long id;
    }

    @Test
    void anotherFunction_onAnIdThatCarriesItsBucket() {
        assertThat(mistakes(HashedGeneratedKey.class))
                .containsExactly("HashedGeneratedKey.id: its id carries the bucket, which the function \"hash\" might"
                        + " contradict. Leave the function out, or use @ShardedId(style = SNOWFLAKE).");
    }

    @Entity
    static class FunctionOnAssociation {
        @Id
        @ShardedId
        Long id;

        @ShardKey(function = "hash")
        @ManyToOne
        Customer customer;
    }

    @Test
    void functionOnAnAssociation() {
        assertThat(mistakes(FunctionOnAssociation.class, Customer.class))
                .containsExactly("FunctionOnAssociation.customer: @ShardKey names the function \"hash\" on an"
                        + " association. Leave it out: the entity lives with the one it points to.");
    }

    // ---- what cannot be a key

    @Entity
    static class PriceKey {
        @Id
        Long id;

        @ShardKey
        BigDecimal price;
    }

    @Test
    void unsupportedKeyType() {
        assertThat(mistakes(PriceKey.class))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("PriceKey.price: ")
                .contains("java.math.BigDecimal", "use Short, Integer, Long, String, UUID or an enum")
                .endsWith("Choose another key or function.");
    }

    @Entity
    static class PaddedKey {
        @Id
        Long id;

        @ShardKey
        @JdbcTypeCode(SqlTypes.CHAR)
        @Column(length = 3)
        String code;
    }

    @Entity
    static class PaddedDefinition {
        @Id
        Long id;

        @ShardKey
        @Column(columnDefinition = "CHAR(3) not null")
        String code;
    }

    @Entity
    static class CaselessKey {
        @Id
        Long id;

        @ShardKey
        @Column(columnDefinition = "citext")
        String code;
    }

    @Entity
    @ShardKey("code")
    static class VarcharDefinition {
        @Id
        UUID id;

        @Column(columnDefinition = "character varying(3)")
        String code;
    }

    @Test
    void textThatIsEqualButNotTheSame() {
        String padded = "the column code pads values with blanks, so the value that is read would not be the one that"
                + " was stored. Store the key as varchar or text.";
        assertThat(mistakes(PaddedKey.class)).containsExactly("PaddedKey.code: " + padded);
        assertThat(mistakes(PaddedDefinition.class)).containsExactly("PaddedDefinition.code: " + padded);
        assertThat(mistakes(CaselessKey.class))
                .containsExactly("CaselessKey.code: the column code ignores case, so equal values would have different"
                        + " buckets. Store the key as varchar or text.");
        assertThat(ReadMappings.read(VarcharDefinition.class).all()).hasSize(1);
    }

    @Entity
    static class EmbeddableKey {
        @Id
        Long id;

        @ShardKey
        @Embedded
        PlainAddress home;
    }

    @Embeddable
    static class PlainAddress {
        String region;
    }

    @Entity
    static class CollectionKey {
        @Id
        Long id;

        @ShardKey
        @ElementCollection
        Set<String> tenants;
    }

    @Test
    void keyThatIsNoSingleValue() {
        String cure = "a shard key must be a basic attribute or a to-one association. Put @ShardKey on one, or name"
                + " the attributes of an embeddable on the class.";
        assertThat(mistakes(EmbeddableKey.class)).containsExactly("EmbeddableKey.home: " + cure);
        assertThat(mistakes(CollectionKey.class)).containsExactly("CollectionKey.tenants: " + cure);
    }

    @Entity
    static class KeyInElements {
        @Id
        @ShardKey
        UUID id;

        @ElementCollection
        Set<Address> addresses;
    }

    @Test
    void keyInsideACollection() {
        assertThat(mistakes(KeyInElements.class))
                .containsExactly("KeyInElements.addresses.region: @ShardKey on an attribute of a collection's"
                        + " elements, which live with their owner. Put it on an attribute of the entity.");
    }

    @Entity
    static class ComputedKey {
        @Id
        Long id;

        String email;

        @ShardKey
        @Formula("split_part(email, '@', 2)")
        String domain;
    }

    @Test
    void computedKey() {
        assertThat(mistakes(ComputedKey.class))
                .containsExactly("ComputedKey.domain: a shard key must be stored in one column, not computed."
                        + " Put @ShardKey on a stored attribute.");
    }

    @Entity
    @ShardKey({"customer", "region"})
    static class AssociationInKey {
        @Id
        Long id;

        @ManyToOne
        Customer customer;

        String region;
    }

    @Test
    void associationInsideACompositeKey() {
        assertThat(mistakes(AssociationInKey.class, Customer.class))
                .containsExactly("AssociationInKey.customer: an association cannot be a part of a key of several"
                        + " attributes. Put @ShardKey on the association alone, or name basic attributes.");
    }

    @Entity
    static class Wallet {
        @Id
        UUID id;

        @ShardKey
        @OneToOne(mappedBy = "wallet")
        Holder holder;
    }

    @Entity
    static class Holder {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @OneToOne
        Wallet wallet;
    }

    @Test
    void keyOnTheInverseSide() {
        assertThat(mistakes(Wallet.class, Holder.class))
                .containsExactly("Wallet.holder: the other side of this association, Holder.wallet, has the foreign"
                        + " key. Put @ShardKey there, and give this entity a key of its own.");
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

    // ---- ids of our own

    @Entity
    static class TextTime {
        @Id
        @ShardedId
        @ShardKey
        String id;
    }

    @Entity
    static class LongUuid {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void shardedIdOfAWrongType() {
        assertThat(mistakes(TextTime.class))
                .containsExactly("TextTime.id: a @ShardedId of style TIME_BUCKET cannot be of type java.lang.String."
                        + " Make it a Long, or use the style UUID_V7.");
        assertThat(mistakes(LongUuid.class))
                .containsExactly(
                        "LongUuid.id: a @ShardedId of style UUID_V7 cannot be of type java.lang.Long. Make it a UUID.");
    }

    @Entity
    static class ShardedIdElsewhere {
        @Id
        @ShardKey
        UUID id;

        @ShardedId
        Long number;
    }

    @Test
    void shardedIdThatIsNoId() {
        assertThat(mistakes(ShardedIdElsewhere.class))
                .containsExactly("ShardedIdElsewhere.number: @ShardedId is for an @Id attribute. Move it to the id.");
    }

    static class PartId implements Serializable {
        private static final long serialVersionUID = 1L;
        Long id;
        String tenant;

        @Override
        public boolean equals(Object other) {
            return other instanceof PartId that && id.equals(that.id) && tenant.equals(that.tenant);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }
    }

    @Entity
    @IdClass(PartId.class)
    static class PartOfIdClass {
        @Id
        @ShardedId
        Long id;

        @Id
        @ShardKey
        String tenant;
    }

    @Embeddable
    record EmbeddedPart(@ShardedId Long id, String tenant) {}

    @Entity
    @ShardKey("id.tenant")
    static class PartOfEmbeddedId {
        @EmbeddedId
        EmbeddedPart id;
    }

    @Test
    void shardedIdThatIsAPartOfOne() {
        String cure = "@ShardedId is for an id of one attribute. Make it the only @Id.";
        assertThat(mistakes(PartOfIdClass.class)).containsExactly("PartOfIdClass.id: " + cure);
        assertThat(mistakes(PartOfEmbeddedId.class)).containsExactly("PartOfEmbeddedId.id.id: " + cure);
    }

    @Entity
    static class MappedId {
        @Id
        @ShardedId
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        Customer customer;
    }

    @Test
    void shardedIdThatMapsIdReplaces() {
        assertThat(mistakes(MappedId.class, Customer.class))
                .containsExactly("MappedId.id: the id is another's by @MapsId, so it is not generated."
                        + " Leave @ShardedId out.");
    }

    @Entity
    @ReferenceEntity
    static class ShardedIdOnReference {
        @Id
        @ShardedId
        Long id;
    }

    @Entity
    @SingleShard("east")
    static class ShardedIdOnSingle {
        @Id
        @ShardedId
        Long id;
    }

    @Test
    void shardedIdOfAnEntityThatIsNotSharded() {
        String cure = "@ShardedId is for sharded entities, and this is none. Use an ordinary id.";
        assertThat(mistakes(ShardedIdOnReference.class, ShardedIdOnSingle.class))
                .containsExactly("ShardedIdOnReference.id: " + cure, "ShardedIdOnSingle.id: " + cure);
    }

    @Entity
    static class WithTenantId {
        @Id
        UUID id;

        @ShardKey
        @TenantId
        String tenant;
    }

    @Test
    void hibernatesTenantId() {
        assertThat(mistakes(WithTenantId.class))
                .containsExactly("WithTenantId.tenant: Hibernate's @TenantId has no place here, where the tenant is the"
                        + " shard. Make it an ordinary attribute, with @ShardKey if it decides where rows live.");
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
                .anyMatch(line -> line.startsWith("Folder.parent: "))
                .isSorted();
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
