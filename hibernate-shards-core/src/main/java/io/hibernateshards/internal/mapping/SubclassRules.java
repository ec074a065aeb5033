package io.hibernateshards.internal.mapping;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import java.lang.annotation.Annotation;
import java.util.List;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;

/** All rows of an inheritance tree are placed alike, so a subclass says nothing of its own. */
final class SubclassRules {
    private SubclassRules() {}

    static void check(PersistentClass entity, Problems problems) {
        Class<?> type = entity.getMappedClass();
        Class<?> above = entity.getSuperclass().getMappedClass();
        if (type == null || above == null) {
            return;
        }
        String name = entity.getEntityName();
        String root = entity.getRootClass().getEntityName();
        for (Class<? extends Annotation> annotation :
                List.of(ShardKey.class, ReferenceEntity.class, SingleShard.class)) {
            if (isBetween(type, above, annotation)) {
                problems.error(
                        name,
                        null,
                        "only the root of an inheritance tree says where its rows live",
                        "Move @" + annotation.getSimpleName() + " to " + root);
            }
        }
        for (Property property : entity.getProperties()) {
            if (Annotated.onAttribute(type, property.getName(), ShardKey.class) != null) {
                problems.error(
                        name,
                        property.getName(),
                        "only the root of an inheritance tree has a shard key",
                        "Move @ShardKey to an attribute of " + root);
            }
            if (Annotated.onAttribute(type, property.getName(), ShardedId.class) != null) {
                problems.error(name, property.getName(), "@ShardedId is for an @Id attribute", "Move it to the id");
            }
        }
    }

    /** On the type, or on a mapped superclass below the entity above. */
    private static boolean isBetween(Class<?> type, Class<?> above, Class<? extends Annotation> annotation) {
        for (Class<?> c = type; c != null && c != above; c = c.getSuperclass()) {
            if (c.getDeclaredAnnotation(annotation) != null) {
                return true;
            }
        }
        return false;
    }
}
