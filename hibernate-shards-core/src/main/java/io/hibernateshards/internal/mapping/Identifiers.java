package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardedId;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.MapsId;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.NativeGenerator;
import org.hibernate.annotations.TenantId;
import org.hibernate.annotations.UuidGenerator;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.SimpleValue;
import org.jspecify.annotations.Nullable;

/** Checks how the ids of one entity are made: two shards must never make the same. */
record Identifiers(
        PersistentClass entity, List<Attribute> attributes, boolean sharded, boolean reference, Problems problems) {
    void check() {
        for (Attribute attribute : attributes) {
            ShardedId shardedId = attribute.annotation(ShardedId.class);
            if (shardedId != null) {
                checkShardedId(attribute, shardedId.style());
            }
            if (attribute.annotation(TenantId.class) != null) {
                error(
                        attribute,
                        "Hibernate's @TenantId has no place here, where the tenant is the shard",
                        "Make it an ordinary attribute, with @ShardKey if it decides where rows live");
            }
            if (attribute.inId() && (sharded || reference)) {
                checkGenerated(attribute, attribute.annotation(GeneratedValue.class));
            }
        }
        checkMappingFile();
    }

    /** A generator that no annotation tells of is declared in a mapping file. */
    private void checkMappingFile() {
        boolean annotated = attributes.stream()
                .filter(Attribute::inId)
                .anyMatch(id -> (sharded && id.javaType() == UUID.class)
                        || id.annotation(ShardedId.class) != null
                        || id.annotation(GeneratedValue.class) != null
                        || id.generator() != null);
        if ((sharded || reference)
                && !annotated
                && !isMapped()
                && entity.getIdentifier() instanceof SimpleValue id
                && id.getCustomIdGeneratorCreator() != null
                && !id.getCustomIdGeneratorCreator().isAssigned()) {
            Attribute attribute =
                    attributes.stream().filter(Attribute::inId).findFirst().orElseThrow();
            error(
                    attribute,
                    "a mapping file makes its id a generated one",
                    "Use @ShardedId, or let the application set it");
        }
    }

    private void checkShardedId(Attribute attribute, IdStyle style) {
        boolean onlyId = attributes.stream().filter(Attribute::inId).count() == 1;
        if (!attribute.inId()) {
            error(attribute, "@ShardedId is for an @Id attribute", "Move it to the id");
        } else if (!onlyId) {
            error(attribute, "@ShardedId is for an id of one attribute", "Make it the only @Id");
        } else if (!sharded) {
            error(attribute, "@ShardedId is for sharded entities, and this is none", "Use an ordinary id");
        } else if (isMapped()) {
            error(attribute, "the id is another's by @MapsId, so it is not generated", "Leave @ShardedId out");
        } else if (attribute.javaType() != (style == IdStyle.UUID_V7 ? UUID.class : Long.class)) {
            error(
                    attribute,
                    "a @ShardedId of style " + style + " cannot be of type "
                            + attribute.value().getType().getReturnedClass().getName(),
                    style == IdStyle.UUID_V7 ? "Make it a UUID" : "Make it a Long, or use the style UUID_V7");
        }
    }

    private boolean isMapped() {
        return attributes.stream()
                .map(attribute -> attribute.annotation(MapsId.class))
                .anyMatch(mapsId -> mapsId != null && mapsId.value().isEmpty());
    }

    private void checkGenerated(Attribute attribute, @Nullable GeneratedValue generated) {
        Annotation own = attribute.generator();
        if (generated == null && own == null) {
            return;
        }
        String how = own != null
                ? "@" + own.annotationType().getSimpleName()
                : generated != null ? String.valueOf(generated.strategy()) : "";
        if (reference) {
            error(
                    attribute,
                    "a generated id (" + how + ") would differ from shard to shard",
                    "Let the application set it, so that all copies have the same");
        } else if (own instanceof NativeGenerator || own == null && !isUuid(attribute, generated)) {
            error(
                    attribute,
                    "each shard would generate the same ids (" + how + ")",
                    "Use @ShardedId instead of @GeneratedValue");
        } else if (own != null && !(own instanceof UuidGenerator)) {
            problems.warning(
                    entity.getEntityName(),
                    "the id is generated by " + how + ", which must never make the same one for two shards");
        }
    }

    private static boolean isUuid(Attribute attribute, @Nullable GeneratedValue generated) {
        return generated != null
                && (generated.strategy() == GenerationType.UUID
                        || generated.strategy() == GenerationType.AUTO && attribute.javaType() == UUID.class);
    }

    private void error(Attribute attribute, String what, String cure) {
        problems.error(entity.getEntityName(), attribute.path(), what, cure);
    }
}
