package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardedId;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import java.util.List;
import java.util.UUID;
import org.hibernate.mapping.PersistentClass;

/** Checks how the ids of one entity are made: two shards must never make the same. */
record Identifiers(
        PersistentClass entity, List<Attribute> attributes, boolean sharded, boolean reference, Problems problems) {
    void check() {
        for (Attribute attribute : attributes) {
            ShardedId shardedId = attribute.annotation(ShardedId.class);
            if (shardedId != null) {
                checkShardedId(attribute, shardedId.style());
            }
            GeneratedValue generated = attribute.inId() ? attribute.annotation(GeneratedValue.class) : null;
            if (generated != null && (sharded || reference)) {
                checkGenerated(attribute, generated);
            }
        }
    }

    private void checkShardedId(Attribute attribute, IdStyle style) {
        if (!attribute.inId() || attribute.path().indexOf('.') >= 0) {
            error(attribute, "@ShardedId is for an @Id attribute", "Move it to the id");
        } else if (!sharded) {
            error(attribute, "@ShardedId is for sharded entities, and this is none", "Use an ordinary id");
        }
        Class<?> type = attribute.javaType();
        boolean fits = type == (style == IdStyle.UUID_V7 ? UUID.class : Long.class);
        if (!fits) {
            error(
                    attribute,
                    "a @ShardedId of style " + style + " cannot be of type "
                            + (type == null ? attribute.value().getType().getName() : type.getName()),
                    style == IdStyle.UUID_V7
                            ? "Make it a UUID"
                            : "Make it a Long, or choose the style UUID_V7 for a UUID");
        }
    }

    private void checkGenerated(Attribute attribute, GeneratedValue generated) {
        Class<?> type = attribute.javaType();
        boolean uuid = type == UUID.class || type == String.class && generated.strategy() == GenerationType.UUID;
        if (generated.strategy() == GenerationType.UUID || generated.strategy() == GenerationType.AUTO && uuid) {
            return;
        }
        if (reference) {
            error(
                    attribute,
                    "a generated id (" + generated.strategy() + ") would differ from shard to shard",
                    "Let the application set it, so that all copies have the same");
        } else {
            error(
                    attribute,
                    "each shard would generate the same ids (" + generated.strategy() + ")",
                    "Use @ShardedId instead of @GeneratedValue");
        }
    }

    private void error(Attribute attribute, String what, String cure) {
        problems.error(entity.getEntityName(), attribute.path(), what, cure);
    }
}
