package io.hibernateshards.internal.mapping;

import io.hibernateshards.ShardKey;
import jakarta.persistence.MapsId;
import java.util.List;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.ManyToOne;
import org.hibernate.mapping.OneToOne;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.ToOne;
import org.jspecify.annotations.Nullable;

/** Which attributes can be a key, whatever the function. */
final class KeyRules {
    private KeyRules() {}

    static boolean areUsable(String entity, List<Attribute> key, List<Attribute> all, Problems problems) {
        boolean usable = true;
        for (Attribute attribute : key) {
            usable &= isUsable(entity, attribute, key.size(), problems) && isStored(entity, attribute, all, problems);
        }
        return usable;
    }

    /** Whether the database holds the value that tells the place, and not one that something else gives it. */
    private static boolean isStored(String entity, Attribute attribute, List<Attribute> all, Problems problems) {
        if (attribute.value().getColumns().stream()
                .anyMatch(column -> column.getCustomWrite() != null || column.getCustomRead() != null)) {
            problems.error(
                    entity,
                    attribute.path(),
                    "a @ColumnTransformer changes the value on its way, so the database would hold another one than"
                            + " that which placed the row",
                    "Convert it by an AttributeConverter, or store it as it is");
            return false;
        }
        Attribute writer = writer(attribute, all);
        if (writer != null) {
            problems.error(
                    entity,
                    attribute.path(),
                    "it is read-only, and " + writer.path()
                            + " writes its column, so the row would be placed by one value and stored with another",
                    writer.inId()
                            ? "Use @MapsId, or put @ShardKey on " + writer.path()
                            : "Put @ShardKey on " + writer.path() + ", or make that one read-only instead");
            return false;
        }
        return true;
    }

    /** The attribute that gives a read-only one its value; null if it is not read-only, or a collection gives it. */
    private static @Nullable Attribute writer(Attribute key, List<Attribute> all) {
        if (key.inId() || key.value().hasAnyInsertableColumns() || key.annotation(MapsId.class) != null) {
            return null;
        }
        return all.stream()
                .filter(other -> other.value() instanceof BasicValue || other.value() instanceof ManyToOne)
                .filter(other -> other.inId() || other.value().hasAnyInsertableColumns())
                .filter(other -> key.value().getTable().equals(other.value().getTable()))
                .filter(other ->
                        key.value().getColumns().stream().anyMatch(other.value().getColumns()::contains))
                .findFirst()
                .orElse(null);
    }

    private static boolean isUsable(String entity, Attribute attribute, int attributes, Problems problems) {
        boolean toOne = attribute.value() instanceof ToOne;
        ShardKey annotation = attribute.annotation(ShardKey.class);
        if (annotation != null && annotation.value().length > 0) {
            problems.error(
                    entity,
                    attribute.path(),
                    "@ShardKey on an attribute names attributes",
                    "Name them in @ShardKey on the class");
        } else if (!toOne && !(attribute.value() instanceof BasicValue)) {
            problems.error(
                    entity,
                    attribute.path(),
                    "a shard key must be a basic attribute or a to-one association",
                    "Put @ShardKey on one, or name the attributes of an embeddable on the class");
        } else if (attribute.value() instanceof OneToOne one && one.getMappedByProperty() != null) {
            problems.error(
                    entity,
                    attribute.path(),
                    "the other side of this association, " + one.getReferencedEntityName() + "."
                            + one.getMappedByProperty() + ", has the foreign key",
                    "Put @ShardKey there, and give this entity a key of its own");
        } else if (attribute.value().hasFormula()
                || attribute.value().getSelectables().size() != 1 && !toOne) {
            problems.error(
                    entity,
                    attribute.path(),
                    "a shard key must be stored in one column, not computed",
                    "Put @ShardKey on a stored attribute");
        } else if (toOne && attributes > 1) {
            problems.error(
                    entity,
                    attribute.path(),
                    "an association cannot be a part of a key of several attributes",
                    "Put @ShardKey on the association alone, or name basic attributes");
        } else {
            return true;
        }
        return false;
    }

    /** Elements of a collection live with their owner; an annotation in them would be without effect. */
    static void checkElements(String entity, List<Attribute> attributes, Problems problems) {
        for (Attribute attribute : attributes) {
            if (attribute.value() instanceof Collection collection
                    && collection.getElement() instanceof Component element
                    && element.getComponentClassName() != null) {
                for (Property part : element.getProperties()) {
                    if (Annotated.onAttribute(element.getComponentClass(), part.getName(), ShardKey.class) != null) {
                        problems.error(
                                entity,
                                attribute.path() + "." + part.getName(),
                                "@ShardKey on an attribute of a collection's elements, which live with their owner",
                                "Put it on an attribute of the entity");
                    }
                }
            }
        }
    }
}
