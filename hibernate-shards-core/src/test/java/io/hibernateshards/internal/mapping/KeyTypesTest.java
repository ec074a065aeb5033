package io.hibernateshards.internal.mapping;

import static io.hibernateshards.internal.mapping.ReadMappings.onlyKey;
import static io.hibernateshards.internal.mapping.ReadMappings.sharded;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import io.hibernateshards.internal.topology.HashFunction;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Keys by value and by generated id: what the bucket function sees. */
@NullUnmarked // Hibernate would fill the entities
class KeyTypesTest {
    private static final CarriesBucket TIME = new CarriesBucket(IdStyle.TIME_BUCKET);

    private static Class<?> keyType(Class<?> entity) {
        Sharded placement = sharded(ReadMappings.read(entity), entity);
        Class<?> type = onlyKey(placement).javaType();
        assertThat(placement.group().types()).isEqualTo(List.<Class<?>>of(type));
        return type;
    }

    @Entity
    static class Document {
        @Id
        UUID id;

        @Column(name = "tenant_name")
        private String tenant;

        @ShardKey
        public String getTenant() {
            return tenant;
        }
    }

    @Test
    void keyByValue_isHashed_andTheIdSaysNothing() {
        Sharded document = sharded(ReadMappings.read(Document.class), Document.class);
        assertThat(onlyKey(document).path()).isEqualTo("tenant");
        assertThat(onlyKey(document).column()).isEqualTo("tenant_name");
        assertThat(document.group().functionName()).isEqualTo("hash");
        assertThat(document.group().function()).isInstanceOf(HashFunction.class);
        assertThat(document.id()).isEqualTo(new Silent());
        assertThat(document.idStyle()).isNull();
    }

    @Entity
    static class ByShort {
        @Id
        @ShardKey
        Short id;
    }

    @Entity
    static class ByInt {
        @Id
        @ShardKey
        int id;
    }

    @Entity
    static class ByLong {
        @Id
        @ShardKey
        long id;
    }

    @Entity
    static class ByUuid {
        @Id
        @GeneratedValue
        @ShardKey
        UUID id;
    }

    @Test
    void keyTypes_areTheColumns() {
        assertThat(keyType(ByShort.class)).isEqualTo(Short.class);
        assertThat(keyType(ByInt.class)).isEqualTo(Integer.class);
        assertThat(keyType(ByLong.class)).isEqualTo(Long.class);
        assertThat(keyType(ByUuid.class)).isEqualTo(UUID.class);
        assertThat(keyType(Document.class)).isEqualTo(String.class);
    }

    @Test
    void keyThatIsTheId_isFoundByIt() {
        Sharded placement = sharded(ReadMappings.read(ByUuid.class), ByUuid.class);
        assertThat(placement.id()).isEqualTo(new HoldsKey(List.of("")));
    }

    enum Region {
        NORTH,
        SOUTH
    }

    @Entity
    static class ByName {
        @Id
        UUID id;

        @ShardKey
        @Enumerated(EnumType.STRING)
        Region region;
    }

    @Entity
    static class ByOrdinal {
        @Id
        UUID id;

        @ShardKey
        @Enumerated(EnumType.ORDINAL)
        Region region;
    }

    @Test
    void enumKey_isWhatTheColumnHolds() {
        assertThat(keyType(ByName.class)).isEqualTo(String.class);
        assertThat(keyType(ByOrdinal.class)).isEqualTo(Integer.class);
    }

    record Tenant(String code) {}

    static class TenantConverter implements AttributeConverter<Tenant, String> {
        @Override
        public String convertToDatabaseColumn(Tenant tenant) {
            return tenant.code();
        }

        @Override
        public Tenant convertToEntityAttribute(String column) {
            return new Tenant(column);
        }
    }

    static class RegionConverter implements AttributeConverter<Region, Integer> {
        @Override
        public Integer convertToDatabaseColumn(Region region) {
            return region == Region.NORTH ? 90 : -90;
        }

        @Override
        public Region convertToEntityAttribute(Integer column) {
            return column > 0 ? Region.NORTH : Region.SOUTH;
        }
    }

    @Entity
    static class ByConverted {
        @Id
        UUID id;

        @ShardKey
        @Convert(converter = TenantConverter.class)
        Tenant tenant;
    }

    @Entity
    static class ByConvertedEnum {
        @Id
        UUID id;

        @ShardKey
        @Convert(converter = RegionConverter.class)
        Region region;
    }

    @Test
    void convertedKey_isWhatTheColumnHolds() {
        assertThat(keyType(ByConverted.class)).isEqualTo(String.class);
        assertThat(keyType(ByConvertedEnum.class)).isEqualTo(Integer.class);
    }

    // ---- id styles

    @Entity
    static class TimeKeyed {
        @Id
        @ShardedId(style = IdStyle.TIME_BUCKET)
        @ShardKey
        long id;
    }

    @Entity
    static class SequenceKeyed {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @ShardKey
        Long id;
    }

    @Entity
    static class SnowflakeKeyed {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        @ShardKey
        Long id;
    }

    @Entity
    static class UuidKeyed {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        @ShardKey
        UUID id;
    }

    @Test
    void idStyles_thatCarryABucket_placeByIt_andTheOtherIsHashed() {
        ShardMapping mapping =
                ReadMappings.read(TimeKeyed.class, SequenceKeyed.class, SnowflakeKeyed.class, UuidKeyed.class);
        assertThat(sharded(mapping, TimeKeyed.class).id()).isEqualTo(TIME);
        assertThat(sharded(mapping, SequenceKeyed.class).id()).isEqualTo(new CarriesBucket(IdStyle.SEQUENCE));
        assertThat(sharded(mapping, UuidKeyed.class).id()).isEqualTo(new CarriesBucket(IdStyle.UUID_V7));
        assertThat(sharded(mapping, SnowflakeKeyed.class).id()).isEqualTo(new HoldsKey(List.of("")));
        assertThat(sharded(mapping, UuidKeyed.class).group().functionName()).isEqualTo("id");
        assertThat(sharded(mapping, SnowflakeKeyed.class).group().functionName())
                .isEqualTo("hash");
    }

    @Test
    void keysOfDifferentIdStyles_areDifferentGroups() {
        ShardMapping mapping = ReadMappings.read(TimeKeyed.class, SequenceKeyed.class);
        assertThat(sharded(mapping, TimeKeyed.class).group())
                .isNotEqualTo(sharded(mapping, SequenceKeyed.class).group());
    }

    @Entity
    static class TenantItem {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        String tenant;
    }

    @Test
    void generatedIdBesideAKeyByValue_carriesItsBucket() {
        Sharded item = sharded(ReadMappings.read(TenantItem.class), TenantItem.class);
        assertThat(item.id()).isEqualTo(TIME);
        assertThat(item.group().functionName()).isEqualTo("hash");
    }
}
