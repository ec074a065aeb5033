package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.IdPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import jakarta.persistence.MapsId;
import java.util.List;
import org.hibernate.mapping.ToOne;
import org.jspecify.annotations.Nullable;

/** What ids and foreign keys say about the bucket. */
final class IdPlacements {
    private IdPlacements() {}

    static IdPlacement ofRoot(TreeMapping root) {
        IdStyle style = root.idStyle();
        if (style != null && style.carriesBucket()) {
            return new CarriesBucket(style);
        }
        if (root.keyIsId()) {
            return new HoldsKey(List.of(""));
        }
        if (!root.key().stream().allMatch(Attribute::inId)) {
            return new Silent();
        }
        int prefix = root.hasIdAttribute()
                ? root.root().getIdentifierProperty().getName().length() + 1
                : 0;
        return new HoldsKey(root.key().stream()
                .map(attribute -> attribute.path().substring(prefix))
                .toList());
    }

    static IdPlacement ofForeignKey(ToOne toOne, Sharded parent) {
        if (toOne.isReferenceToPrimaryKey()) {
            return parent.id();
        }
        // A foreign key to another unique column says something only if that column is the key.
        boolean isKey = parent.key() instanceof OwnKey own
                && own.attributes().size() == 1
                && own.attributes().get(0).path().equals(toOne.getReferencedPropertyName());
        return isKey ? new HoldsKey(List.of("")) : new Silent();
    }

    /**
     * @param foreignKey what the key association's foreign key says
     * @param foreignKeyIsKey whether it is the root's key, though it may say so by the bucket it carries
     */
    static IdPlacement ofChild(TreeMapping child, IdPlacement foreignKey, boolean foreignKeyIsKey) {
        IdStyle style = child.idStyle();
        if (style != null && style.carriesBucket()) {
            return new CarriesBucket(style);
        }
        if (isParentsId(child)) {
            return foreignKey;
        }
        IdPlacement part = foreignKeyIsKey ? new HoldsKey(List.of("")) : foreignKey;
        String name = partOfId(child);
        return name != null && part instanceof HoldsKey holds
                ? new HoldsKey(holds.paths().stream()
                        .map(path -> path.isEmpty() ? name : name + "." + path)
                        .toList())
                : new Silent();
    }

    /** Whether the whole id is that of the parent which the key leads to. */
    static boolean isParentsId(TreeMapping child) {
        MapsId mapsId = child.key().get(0).annotation(MapsId.class);
        return mapsId != null && mapsId.value().isEmpty();
    }

    /** The attribute of a composite id that is the parent's id, or null. */
    private static @Nullable String partOfId(TreeMapping child) {
        Attribute association = child.key().get(0);
        if (association.inId()) {
            return child.hasIdClass() ? association.path() : null;
        }
        MapsId mapsId = association.annotation(MapsId.class);
        return mapsId == null || mapsId.value().isEmpty() ? null : mapsId.value();
    }
}
