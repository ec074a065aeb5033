package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.MappingMistakesTest.mistakes;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.internal.mapping.MappingMistakesTest.Address;
import io.hibernateshards.internal.mapping.MappingMistakesTest.Customer;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.Lob;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What an annotation may name, and what cannot be a key. */
@NullUnmarked // Hibernate would fill the entities
class KeyMistakesTest {
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
    static class TransformedKey {
        @Id
        Long id;

        @ShardKey
        @ColumnTransformer(write = "lower(?)")
        String code;
    }

    @Entity
    static class LobKey {
        @Id
        Long id;

        @ShardKey
        @Lob
        String code;
    }

    @Entity
    static class OneByteKey {
        @Id
        Long id;

        @ShardKey
        @Column(columnDefinition = "\"char\"")
        String code;
    }

    @Entity
    static class RoundedKey {
        @Id
        Long id;

        @ShardKey
        @Column(columnDefinition = "real")
        Long code;
    }

    @Entity
    static class HundredsKey {
        @Id
        Long id;

        @ShardKey
        @Column(columnDefinition = "numeric(9, -2)")
        Long code;
    }

    @Entity
    static class ExactKey {
        @Id
        UUID id;

        @ShardKey
        @Column(columnDefinition = "numeric(19, 0)")
        Long code;
    }

    @Test
    void columnsThatHoldAnotherValue() {
        assertThat(mistakes(TransformedKey.class))
                .containsExactly("TransformedKey.code: a @ColumnTransformer changes the value on its way, so the"
                        + " database would hold another one than that which placed the row. Convert it by an"
                        + " AttributeConverter, or store it as it is.");
        assertThat(mistakes(LobKey.class))
                .containsExactly("LobKey.code: the column code holds the number of a large object, not the value."
                        + " Store the key as varchar or text.");
        assertThat(mistakes(OneByteKey.class))
                .containsExactly("OneByteKey.code: the column code holds one byte of the value."
                        + " Store the key as varchar or text.");
        for (Class<?> rounded : List.of(RoundedKey.class, HundredsKey.class)) {
            assertThat(mistakes(rounded))
                    .containsExactly(rounded.getSimpleName()
                            + ".code: the column code rounds values. Store the key as bigint or integer.");
        }
        assertThat(ReadMappings.read(ExactKey.class).all()).hasSize(1);
    }

    @Entity
    static class KeyWrittenByAnotherAttribute {
        @Id
        Long id;

        Long buyer;

        @ShardKey
        @ManyToOne
        @JoinColumn(name = "buyer", insertable = false, updatable = false)
        Customer customer;
    }

    @Entity
    static class KeyWrittenByAnAssociation {
        @Id
        Long id;

        @ShardKey(function = "id")
        @Column(name = "buyer", insertable = false, updatable = false)
        Long buyer;

        @ManyToOne
        @JoinColumn(name = "buyer")
        Customer customer;
    }

    @Embeddable
    record NumberedId(Long buyer, int number) {}

    @Entity
    static class KeyWrittenByTheId {
        @EmbeddedId
        NumberedId id;

        @ShardKey
        @ManyToOne
        @JoinColumn(name = "buyer", insertable = false, updatable = false)
        Customer customer;
    }

    @Entity
    static class KeyMappedToTheId {
        @EmbeddedId
        NumberedId id;

        @ShardKey
        @MapsId("buyer")
        @ManyToOne
        Customer customer;
    }

    @Test
    void readOnlyKeys_thatSomethingElseWrites() {
        String stored = " writes its column, so the row would be placed by one value and stored with another. ";
        assertThat(mistakes(KeyWrittenByAnotherAttribute.class, Customer.class))
                .containsExactly("KeyWrittenByAnotherAttribute.customer: it is read-only, and buyer" + stored
                        + "Put @ShardKey on buyer, or make that one read-only instead.");
        assertThat(mistakes(KeyWrittenByAnAssociation.class, Customer.class))
                .contains("KeyWrittenByAnAssociation.buyer: it is read-only, and customer" + stored
                        + "Put @ShardKey on customer, or make that one read-only instead.");
        assertThat(mistakes(KeyWrittenByTheId.class, Customer.class))
                .containsExactly("KeyWrittenByTheId.customer: it is read-only, and id.buyer" + stored
                        + "Use @MapsId, or put @ShardKey on id.buyer.");
        assertThat(ReadMappings.read(KeyMappedToTheId.class, Customer.class).all())
                .hasSize(2);
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
}
